import Inputs
import Kafka
package import Lifecycle
import Platform
import Scoring

/// The poll thread: poll, decode, featurize, score, encode, produce, store.
///
/// Owns the data consumer, the producer, the delivery tracker and every buffer of the hot path; all
/// of it is made and used on one thread. The scorer slot is loaded once a batch. Allocates nothing
/// per record.
package final class ScoringLoop: AssignmentListener {
    let configuration: WorkerConfiguration
    let shared: WorkerShared
    let producer: RecordProducer
    let batch = RecordBatch(capacity: ScoringLoop.batchRecords)
    let parser: RequestParser
    let features = FeatureBuffer()
    /// What the stable version says beside its verdict, and what a candidate does.
    let stableOutput = ScoreOutput()
    let candidateOutput = ScoreOutput()
    let arena = PredictionArena()
    var tracker: DeliveryTracker
    var deadLetters: DeadLetterGuard
    var active: ServingSet?
    var completed: [PartitionOffset] = []
    var ticket: Int?
    var consumer: DataConsumer?
    var pollGap = PollGap()
    var faultsLookedAt: UInt64 = 0
    var wasEmpty = true
    var isUnassigned = true
    /// By version, of the batch at hand; made when a set is taken up.
    var tally = BatchTally()
    /// The batch's records that wait for the shadow.
    var shadowed: [ShadowedRecord] = []
    var shadowBudget: ShadowBudget
    var deadCount: Int64 = 0
    var drainDeadline: DrainDeadline
    private let pollWaitMs: Int32

    /// - Parameter pollWaitMs: how long a poll waits where the one before found nothing.
    package init(
        configuration: WorkerConfiguration, shared: WorkerShared, pollWaitMs: Int32 = 5
    ) throws(SwerveError) {
        self.configuration = configuration
        self.shared = shared
        self.pollWaitMs = pollWaitMs
        drainDeadline = DrainDeadline(limitMs: configuration.drainMs)
        tracker = DeliveryTracker(
            batchLimit: Self.batchesOut, partitionCount: shared.partitionCount)
        deadLetters = DeadLetterGuard(limitPercent: configuration.deadLetterPercent)
        shadowBudget = ShadowBudget(percent: configuration.shadowPercent)
        let fields = configuration.fields
        parser = try RequestParser(
            fields: InputFields(
                id: fields.id, method: fields.method, path: fields.path, query: fields.query,
                body: fields.body), limitBytes: configuration.requestBytes)
        producer = try RecordProducer(
            settings: configuration.baseSettings.overlaid(
                with: KafkaSettings(configuration.kafkaProducer)),
            outputTopic: configuration.topics.output,
            deadLetterTopic: configuration.topics.deadLetters, batchCapacity: Self.batchRecords,
            log: shared.log.kafka)
        completed.reserveCapacity(shared.partitionCount)
        shadowed.reserveCapacity(Self.batchRecords)
    }

    /// The thread's body: waits until there is something to serve, joins, scores until asked to
    /// stop, finishes what is out, and closes.
    package func run() -> WorkerOutcome {
        defer { producer.close() }
        do throws(SwerveError) {
            try waitForScorer()
            guard !shared.signals.isStopping else { return shared.failure ?? .stopped }
            let consumer = try openConsumer()
            self.consumer = consumer
            // librdkafka does not end a handle while records of its are held: on every way out, an
            // error in the middle of a batch among them, they go back first.
            defer {
                batch.release()
                consumer.close()
            }
            try consumer.begin(partitionCount: shared.partitionCount)
            shared.board.update { $0.phase = .serving }
            while !shared.signals.isStopping { try turn(consumer) }
            shared.board.update { $0.phase = .stopping }
            drain(consumer)
        } catch {
            shared.fail(error.code == .refused ? .refused(error) : .restart(error))
        }
        return shared.failure ?? .stopped
    }

    // MARK: - One turn

    private func turn(_ consumer: DataConsumer) throws(SwerveError) {
        makeRoom()
        // Still full when a stop or a failed delivery ended the wait: there is no place for a
        // batch.
        guard !tracker.isFull else { return }
        pollGap.polling(at: MonotonicClock.now)
        notePollGap()
        consumer.poll(into: batch, milliseconds: wasEmpty ? pollWaitMs : 0)
        wasEmpty = batch.count == 0
        guard isCaughtUp() else { return }
        takeUpSet()
        if batch.count > batch.staleCount { try scoreBatch() }
        batch.release()
        producer.serve(milliseconds: 0, delivered: { tracker.delivered($0) })
        store(consumer)
        try lookForFaults(consumer)
    }

    /// Waits for deliveries while as many batches are out as may be.
    private func makeRoom() {
        while tracker.isFull, tracker.failure == nil, !shared.signals.isStopping {
            producer.serve(milliseconds: Self.deliveryWaitMs, delivered: { tracker.delivered($0) })
            guard let consumer else { return }
            store(consumer)
        }
    }

    /// One load of the slot a batch: a batch is scored by one set from end to end.
    ///
    /// Nothing here can fail: what can was done when the set was made.
    private func takeUpSet() {
        guard let set = shared.slot.load(), set !== active else { return }
        parser.install(set.wants)
        arena.reserve(count: Self.batchRecords, longest: set.longestPrediction)
        tally = BatchTally(set.lineup)
        shared.board.update { $0.ledger.takeUp(set.lineup, epoch: set.deployment.epoch) }
        active = set
        set.progress.polled(atMs: WallClock.nowMs)
        shared.slot.noteTaken(epoch: set.deployment.epoch)
    }

    private func scoreBatch() throws(SwerveError) {
        guard let set = active else { return }
        let tag = tracker.open()
        defer { tracker.close() }
        arena.reset()
        // Moved out and back: each access to a property of a class is checked while it runs, and
        // these would be several a record.
        var tally = BatchTally()
        swap(&tally, &self.tally)
        defer { swap(&tally, &self.tally) }
        tally.reset()
        deadCount = 0
        for index in batch.staleCount..<batch.count {
            guard let record = batch.record(at: index) else {
                if let fault = batch.fault(at: index) { try handle(fault) }
                continue
            }
            guard tracker.accept(partition: record.partition, offset: record.offset) else {
                continue
            }
            set.progress.scored(partition: record.partition, offset: record.offset)
            let unscorable = score(record, at: index, set, tag, &tally)
            deadLetters.record(isDead: unscorable != nil)
            if let unscorable { try sendDeadLetter(index, unscorable, set, tag) }
        }
        try producer.send(delivered: { tracker.delivered($0) })
        scoreShadow(set, &tally)
        count(set, tally)
    }

    private func sendDeadLetter(
        _ index: Int, _ unscorable: Unscorable, _ set: ServingSet, _ tag: UInt
    ) throws(SwerveError) {
        deadCount += 1
        tracker.produced()
        try producer.sendDeadLetter(
            of: batch, at: index, topic: configuration.topics.input,
            reason: unscorable.reason(set, parser.fields, named: parser.fieldNames), tag: tag,
            delivered: { tracker.delivered($0) })
        guard deadLetters.isTripped else { return }
        shared.fail(
            .deadLetterBound(
                "more than \(configuration.deadLetterPercent) % of the last "
                    + "\(DeadLetterGuard.windowRecords) records are dead letters, the last one: "
                    + unscorable.reason(set, parser.fields, named: parser.fieldNames).text))
    }

    /// Scores one record and stages its prediction; or says why it cannot be scored.
    @inline(__always)
    private func score(
        _ record: RecordView, at index: Int, _ set: ServingSet, _ tag: UInt,
        _ tally: inout BatchTally
    ) -> Unscorable? {
        guard let value = unsafe record.value else { return .rejected(.nullPayload) }
        if case .rejected(let reason) = unsafe parser.parse(value) { return .rejected(reason) }
        let share = set.canaryShare + set.shadowShare
        let isTried = share > 0 && bucket(record, set.deployment.salt) < share
        if isTried, let candidate = set.candidate, let form = set.canaryForm {
            let verdict = scoreBoth(set, candidate, &tally)
            guard verdict.isFinite else {
                return unscorable(by: candidate, Self.candidatesInput, verdict)
            }
            stage(verdict, candidate, candidateOutput, form, record, tag)
            tally.candidate.produced += 1
            return nil
        }
        let verdict = score(set.stable, Self.stablesInput, stableOutput, &tally.stable)
        if isTried { shadowed.append(ShadowedRecord(index: index, stable: verdict)) }
        guard verdict.isFinite else {
            return unscorable(by: set.stable, Self.stablesInput, verdict)
        }
        stage(verdict, set.stable, stableOutput, set.stableForm, record, tag)
        tally.stable.produced += 1
        return nil
    }

    /// Why a version has no score: asked right after it said so, before another one scores.
    private func unscorable(
        by version: ServedVersion, _ input: Int, _ verdict: Verdict
    ) -> Unscorable {
        guard let fault = verdict.fault else {
            return .notFinite(version: version.deployed.version)
        }
        // The record's own fault says more than that the version misses something.
        if case .missingView(let views) = fault {
            return .rejected(parser.refusal(of: input, views))
        }
        return .unfit(
            version: version.deployed.version, fault,
            fieldNames: version.scorer.featurizer.fieldNames)
    }

    @inline(__always)
    private func stage(
        _ verdict: Verdict, _ version: ServedVersion, _ output: ScoreOutput,
        _ form: PredictionForm, _ record: RecordView, _ tag: UInt
    ) {
        version.scorer.addProbabilities(output)
        let bytes = unsafe arena.write(
            form, verdict: verdict, output: output,
            partition: record.partition, offset: record.offset, id: parser.id)
        unsafe producer.append(
            value: bytes, key: record.key, partition: record.partition, tag: tag)
        tracker.produced()
    }

    /// Featurizes and scores the record at hand, of which the version wants the input of that
    /// position.
    @inline(__always)
    private func score(
        _ version: ServedVersion, _ input: Int, _ output: ScoreOutput,
        _ tally: inout VersionTally
    ) -> Verdict {
        let isSample = tally.isSampleDue
        let begin = isSample ? MonotonicClock.now : 0
        let verdict = version.scorer.score(parser.input(of: input), features, output)
        if isSample { tally.took(nanoseconds: MonotonicClock.now &- begin) }
        tally.note(verdict)
        return verdict
    }

    /// The positions in `ServingSet.wants`.
    private static let stablesInput = 0
    private static let candidatesInput = 1

    /// A canary's record: both versions score it, and the candidate's verdict decides.
    ///
    /// Neither one's overflow disturbs the other's verdict.
    private func scoreBoth(
        _ set: ServingSet, _ candidate: ServedVersion, _ tally: inout BatchTally
    ) -> Verdict {
        let tried: Verdict
        let stable: Verdict
        if set.sharesFeatures {
            let isSample = tally.candidate.isSampleDue
            let begin = isSample ? MonotonicClock.now : 0
            candidate.scorer.featurizer.features(of: parser.input, into: features)
            let featurized = isSample ? MonotonicClock.now : 0
            tried = candidate.scorer.score(features, candidateOutput)
            let scored = isSample ? MonotonicClock.now : 0
            stable = set.stable.scorer.score(features, stableOutput)
            if isSample {
                // Each as if it had featurized alone, to be compared with other records' times.
                tally.candidate.took(nanoseconds: scored &- begin)
                tally.stable.took(
                    nanoseconds: MonotonicClock.now &- scored &+ (featurized &- begin))
            }
            tally.candidate.note(tried)
            tally.stable.note(stable)
        } else {
            tried = score(candidate, Self.candidatesInput, candidateOutput, &tally.candidate)
            stable = score(set.stable, Self.stablesInput, stableOutput, &tally.stable)
        }
        tally.comparison.note(stable: stable, candidate: tried)
        return tried
    }

    /// Scores one of the shadow's records, and gives the bytes it had.
    ///
    /// Parsed and featurized again: to keep the features of a batch would take megabytes of cache
    /// from what decides, and to score at once would delay its predictions.
    func scoreShadowed(
        _ waiting: ShadowedRecord, _ candidate: ServedVersion, _ tally: inout BatchTally
    ) -> Int {
        guard let record = batch.record(at: waiting.index), let value = unsafe record.value,
            case .request = unsafe parser.parse(value)
        else { return 0 }
        let verdict = score(
            candidate, Self.candidatesInput, candidateOutput, &tally.candidate)
        tally.comparison.note(stable: waiting.stable, candidate: verdict)
        return value.count
    }

    @inline(__always)
    private func bucket(_ record: RecordView, _ salt: UInt32) -> Int {
        guard let key = unsafe record.key else {
            return CanaryBucket.bucket(
                partition: record.partition, offset: record.offset, salt: salt)
        }
        return unsafe CanaryBucket.bucket(key: key, salt: salt)
    }
}
