import Inputs
import Kafka
package import Lifecycle
import Platform

/// The poll thread: polls, routes, scores, hands over, and settles which offsets are done.
///
/// ```
///  GroupSession.poll ─► RecordRouter.stage ─► ScoringTeam.score ─► OutputStage.put ─┐
///        ▲                 borrows the tracker      threads of its    predictions,   │
///        │                                                            dead letters   ▼
///        └──────────── GroupSession.settle ◄── deliveries ◄───────────────────── producer
/// ```
///
/// All of it is made and used on one thread. The scorer slot is loaded once a batch. Allocates
/// nothing per record that is scored.
package final class ScoringLoop {
    private let configuration: WorkerConfiguration
    private let shared: WorkerShared
    private let producer: RecordProducer
    /// One for each thread that scores.
    private let decoders: [RecordDecoder]
    private let faults: StreamFaults
    private let session: GroupSession
    /// Nil for at-least-once delivery.
    private let transactions: ProducerTransactions?
    private let polled = RecordBatch(capacity: ScoringLoop.batchRecords)
    /// Nil where its file cannot be made.
    private let batchLog: BatchLog?
    private var suspects: SuspectWatch
    private var markClock: MarkClock
    /// Whether the group was joined, and its place given back.
    private var hasLeft = false
    private var times = DeliveryTimes(
        batchLimit: ScoringLoop.batchesOut, batchRecords: ScoringLoop.batchRecords)
    private var toldAt: UInt64 = 0
    private let owner = ThreadOwner()

    /// The stages between a poll and the producer.
    private struct Stages: ~Copyable {
        var router: RecordRouter
        var scorer: ScoringTeam
        var output: OutputStage<RecordProducer>
    }

    /// - Parameter pollWaitMs: how long a poll waits where the one before found nothing.
    package init(
        configuration: WorkerConfiguration, shared: WorkerShared, pollWaitMs: Int32 = 5
    ) throws(SwerveError) {
        self.configuration = configuration
        self.shared = shared
        markClock = MarkClock(partitionCount: shared.partitionCount)
        batchLog = Self.batchLog(configuration, shared)
        suspects = SuspectWatch(configuration.suspects)
        var decoders: [RecordDecoder] = []
        for _ in 0..<configuration.scoringThreads {
            decoders.append(try RecordDecoder(configuration.input()))
        }
        self.decoders = decoders
        producer = try RecordProducer(
            settings: configuration.producerSettings,
            outputTopic: configuration.topics.output,
            deadLetterTopic: configuration.topics.deadLettersIfAny,
            deadLetterPartitions: shared.deadLetterPartitionCount, limits: shared.limits,
            batchCapacity: Self.batchRecords, copiedHeaders: configuration.outputHeaders,
            transactionalID: configuration.transactionalID, progress: shared.progress,
            log: shared.log.kafka)
        transactions =
            configuration.delivery == .exactlyOnce ? ProducerTransactions(of: producer) : nil
        faults = StreamFaults(configuration: configuration, shared: shared, producer: producer)
        session = GroupSession(
            configuration: configuration, shared: shared, producer: producer, faults: faults,
            batchLimit: Self.batchesOut, pollWaitMs: pollWaitMs,
            transactions: transactions.map {
                TransactionRunner($0, configuration: configuration, log: shared.log)
            })
    }

    private static func batchLog(
        _ configuration: WorkerConfiguration, _ shared: WorkerShared
    ) -> BatchLog? {
        do throws(SwerveError) {
            return BatchLog(
                try MappedWords(
                    file: configuration.journalPath(), count: BatchJournal.wordCount))
        } catch {
            shared.log.warning(
                "\(error.description); without it, a record that ends its worker is not found out")
            return nil
        }
    }

    /// The thread's body: waits until there is something to serve, joins, scores until asked to
    /// stop, finishes what is out, and closes.
    package func run() -> WorkerOutcome {
        owner.assertCurrent()
        defer { producer.close() }
        do throws(SwerveError) {
            try waitForScorer()
            try takeTransactions()
            if !shared.signals.isStopping { try serve() }
            try hold()
            if shared.signals.isLeaving, !hasLeft { leaveUnjoined() }
        } catch {
            // A stop does not wait for brokers that are away, and is no failure because of them.
            if shared.signals.isStopping, error.isRetryable {
                shared.log.warning(error.description)
            } else {
                shared.fail(error)
            }
        }
        return shared.failure ?? shared.stopOutcome
    }

    /// Waits until the control thread has something to serve; no group is joined before that.
    private func waitForScorer() throws(SwerveError) {
        while !shared.signals.mayJoin, !shared.signals.isStopping {
            producer.serve(milliseconds: Self.startWaitMs)
            try faults.lookAtProducer()
        }
    }

    /// Takes the transactional id, before any committed offset is read: whoever had it is fenced,
    /// and what it had open is aborted.
    private func takeTransactions() throws(SwerveError) {
        guard let runner = session.transactions else { return }
        while !runner.isReady, !shared.signals.isStopping {
            runner.turn(timeoutMs: Self.takeMs)
            producer.serve(milliseconds: 0)
            try faults.lookAtProducer()
            faults.end(runner.delivery.ending)
        }
    }

    /// At the bound of dead letters, where the worker is to stay: it has closed its consumer, and
    /// waits for a stop.
    ///
    /// A static member's place stays until the session timeout.
    private func hold() throws(SwerveError) {
        guard shared.signals.isHolding else { return }
        shared.board.update { $0.partitions = [] }
        while !shared.signals.isStopping {
            producer.serve(milliseconds: Self.startWaitMs)
            try faults.lookAtProducer()
        }
    }

    private func serve() throws(SwerveError) {
        let consumer = try openConsumer()
        transactions?.consumer = consumer
        // librdkafka does not end a handle while records of its are held: on every way out, an
        // error in the middle of a batch among them, they go back first.
        var isFailed = false
        defer {
            polled.release()
            consumer.close(isProcessEnding: isFailed || shared.failure != nil)
        }
        session.begin(with: consumer)
        try consumer.begin(partitionCount: shared.partitionCount)
        shared.board.update { $0.phase = .serving }
        var stages = Stages(
            router: RecordRouter(
                capacity: Self.batchRecords, maxAgeMs: configuration.maxAgeMs),
            scorer: try ScoringTeam(
                decoders: decoders, isByCost: configuration.dividesByCost,
                capacity: Self.batchRecords, shadowPercent: configuration.shadowPercent,
                predictionBytes: RecordProducer.recordBytes(
                    configuration.producerSettings, limit: shared.limits.output),
                progress: shared.progress),
            output: OutputStage(producer: producer, shared: shared, configuration: configuration))
        do throws(SwerveError) {
            while !shared.signals.isStopping, !shared.signals.isHolding {
                try turn(consumer, &stages)
            }
        } catch {
            isFailed = true
            session.failed(error)
            throw error
        }
        batchLog?.isScoring = false
        let phase = shared.signals.isStopping ? StatusRecord.Phase.stopping : .waiting
        shared.board.update { $0.phase = phase }
        session.drain()
        if shared.signals.isLeaving { leave(consumer) }
    }

    /// Gives the place in the group back: the partitions are shared out anew without this slot.
    private func leave(_ consumer: DataConsumer) {
        polled.release()
        hasLeft = true
        guard !consumer.leaveGroup(timeoutMs: Self.leaveMs) else { return }
        tellUnheard()
    }

    /// The same for a worker that holds, or waited for something to serve: the group may have the
    /// place of a static member still, of this process or the one before.
    private func leaveUnjoined() {
        guard case .static(let instanceID) = configuration.membership else { return }
        do throws(SwerveError) {
            try StaticPlace(
                settings: configuration.consumerSettings, topic: configuration.topics.input,
                instanceID: instanceID, log: shared.log.kafka
            ).giveBack(timeoutMs: Self.leaveMs)
        } catch {
            shared.log.warning(error.description)
            tellUnheard()
        }
    }

    private func tellUnheard() {
        shared.log.warning(
            "the brokers did not hear that the slot leaves; its partitions are free at the end of "
                + "the session timeout")
    }

    private func openConsumer() throws(SwerveError) -> DataConsumer {
        let log = shared.log
        return try DataConsumer(
            settings: configuration.consumerSettings, topic: configuration.topics.input,
            membership: configuration.membership,
            start: StartPosition(rawValue: configuration.start) ?? .earliest,
            commits: configuration.commits,
            earlier: try configuration.servedInputFile()?.earlier(log: { log.warning($0) }),
            listener: session, log: shared.log.kafka)
    }

    // MARK: - One turn

    private func turn(
        _ consumer: DataConsumer, _ stages: inout Stages
    ) throws(SwerveError) {
        let isPolled = session.poll(into: polled)
        batchLog?.isScoring = session.standing == .scoring
        times.settled(before: session.tracker.oldestTag, at: MonotonicClock.now)
        tellFigures(stages)
        guard isPolled else { return try faults.look(at: consumer) }
        takeUpSet(&stages)
        if polled.count > 0, let set = stages.scorer.set {
            try scorePoll(by: set, consumer, &stages)
        }
        polled.release()
        producer.serve(milliseconds: 0)
        session.settle()
        times.settled(before: session.tracker.oldestTag, at: MonotonicClock.now)
        try faults.look(at: consumer)
    }

    /// What metrics tell beside the counts of each batch; once a second, since it allocates.
    private func tellFigures(_ stages: borrowing Stages) {
        let now = MonotonicClock.now
        guard now &- toldAt >= Self.tellingNs else { return }
        toldAt = now
        let (timings, lag, last) = (times.timings, session.lag(), times.lastRecordAtMs)
        let deadLetters = stages.output.deadLettersByReason.mapValues { $0 }
        let malformed = stages.output.malformed
        shared.board.update { board in
            board.timings = timings
            board.lag = lag
            board.lastRecordAtMs = last
            board.deadLettersByReason = deadLetters
            board.malformed = malformed
        }
    }

    private func timeRecords(_ stages: borrowing Stages) {
        times.begin(
            tag: stages.router.tag, records: stages.router.staged.count,
            polledAt: MonotonicClock.now, wallMs: WallClock.nowMs)
        for record in stages.router.staged {
            times.took(writtenMs: polled.timestampMs(at: record.index))
        }
    }

    /// One load of the slot a batch: a batch is scored by one set from end to end.
    private func takeUpSet(_ stages: inout Stages) {
        guard let set = shared.slot.load(), set !== stages.scorer.set else { return }
        stages.scorer.takeUp(set)
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
        by set: ServingSet, _ consumer: DataConsumer, _ stages: inout Stages
    ) throws(SwerveError) {
        var start = 0
        suspects.begin(session.tracker.generation) { session.tracker.isAssigned($0) }
        guard !suspects.isIdle else {
            return try score(start..<polled.count, .together, by: set, consumer, &stages)
        }
        while start < polled.count {
            guard session.waitForRoom() else { return }
            let piece = suspects.piece(from: start, of: polled.count) { index in
                polled.record(at: index).map {
                    RecordPlace(partition: $0.partition, offset: $0.offset)
                }
            }
            try score(start..<piece.end, piece.treatment, by: set, consumer, &stages)
            start = piece.end
        }
    }

    /// Scores a part of what was polled as one batch, and hands every outcome over.
    ///
    /// Where it throws, the batch stays open in the tracker: none of its offsets is ever stored.
    private func score(
        _ places: Range<Int>, _ treatment: SuspectWatch.Treatment, by set: ServingSet,
        _ consumer: DataConsumer, _ stages: inout Stages
    ) throws(SwerveError) {
        stages.router.stage(polled, places, for: set, &session.tracker)
        timeRecords(stages)
        for index in stages.router.faults {
            if let fault = polled.fault(at: index) { try faults.judge(fault, of: consumer) }
        }
        if treatment == .refused {
            stages.scorer.refuse(stages.router.staged)
        } else {
            batchLog?.begin(stages.router.staged, isSingle: treatment == .single)
            stages.scorer.score(stages.router.staged)
        }
        defer { batchLog?.end() }
        try session.handOver(stages.router.takenCount)
        let deadCount = try stages.output.put(
            stages.scorer.outcomes, of: stages.router.staged, tag: stages.router.tag, from: polled)
        session.closeBatch()
        markRecords()
        // A poll that filled the whole batch left more behind.
        stages.scorer.scoreShadow(
            stages.router.staged,
            isBehind: polled.count == polled.capacity || shared.signals.isStopping)
        var dead = deadCount
        stages.scorer.forEachTally { tally in
            count(tally, dead, set)
            dead = 0
        }
        tell(passedOver: stages.router.passedOver)
    }

    /// Of the batch handed over last.
    private func markRecords() {
        guard !configuration.isDevelopment else { return }
        let now = MonotonicClock.now
        for position in session.tracker.newest.positions
        where markClock.isDue(position.partition, at: now) {
            guard
                let mark = polled.mark(partition: position.partition, offset: position.offset - 1)
            else { continue }
            shared.marks.put(mark)
        }
    }

    private func count(_ tally: BatchTally, _ deadCount: Int64, _ set: ServingSet) {
        let stable = set.stable.deployed.version
        let canary = set.candidate?.deployed.version
        let stableCount = tally.stable.produced
        let canaryCount = tally.candidate.produced
        shared.board.update { board in
            board.records += stableCount + canaryCount + deadCount
            board.deadLetters += deadCount
            if stableCount > 0 { board.byVersion[stable, default: 0] += stableCount }
            if let canary, canaryCount > 0 { board.byVersion[canary, default: 0] += canaryCount }
            board.ledger.add(tally)
        }
    }

    private func tell(passedOver count: Int64) {
        guard count > 0 else { return }
        shared.board.update { $0.passedOver += count }
        shared.log.ofStrangers(
            "\(count) records are older than limits.max_age and were passed over: no prediction, "
                + "no dead letter")
    }

    private static let batchRecords = 1_000
    /// Batches that may be out at once.
    private static let batchesOut = 64
    private static let tellingNs: UInt64 = 1_000_000_000
    private static let startWaitMs: Int32 = 20
    private static let takeMs: Int32 = 500
    private static let leaveMs = 5_000
}
