package import Lifecycle

/// What a record of the dead-letter topic says: which record has no prediction, and why.
package struct DeadLetter: Sendable, Equatable {
    /// Of the record on the input topic.
    package let source: StreamPlace
    package let key: [UInt8]
    /// The record's own, untouched; what stands for it where the letter is a stub.
    package let value: [UInt8]
    /// Whether the record was too large for the topic, and something smaller stands for it.
    package let isStub: Bool
    /// A stable word: `not_json`.
    package let code: String
    /// The deployment under which the record had no score.
    package let epoch: Int64

    package init(
        source: StreamPlace, key: [UInt8], value: [UInt8], isStub: Bool = false, code: String,
        epoch: Int64
    ) {
        self.source = source
        self.key = key
        self.value = value
        self.isStub = isStub
        self.code = code
        self.epoch = epoch
    }

    /// Nil for what is no dead letter of the model for a record of `topic`: a stranger's record,
    /// or one without the headers that every worker writes.
    package init?(_ record: StreamRecord, model: ModelName, topic: String) {
        let headers = record.headers
        guard headers["swerve.model"] == model.description, headers["swerve.source.topic"] == topic,
            let partition = headers["swerve.source.partition"].flatMap({ Int32($0) }),
            let offset = headers["swerve.source.offset"].flatMap({ Int64($0) }),
            let epoch = headers["swerve.epoch"].flatMap({ Int64($0) }),
            let code = headers["swerve.error.code"],
            StreamPlace.isPossible(partition: partition, offset: offset)
        else { return nil }
        self.init(
            source: StreamPlace(partition: partition, offset: offset), key: record.key,
            value: record.value ?? [], isStub: headers["swerve.stub"] == "true", code: code,
            epoch: epoch)
    }
}
