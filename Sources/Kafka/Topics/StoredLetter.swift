package import Lifecycle

/// A dead letter as it stands on its topic.
package struct StoredLetter: Sendable {
    /// Where it stands.
    package let partition: Int32
    package let offset: Int64
    package let timestamp: RecordTimestamp
    /// Where the record stood.
    package let sourceTopic: String
    package let sourcePartition: Int32
    package let sourceOffset: Int64
    /// Why the record has no prediction.
    package let reason: DeadLetterReason
    /// Whether the value stands for a record that was too large for the topic.
    package let isStub: Bool
    /// The record's own.
    package let key: [UInt8]
    package let value: [UInt8]?
    /// The record's own by name, the last of each; those that had a name as the letter's are
    /// behind `original.`.
    package let headers: [String: String]

    /// Nil where there is no record, or one that is no dead letter of any worker's.
    package init?(_ batch: RecordBatch, at index: Int) {
        guard batch.record(at: index) != nil, let message = unsafe batch.messages[index] else {
            return nil
        }
        self.init(unsafe TopicRecord(message))
    }

    /// Nil for what is no dead letter of any worker's.
    package init?(_ record: TopicRecord) {
        let headers = record.headers
        guard let code = headers["swerve.error.code"], let text = headers["swerve.error.reason"],
            let model = headers["swerve.model"], let topic = headers["swerve.source.topic"],
            let epoch = headers["swerve.epoch"].flatMap({ Int64($0) }),
            let partition = headers["swerve.source.partition"].flatMap({ Int32($0) }),
            let offset = headers["swerve.source.offset"].flatMap({ Int64($0) })
        else { return nil }
        self.partition = record.partition
        self.offset = record.offset
        timestamp = record.timestamp
        sourceTopic = topic
        sourcePartition = partition
        sourceOffset = offset
        reason = DeadLetterReason(code: code, text: text, model: model, epoch: epoch)
        isStub = headers["swerve.stub"] == "true"
        key = record.key
        value = record.value
        self.headers = headers.filter { unsafe !DeadLetter.isOwn($0.key) }
    }
}

/// Dead letters by reason.
package struct LetterCounts: Sendable {
    package struct Reason: Sendable {
        package let code: String
        package var count = 0
        /// The newest by its place in reading order.
        package var last: StoredLetter
    }

    private var byCode: [String: Reason] = [:]
    /// Records on the topic that are no dead letters of the model.
    package private(set) var othersCount = 0

    package init() {}

    /// The most frequent first; by name among equals.
    package var reasons: [Reason] {
        byCode.values.sorted { ($1.count, $0.code) < ($0.count, $1.code) }
    }

    package var count: Int { byCode.values.reduce(0) { $0 + $1.count } }

    /// - Parameter model: a letter of another one is counted apart.
    package mutating func add(_ record: TopicRecord, of model: ModelName) {
        guard let letter = StoredLetter(record), letter.reason.model == model.description else {
            othersCount += 1
            return
        }
        let code = letter.reason.code
        // Who writes to the topic may make up words without end.
        guard byCode[code] != nil || byCode.count < Self.reasonsMax else {
            othersCount += 1
            return
        }
        byCode[code, default: Reason(code: code, last: letter)].count += 1
        byCode[code]?.last = letter
    }

    package static let reasonsMax = 1_000
}
