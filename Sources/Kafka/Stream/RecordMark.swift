package import Lifecycle
import Platform

/// Which record lay at a place of a topic: enough to notice another one there.
package struct RecordMark: Sendable, Hashable {
    package let partition: Int32
    package let offset: Int64
    /// Milliseconds since 1970; nil where nobody says.
    package let timestampMs: Int64?
    /// Of key and value.
    package let digest: Digest

    package init(partition: Int32, offset: Int64, timestampMs: Int64?, digest: Digest) {
        self.partition = partition
        self.offset = offset
        self.timestampMs = timestampMs
        self.digest = digest
    }

    /// - Parameter key: one that is empty and none at all count as the same.
    init(
        _ partition: Int32, _ offset: Int64, timestampMs: Int64?, key: [UInt8], value: [UInt8]?
    ) {
        var hash = ContentHash()
        hash.update(Array("\(key.count) \(value?.count ?? -1) ".utf8))
        hash.update(key)
        hash.update(value ?? [])
        self.init(
            partition: partition, offset: offset, timestampMs: timestampMs, digest: hash.digest())
    }

    init(_ record: TopicRecord) {
        let timestampMs: Int64? =
            switch record.timestamp {
            case .appended(let milliseconds), .claimed(let milliseconds): milliseconds
            case .none: nil
            }
        self.init(
            record.partition, record.offset, timestampMs: timestampMs, key: record.key,
            value: record.value)
    }
}

extension RecordBatch {
    /// The mark of the record at a place; nil where the batch does not hold it.
    package func mark(partition: Int32, offset: Int64) -> RecordMark? {
        for index in staleCount..<count {
            guard let record = record(at: index), record.offset == offset,
                record.partition == partition
            else { continue }
            return RecordMark(
                partition, offset, timestampMs: timestampMs(at: index),
                key: unsafe record.key.map { unsafe Array($0) } ?? [],
                value: unsafe record.value.map { unsafe Array($0) })
        }
        return nil
    }
}
