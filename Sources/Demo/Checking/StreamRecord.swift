import Kafka

/// A record that the demo read from a topic.
struct StreamRecord {
    let partition: Int32
    let offset: Int64
    let key: [UInt8]
    /// Nil for a tombstone.
    var value: [UInt8]?

    init(_ record: TopicRecord) {
        partition = record.partition
        offset = record.offset
        key = record.key
        value = record.value
    }

    init(partition: Int32, offset: Int64, key: [UInt8], value: [UInt8]?) {
        self.partition = partition
        self.offset = offset
        self.key = key
        self.value = value
    }
}
