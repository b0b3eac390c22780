import CRdKafka
package import Lifecycle

/// A record of a small topic, copied out of librdkafka's memory.
package struct TopicRecord: Sendable {
    package let topic: String
    package let partition: Int32
    package let offset: Int64
    package let key: [UInt8]
    /// Nil for a tombstone.
    package let value: [UInt8]?
    /// By name, the last of each; values that are no UTF-8 are repaired, absent ones empty.
    package let headers: [String: String]
    /// When it was appended, and who says so.
    package let timestamp: RecordTimestamp
}

extension TopicRecord {
    init(_ message: UnsafeMutablePointer<rd_kafka_message_t>) {
        let value = unsafe RecordBatch.bytes(message.pointee.payload, message.pointee.len)
        let key = unsafe RecordBatch.bytes(message.pointee.key, message.pointee.key_len)
        unsafe self.init(
            topic: String(cString: rd_kafka_topic_name(message.pointee.rkt)),
            partition: message.pointee.partition, offset: message.pointee.offset,
            key: key.map { unsafe Array($0) } ?? [], value: value.map { unsafe Array($0) },
            headers: DeadLetter.headers(of: message), timestamp: Self.timestamp(of: message))
    }

    private static func timestamp(
        of message: UnsafeMutablePointer<rd_kafka_message_t>
    ) -> RecordTimestamp {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let milliseconds = unsafe rd_kafka_message_timestamp(message, &type)
        return switch type {
        case RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME: .appended(milliseconds)
        case RD_KAFKA_TIMESTAMP_CREATE_TIME: .claimed(milliseconds)
        default: .none
        }
    }
}
