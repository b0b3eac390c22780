package import Kafka
package import Lifecycle

/// Where the outcomes of a batch leave the worker: predictions to the output topic, and what cannot
/// be scored to the dead letters, within their bound.
///
/// A value of the poll thread's. What becomes of a record behind it, its producer tells the group
/// session.
package struct OutputStage<Producer: StreamProducer>: ~Copyable {
    private let producer: Producer
    private let shared: WorkerShared
    private let inputTopic: String
    private let copiesHeaders: Bool
    private let deadLetterPercent: Int
    private let atBound: WorkerConfiguration.AtBound
    private var deadLetters: DeadLetterGuard
    private var lines = MalformedGuard()
    private var isFloodTold = false
    /// Since the start, by reason.
    package private(set) var deadLettersByReason: [String: Int64] = [:]
    /// Lines that are not of their log's format, since the start.
    package var malformed: Int64 { lines.malformed }

    package init(
        producer: Producer, shared: WorkerShared, configuration: WorkerConfiguration
    ) {
        self.producer = producer
        self.shared = shared
        inputTopic = configuration.topics.input
        copiesHeaders = !configuration.outputHeaders.isEmpty
        deadLetterPercent = configuration.deadLetterPercent
        atBound = configuration.atBound
        deadLetters = DeadLetterGuard(limitPercent: deadLetterPercent)
    }

    /// Hands over the outcome of each staged record, under the tag of its batch: whatever the
    /// producer holds when this returns, it keeps trying to deliver.
    ///
    /// Deliveries may be told meanwhile. Beyond the bound of dead letters the worker ends, or holds
    /// where it is told to, with all of this batch handed over.
    ///
    /// - Parameter polled: what the records were staged from: a dead letter is the whole record.
    /// - Returns: how many dead letters there were.
    /// - Throws: for what the producer refuses for good; nothing of the batch may count as done.
    package mutating func put(
        _ outcomes: [RecordOutcome], of staged: [StagedRecord], tag: UInt,
        from polled: RecordBatch
    ) throws(SwerveError) -> Int64 {
        precondition(outcomes.count == staged.count, "a record without an outcome")
        var deadCount: Int64 = 0
        for place in outcomes.indices {
            let record = staged[place]
            switch outcomes[place] {
            case .prediction(let value), .malformed(let value):
                deadLetters.record(nil)
                unsafe producer.append(
                    value: value, key: record.view.key, partition: record.view.partition, tag: tag)
                if copiesHeaders { producer.copyHeaders(of: polled, at: record.index) }
            case .unscorable(let reason):
                deadLetters.record(reason.cause)
                deadCount += 1
                deadLettersByReason[reason.code, default: 0] += 1
                try producer.sendDeadLetter(
                    of: polled, at: record.index, topic: inputTopic, reason: reason, tag: tag)
                judge(last: reason)
            }
            noteLine(outcomes[place])
        }
        try producer.send()
        if copiesHeaders { tell(leftOutHeaders: producer.takeLeftOutHeaders()) }
        if !deadLetters.isFlooded { isFloodTold = false }
        return deadCount
    }

    private func tell(leftOutHeaders count: Int) {
        guard count > 0 else { return }
        shared.log.ofStrangers(
            "\(count) headers were not copied to predictions: with them, a prediction would have "
                + "more than \(Limits.copiedHeadersOfRecord) headers or "
                + "\(Limits.copiedHeaderBytes) bytes of them, or be larger than the topic takes")
    }

    private mutating func noteLine(_ outcome: RecordOutcome) {
        let wasTripped = lines.isTripped
        switch outcome {
        case .prediction: lines.record(isMalformed: false)
        case .malformed: lines.record(isMalformed: true)
        case .unscorable(let reason):
            lines.record(isMalformed: reason.code == DeadLetterCode.badLine.rawValue)
        }
        guard lines.isTripped, !wasTripped else { return }
        let words =
            "more than half of the first \(MalformedGuard.firstRecords) records are no lines of "
            + "the format that input.log gives: correct it"
        switch atBound {
        case .exit: shared.fail(.deadLetterBound(words))
        case .hold: shared.hold(words)
        }
    }

    private mutating func judge(last reason: DeadLetterReason) {
        if deadLetters.isTripped {
            let words = words(last: reason)
            switch atBound {
            case .exit: shared.fail(.deadLetterBound(words))
            case .hold: shared.hold(words)
            }
        } else if deadLetters.isFlooded, !isFloodTold {
            isFloodTold = true
            shared.log.ofStrangers(
                words(last: reason) + "; those that clients can cause stop nothing; if the form "
                    + "of the input changed, correct input.fields")
        }
    }

    private func words(last reason: DeadLetterReason) -> String {
        "more than \(deadLetterPercent) % of the last \(DeadLetterGuard.windowRecords) records "
            + "are dead letters, the last one: \(reason.text)"
    }
}
