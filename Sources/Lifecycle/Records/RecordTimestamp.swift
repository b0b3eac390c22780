/// The wall-clock milliseconds of a record, and whose clock that is.
package enum RecordTimestamp: Sendable, Equatable {
    /// The broker's, at the append: the topic has `message.timestamp.type=LogAppendTime`.
    case appended(Int64)
    /// The producer's own word, which anybody may make up.
    case claimed(Int64)
    case none
}
