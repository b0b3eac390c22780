import Inputs
package import Kafka
package import Lifecycle
import Platform
package import SchemaRegistry

/// Scores dead letters under a deployment, and produces what comes of it: predictions with the
/// place and key of the record that each letter stands for, and what has no score still as a new
/// letter.
///
/// Each batch is one transaction with the progress of the group `GROUP.replay`, so that a replay
/// that ends in the middle neither loses nor doubles anything for whoever reads committed records.
/// A second replay at the same time fences the first. What no prediction can come of is passed
/// over, counted. One thread, blocking.
package final class LetterReplay {
    private let configuration: WorkerConfiguration
    private let set: ServingSet
    private let topic: WholeTopic
    private let scoresCrashed: Bool
    /// Of Avro alone.
    private let schemas: LetterSchemas?
    private let timeoutMs: Int32
    private let log: KafkaLogSink
    private let polled = RecordBatch(capacity: LetterReplay.batchRecords)
    private var scorer: BatchScorer
    private var owed = 0
    private var failure: String?

    /// - Parameters:
    ///   - topic: the dead letters, as the configuration names them.
    ///   - scoresCrashed: whether records that workers died of are scored too, in this process.
    ///   - schemas: of records of Avro; nil for other formats.
    ///   - timeoutMs: how long the brokers may take to describe the output topic.
    package init(
        configuration: WorkerConfiguration, set: ServingSet, topic: WholeTopic,
        scoresCrashed: Bool, schemas: SchemaTable? = nil, timeoutMs: Int32,
        log: @escaping KafkaLogSink
    ) throws(SwerveError) {
        self.configuration = configuration
        self.set = set
        self.topic = topic
        self.scoresCrashed = scoresCrashed
        self.schemas = schemas.map { LetterSchemas(table: $0, capacity: Self.batchRecords) }
        self.timeoutMs = timeoutMs
        self.log = log
        scorer = BatchScorer(
            decoder: try RecordDecoder(configuration.input()), capacity: Self.batchRecords,
            shadowPercent: 0,
            // What is too large becomes no new letter here: it is passed over.
            predictionBytes: .max)
        scorer.takeUp(set)
    }

    /// The group whose committed offsets are the progress.
    package static func group(_ configuration: WorkerConfiguration) -> String {
        slot(configuration).group
    }

    /// Whose committed offsets are the progress, and whose transactions are the replay's.
    static func slot(_ configuration: WorkerConfiguration) -> SlotID {
        SlotID(
            group: configuration.baseSettings.names.replay(of: configuration.group), slot: 0)
    }

    /// Replays what stands on the topic now and was not replayed before.
    ///
    /// - Throws: what ends it in the middle; what it had committed stays, and a next one goes on
    ///   behind that.
    package func run() throws(SwerveError) -> ReplayCounts {
        let letters = configuration.topics.deadLetters
        let (selection, limits) = try selection()
        var lasts: [Int32: Int64] = [:]
        let partitionCount = try topic.forEachRecord { lasts[$0.partition] = $0.offset }
        let slot = Self.slot(configuration)
        let producer = try RecordProducer(
            settings: configuration.producerSettings, outputTopic: configuration.topics.output,
            deadLetterTopic: letters, deadLetterPartitions: partitionCount,
            limits: limits, batchCapacity: Self.batchRecords,
            copiedHeaders: configuration.outputHeaders,
            transactionalID: ProducerTransactions.transactionalID(of: slot), log: log)
        producer.listener = self
        defer { producer.close() }
        let transactions = ProducerTransactions(of: producer)
        try settle("taking the id of the replay", producer) {
            transactions.take(timeoutMs: Self.callMs)
        }
        var settings = configuration.consumerSettings
        settings["group.id"] = slot.group
        let consumer = try DataConsumer(
            settings: settings, topic: letters, membership: .fixed(slot: 0, total: 1),
            start: .earliest, commits: .withTransactions, listener: self, log: log)
        transactions.consumer = consumer
        defer {
            polled.release()
            consumer.close()
        }
        try consumer.begin(partitionCount: partitionCount)
        var progress = ReplayProgress(lasts: lasts, beginning: consumer.beginning)
        var counts = ReplayCounts()
        var deadline = Deadline(afterMs: Self.silenceMs)
        while !progress.isDone {
            consumer.poll(into: polled, milliseconds: Self.pollMs)
            guard polled.count > 0 else {
                try wait(producer, until: deadline)
                continue
            }
            counts.add(try replay(selection, &progress, consumer, producer, transactions))
            deadline = Deadline(afterMs: Self.silenceMs)
        }
        return counts
    }

    private func selection() throws(SwerveError) -> (LetterSelection, TopicLimits) {
        let output = configuration.topics.output
        let settings = configuration.producerSettings
        let administrator = try TopicAdministrator(settings: settings, log: log)
        defer { administrator.close() }
        let counts = try administrator.partitionCounts(
            of: [output], isConfirming: true, rights: configuration.replayRights,
            timeoutMs: timeoutMs)
        guard let partitions = counts[output], partitions > 0 else {
            throw SwerveError(
                .notFound, act: "replaying \(configuration.topics.deadLetters)",
                reason: "there is no topic \(output)",
                remedy: "name the workers' in topics.output")
        }
        let limit = try administrator.largestBatch(of: output, timeoutMs: timeoutMs)
        let selection = LetterSelection(
            model: configuration.model, inputTopic: configuration.topics.input,
            outputTopic: output, outputPartitions: partitions,
            recordBytes: RecordProducer.recordBytes(settings, limit: limit),
            scoresCrashed: scoresCrashed)
        return (selection, TopicLimits(output: limit, deadLetters: nil))
    }

    private func wait(
        _ producer: RecordProducer, until deadline: Deadline
    ) throws(SwerveError) {
        producer.serve(milliseconds: 0)
        guard deadline.hasPassed else { return }
        throw SwerveError(
            .unavailable, act: "replaying \(configuration.topics.deadLetters)",
            reason: "nothing came for \(Self.silenceMs / 1_000) s, and letters are left",
            remedy: "try again: it goes on behind what is committed")
    }

    /// One batch: one transaction.
    private func replay(
        _ selection: LetterSelection, _ progress: inout ReplayProgress, _ consumer: DataConsumer,
        _ producer: RecordProducer, _ transactions: ProducerTransactions
    ) throws(SwerveError) -> ReplayCounts {
        var counts = ReplayCounts()
        let batch = try stage(selection, &progress, consumer, &counts)
        guard batch.takenCount > 0 else { return counts }
        try settle("beginning a transaction", producer) { transactions.begin() }
        do throws(SwerveError) {
            try produce(batch, selection, producer, &counts)
            try waitForDeliveries(producer, transactions)
            let positions = progress.positions
            try settle("committing the progress", producer) {
                transactions.sendOffsets(positions, timeoutMs: Self.callMs)
            }
            try settle("committing a transaction", producer) {
                transactions.commit(timeoutMs: Self.callMs)
            }
        } catch {
            // So that readers need not wait for its end; the coordinator takes it back in any case.
            _ = transactions.abort(timeoutMs: Self.callMs)
            throw error
        }
        return counts
    }

    /// What of a poll there is to do something about.
    private struct Batch {
        /// What is to be scored, with the letter of each.
        var staged: [StagedRecord] = []
        var letters: [StoredLetter] = []
        /// What is to stand behind the others again as it is, with its place in the poll.
        var kept: [(letter: StoredLetter, index: Int)] = []
        /// How many records the progress goes over.
        var takenCount = 0
    }

    private func stage(
        _ selection: LetterSelection, _ progress: inout ReplayProgress, _ consumer: DataConsumer,
        _ counts: inout ReplayCounts
    ) throws(SwerveError) -> Batch {
        var batch = Batch()
        schemas?.begin()
        for index in 0..<polled.count {
            guard let view = polled.record(at: index) else {
                if let fault = polled.fault(at: index), fault.fault.meaning != .passing {
                    throw fault.fault.error(
                        "reading \(configuration.topics.deadLetters)", rights: consumer.rights)
                }
                continue
            }
            guard progress.takes(partition: view.partition, offset: view.offset) else { continue }
            batch.takenCount += 1
            let letter = StoredLetter(polled, at: index)
            switch (selection.verdict(on: letter), letter) {
            case (.scored, let letter?):
                let source = unsafe RecordView(
                    value: view.value, key: view.key, partition: letter.sourcePartition,
                    offset: letter.sourceOffset)
                batch.staged.append(
                    StagedRecord(
                        view: source, index: index,
                        route: RecordRouter.route(of: source, for: set).0,
                        admission: try schemas?.admission(of: polled, at: index)))
                batch.letters.append(letter)
            case (.crashed, let letter?):
                counts.crashed += 1
                batch.kept.append((letter, index))
            case (.unfit(let reason), let letter?): counts.passOver(letter, reason)
            case (.stub, _): counts.stubs += 1
            default: counts.others += 1
            }
        }
        return batch
    }

    private func produce(
        _ batch: Batch, _ selection: LetterSelection, _ producer: RecordProducer,
        _ counts: inout ReplayCounts
    ) throws(SwerveError) {
        scorer.score(batch.staged)
        for (place, outcome) in scorer.outcomes.enumerated() {
            let view = batch.staged[place].view
            let letter = batch.letters[place]
            switch outcome {
            case .prediction(let value), .malformed(let value):
                if let reason = selection.refusal(
                    keyBytes: letter.key.count, valueBytes: value.count)
                {
                    counts.passOver(letter, reason)
                    continue
                }
                counts.predictions += 1
                owed += 1
                unsafe producer.append(
                    value: value, key: view.key, partition: view.partition, tag: Self.tag)
                producer.copyHeaders(of: polled, at: batch.staged[place].index)
            case .unscorable(let reason):
                counts.stillDead[reason.code, default: 0] += 1
                owed += 1
                try producer.sendLetterAgain(
                    letter, of: polled, at: batch.staged[place].index, reason: reason,
                    tag: Self.tag)
            }
        }
        for (letter, index) in batch.kept {
            owed += 1
            try producer.sendLetterAgain(
                letter, of: polled, at: index, reason: Self.bounded(letter.reason), tag: Self.tag)
        }
        try producer.send()
        counts.leftOutHeaders += producer.takeLeftOutHeaders()
    }

    /// The reason as it stands in a letter, which somebody may have made up at any length: a new
    /// letter must have room for it.
    private static func bounded(_ reason: DeadLetterReason) -> DeadLetterReason {
        DeadLetterReason(
            code: reason.code, text: reason.text.shortened(to: reasonCharacters),
            model: reason.model, epoch: reason.epoch)
    }

    private func waitForDeliveries(
        _ producer: RecordProducer, _ transactions: ProducerTransactions
    ) throws(SwerveError) {
        let deadline = Deadline(afterMs: ProducerTransactions.timeoutMs)
        while owed > 0, failure == nil, !deadline.hasPassed { producer.serve(milliseconds: 100) }
        guard owed > 0 || failure != nil else { return }
        if failure != nil {
            // The transaction knows why, as a right that is missing; its records only that they
            // were dropped. Nothing is committed: librdkafka refuses to while records of a
            // transaction have failed (`txn_dr_fails`).
            try settle("producing what a replay came to", producer) {
                transactions.commit(timeoutMs: Self.callMs)
            }
        }
        throw SwerveError(
            .unavailable, act: "producing what a replay came to",
            reason: failure ?? "the brokers acknowledged not all of it in time",
            remedy: "nothing of the transaction counts; try again")
    }

    /// Makes a call of the transaction until it is answered.
    private func settle(
        _ act: String, _ producer: RecordProducer, _ call: () -> TransactionAnswer
    ) throws(SwerveError) {
        let deadline = Deadline(afterMs: Self.settleMs)
        while true {
            switch call() {
            case .done: return
            case .passing(let error):
                guard !deadline.hasPassed else { throw error }
                producer.serve(milliseconds: 0)
            case .needsAbort(let error), .broken(let error): throw error
            case .fenced(let words):
                throw SwerveError(
                    .refused, act: act, reason: "another replay of the group runs: \(words)",
                    remedy: "let it end")
            }
        }
    }

    private static let batchRecords = 1_000
    private static let reasonCharacters = 1_000
    private static let tag: UInt = 1
    private static let pollMs: Int32 = 100
    private static let callMs: Int32 = 1_000
    private static let settleMs = 30_000
    private static let silenceMs = 30_000
}

extension LetterReplay: DeliveryListener, AssignmentListener {
    package func delivered(_ delivery: Delivery) {
        owed -= delivery.count
        failure = failure ?? delivery.failure
    }

    package var mayWait: Bool { failure == nil }
    package var isStopping: Bool { false }

    package func assigned(_ partitions: [Int32]) {}
    package func revoking(_ partitions: [Int32]) {}
    package func lost(_ partitions: [Int32]) {}
}

extension ReplayCounts {
    fileprivate mutating func passOver(_ letter: StoredLetter, _ reason: String) {
        passOver(
            UnfitLetter(partition: letter.partition, offset: letter.offset, reason: reason))
    }
}
