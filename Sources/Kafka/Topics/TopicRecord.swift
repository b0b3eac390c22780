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
