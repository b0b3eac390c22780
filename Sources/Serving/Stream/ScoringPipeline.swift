package import Inputs
import Kafka
package import Lifecycle
import Platform

/// One turn of the poll thread after the other: poll, stage, score, hand over, settle.
///
/// ```
///  poll thread   poll B, stage B │ finish A │ start B │ put A, settle │ poll C, stage C │ finish B
///  helpers       score A ────────┘          └► score B ───────────────────────────────┘
/// ```
///
/// A flight is what was polled at once. Where there are helpers and it is worth dividing, it is
/// scored while the poll thread hands over the flight before and polls the one behind: one flight
/// at most is at work, so no queue can grow, and they are handed over in the order of their polls.
/// Else it is scored where it was polled, as are those with a shadow, and records that workers died
/// of. The flight at work is handed over first, before anything else is:
///
/// - before another set is taken up: so all that is under way is of one set;
/// - where the next poll finds nothing, or nothing worth dividing;
/// - before the session waits for what is out: a revocation, the end of a transaction, the catch-up
///   gate, a full tracker (`FlightHolder`).
///
/// Where an assignment is lost, it is dropped. Where a turn throws, it stays open in the tracker,
/// as does the flight that the turn handed over: none of their offsets is ever stored.
///
/// Poll thread only. Allocates nothing for a record that is scored.
package final class ScoringPipeline<Producer: StreamProducer> {
    private let configuration: WorkerConfiguration
    private let shared: WorkerShared
    private let session: GroupSession
    private let faults: StreamFaults
    private let producer: Producer
    private let batchLog: BatchLog?
    /// Of Avro alone, with the flight of what waits no longer.
    private let parked: ParkedRecords?
    private let released: Flight?
    private var team: ScoringTeam
    private var output: OutputStage<Producer>
    private var suspects: SuspectWatch
    private var markClock: MarkClock
    private var times: DeliveryTimes
    private var toldAt: UInt64 = 0
    /// What is polled into next.
    private var ahead: Flight
    /// The other one, and whether it is at work.
    private var other: Flight
    private var isAtWork = false
    /// What failed where nothing could be thrown.
    private var fault: SwerveError?
    private let owner = ThreadOwner()

    /// - Parameters:
    ///   - decoders: one for each thread that scores.
    ///   - batchLog: nil where its file cannot be made.
    ///   - parked: records of Avro that wait for their schema; nil for other formats.
    ///   - batchRecords: of a poll at most.
    ///   - batchesOut: that may be out at once.
    ///   - predictionBytes: what the producer takes.
    /// - Throws: `.system` where descriptors are short.
    package init(
        configuration: WorkerConfiguration, shared: WorkerShared, session: GroupSession,
        faults: StreamFaults, producer: Producer, decoders: [RecordDecoder], batchLog: BatchLog?,
        parked: ParkedRecords? = nil, batchRecords: Int, batchesOut: Int, predictionBytes: Int
    ) throws(SwerveError) {
        self.configuration = configuration
        self.shared = shared
        self.session = session
        self.faults = faults
        self.producer = producer
        self.batchLog = batchLog
        self.parked = parked
        released = parked.map { Flight($0.released, maxAgeMs: configuration.maxAgeMs) }
        team = try ScoringTeam(
            decoders: decoders, isByCost: configuration.dividesByCost, capacity: batchRecords,
            shadowPercent: configuration.shadowPercent, predictionBytes: predictionBytes,
            progress: shared.progress)
        output = OutputStage(producer: producer, shared: shared, configuration: configuration)
        suspects = SuspectWatch(configuration.suspects)
        markClock = MarkClock(partitionCount: shared.partitionCount)
        times = DeliveryTimes(batchLimit: batchesOut, batchRecords: batchRecords)
        ahead = Flight(
            RecordBatch(capacity: batchRecords), maxAgeMs: configuration.maxAgeMs)
        other = Flight(
            RecordBatch(capacity: batchRecords), maxAgeMs: configuration.maxAgeMs)
    }

    /// For the session, which tells when the flight at work may not go on.
    package var holder: FlightHolder {
        FlightHolder(
            recordsAtWork: { [unowned self] in isAtWork ? other.takenCount : 0 },
            land: { [unowned self] in land() }, drop: { [unowned self] in drop() })
    }

    /// - Throws: where the worker is to end; `end` comes next.
    package func turn(_ consumer: any StreamConsumer) throws(SwerveError) {
        owner.assertCurrent()
        try scoreParked(consumer)
        let isPolled = session.poll(into: ahead.polled)
        batchLog?.isScoring = session.standing == .scoring
        times.settled(before: session.tracker.oldestTag, at: MonotonicClock.now)
        tellFigures()
        try throwFault()
        guard isPolled else {
            try landFlight()
            return try faults.look(at: consumer)
        }
        try takeUpSet()
        if ahead.polled.count > 0, let set = team.set {
            parked?.admit(ahead.polled, session)
            try scorePoll(by: set, consumer)
        } else {
            try landFlight()
        }
        // What this turn handed over: the flight before, or the one that was scored at once.
        ahead.polled.release()
        producer.serve(milliseconds: 0)
        session.settle()
        try throwFault()
        times.settled(before: session.tracker.oldestTag, at: MonotonicClock.now)
        try faults.look(at: consumer)
    }

    /// After the last turn: hands over what is at work, or where the worker failed, drops it.
    package func finish() throws(SwerveError) {
        owner.assertCurrent()
        guard shared.failure == nil else { return drop() }
        try landFlight()
    }

    /// Gives all records back; nothing is scored any more, and what was not handed over is open in
    /// the tracker still.
    package func release() {
        owner.assertCurrent()
        team.finish()
        if isAtWork { batchLog?.end() }
        isAtWork = false
        ahead.polled.release()
        other.polled.release()
        parked?.released.release()
    }

    // MARK: - A poll

    /// Scores what was parked and waits no longer, before anything newer of its partitions.
    ///
    /// All of it: what is polled meanwhile would have to be parked behind it, and so without end.
    private func scoreParked(_ consumer: any StreamConsumer) throws(SwerveError) {
        guard let parked else { return }
        while parked.isDue(session), !shared.signals.isStopping, !shared.signals.isHolding {
            guard try scoreReleased(of: parked, consumer) else { return }
        }
    }

    /// False where nothing was released.
    private func scoreReleased(
        of parked: ParkedRecords, _ consumer: any StreamConsumer
    ) throws(SwerveError) -> Bool {
        guard let released else { return false }
        try landFlight()
        try takeUpSet()
        guard let set = team.set, parked.release(session) else { return false }
        suspects.begin(session.tracker.generation) { session.tracker.isAssigned($0) }
        if suspects.isIdle {
            let all = 0..<released.polled.count
            try scoreHere(all, of: released, .together, by: set, consumer)
        } else {
            try scorePieces(of: released, by: set, consumer)
        }
        released.polled.release()
        session.settle()
        try throwFault()
        try faults.look(at: consumer)
        return true
    }

    /// One load of the slot a poll: what is under way is of one set from end to end.
    private func takeUpSet() throws(SwerveError) {
        guard let set = shared.slot.load(), set !== team.set else { return }
        try landFlight()
        team.takeUp(set)
        session.takeUp(set.deployment)
        shared.board.update { $0.ledger.takeUp(set.lineup, epoch: set.deployment.epoch) }
        set.progress.polled(atMs: WallClock.nowMs)
        shared.slot.noteTaken(epoch: set.deployment.epoch)
    }

    /// Scores what was polled: as one batch, but for records that workers died of.
    ///
    /// Where a stop or a failed delivery comes in between, the rest is not scored here: whoever has
    /// the partitions next polls it again.
    private func scorePoll(
        by set: ServingSet, _ consumer: any StreamConsumer
    ) throws(SwerveError) {
        let flight = ahead
        suspects.begin(session.tracker.generation) { session.tracker.isAssigned($0) }
        guard suspects.isIdle else { return try scorePieces(of: flight, by: set, consumer) }
        let all = 0..<flight.polled.count
        guard set.shadowShare == 0, team.divides(all.count) else {
            return try scoreHere(all, of: flight, .together, by: set, consumer)
        }
        flight.stage(all, for: set, admissions: parked?.admissions, in: session)
        timeRecords(of: flight)
        if !flight.router.faults.isEmpty {
            try landFlight()
            try judgeFaults(of: flight, consumer)
        }
        let before = finishFlight()
        if before != nil {
            batchLog?.end()
            countTallies()
        }
        batchLog?.begin(flight.router.staged, isSingle: false)
        team.start(flight.router.staged)
        swap(&ahead, &other)
        isAtWork = true
        if let before { try handOver(before) }
    }

    private func scorePieces(
        of flight: Flight, by set: ServingSet, _ consumer: any StreamConsumer
    ) throws(SwerveError) {
        try landFlight()
        var start = 0
        while start < flight.polled.count {
            guard session.waitForRoom() else { return }
            let piece = suspects.piece(from: start, of: flight.polled.count) { index in
                // What is parked comes again, behind the suspects before it.
                if case .parked = parked?.admissions[index] { return nil }
                return flight.polled.record(at: index).map {
                    RecordPlace(partition: $0.partition, offset: $0.offset)
                }
            }
            try scoreHere(start..<piece.end, of: flight, piece.treatment, by: set, consumer)
            start = piece.end
        }
    }

    /// Scores a part of what was polled as one batch, and hands every outcome over, before anything
    /// else is done.
    private func scoreHere(
        _ places: Range<Int>, of flight: Flight, _ treatment: SuspectWatch.Treatment,
        by set: ServingSet, _ consumer: any StreamConsumer
    ) throws(SwerveError) {
        try landFlight()
        flight.stage(places, for: set, admissions: parked?.admissions, in: session)
        timeRecords(of: flight)
        try judgeFaults(of: flight, consumer)
        if treatment == .refused {
            team.refuse(flight.router.staged)
        } else {
            batchLog?.begin(flight.router.staged, isSingle: treatment == .single)
            team.score(flight.router.staged)
        }
        defer { batchLog?.end() }
        try handOver(flight)
        // A poll that filled the whole batch left more behind.
        team.scoreShadow(
            flight.router.staged,
            isBehind: flight.polled.count == flight.polled.capacity || shared.signals.isStopping)
        countTallies()
    }

    // MARK: - The flight at work

    private func land() {
        owner.assertCurrent()
        do throws(SwerveError) { try landFlight() } catch { fault = fault ?? error }
    }

    private func throwFault() throws(SwerveError) { if let fault { throw fault } }

    private func landFlight() throws(SwerveError) {
        guard let flight = finishFlight() else { return }
        defer { batchLog?.end() }
        countTallies()
        try handOver(flight)
        flight.polled.release()
    }

    private func drop() {
        owner.assertCurrent()
        guard let flight = finishFlight() else { return }
        batchLog?.end()
        session.tracker.drop(flight.router.tag)
        flight.polled.release()
    }

    /// Waits until the flight at work is scored; nil where there is none.
    private func finishFlight() -> Flight? {
        guard isAtWork else { return nil }
        isAtWork = false
        team.finish()
        return other
    }

    /// Hands over the outcome of each staged record.
    ///
    /// Where it throws, the batch stays open in the tracker: none of its offsets is ever stored.
    private func handOver(_ flight: Flight) throws(SwerveError) {
        try session.handOver(flight.takenCount)
        let deadCount = try output.put(
            team.outcomes, of: flight.router.staged, tag: flight.router.tag, from: flight.polled)
        session.closeBatch(flight.router.tag, polledAt: flight.polledAt)
        markRecords(of: flight)
        tell(deadCount: deadCount, passedOver: flight.router.passedOver)
    }

    private func judgeFaults(
        of flight: Flight, _ consumer: any StreamConsumer
    ) throws(SwerveError) {
        for index in flight.router.faults {
            if let fault = flight.polled.fault(at: index) {
                try faults.judge(fault, of: consumer)
            }
        }
    }

    // MARK: - What is told of it

    /// What metrics tell beside the counts of each batch; once a second, since it allocates.
    private func tellFigures() {
        let now = MonotonicClock.now
        guard now &- toldAt >= pipelineTellingNs else { return }
        toldAt = now
        let (timings, lag, last) = (times.timings, session.lag(), times.lastRecordAtMs)
        let deadLetters = output.deadLettersByReason.mapValues { $0 }
        let malformed = output.malformed
        shared.board.update { board in
            board.timings = timings
            board.lag = lag
            board.lastRecordAtMs = last
            board.deadLettersByReason = deadLetters
            board.malformed = malformed
        }
        parked?.tell(session, at: now)
    }

    private func timeRecords(of flight: Flight) {
        Self.time(flight.router.staged, flight.router.tag, of: flight.polled, &times)
    }

    /// With the times lent once, and not for each record.
    private static func time(
        _ staged: [StagedRecord], _ tag: UInt, of polled: RecordBatch,
        _ times: inout DeliveryTimes
    ) {
        times.begin(
            tag: tag, records: staged.count, polledAt: MonotonicClock.now,
            wallMs: WallClock.nowMs)
        for record in staged { times.took(writtenMs: polled.timestampMs(at: record.index)) }
    }

    private func markRecords(of flight: Flight) {
        guard !configuration.isDevelopment else { return }
        let now = MonotonicClock.now
        for position in session.tracker.batch(flight.router.tag).positions
        where markClock.isDue(position.partition, at: now) {
            let last = flight.polled.mark(
                partition: position.partition, offset: position.offset - 1)
            if let last { shared.marks.put(last) }
        }
    }

    /// What each version did in the batch that was scored last.
    private func countTallies() {
        guard let set = team.set else { return }
        let stable = set.stable.deployed.version
        let canary = set.candidate?.deployed.version
        team.forEachTally { tally in
            let stableCount = tally.stable.produced
            let canaryCount = tally.candidate.produced
            shared.board.update { board in
                board.records += stableCount + canaryCount
                board.schemas.trailing += tally.trailing
                if stableCount > 0 { board.byVersion[stable, default: 0] += stableCount }
                if let canary, canaryCount > 0 {
                    board.byVersion[canary, default: 0] += canaryCount
                }
                board.ledger.add(tally)
            }
        }
    }

    private func tell(deadCount: Int64, passedOver: Int64) {
        if deadCount > 0 {
            shared.board.update { board in
                board.records += deadCount
                board.deadLetters += deadCount
            }
        }
        guard passedOver > 0 else { return }
        shared.board.update { $0.passedOver += passedOver }
        shared.log.ofStrangers(
            "\(passedOver) records are older than limits.max_age and were passed over: no "
                + "prediction, no dead letter")
    }
}

private let pipelineTellingNs: UInt64 = 1_000_000_000
