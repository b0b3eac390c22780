import Lifecycle
package import Platform

/// Which record lay at a place of a topic: enough to notice another one there.
package struct RecordMark: Sendable, Hashable {
    package let partition: Int32
    package let offset: Int64
    /// Milliseconds since 1970; nil where nobody says.
    package let timestampMs: Int64?
    /// Of key and value.
    package let digest: RawDigest

    package init(partition: Int32, offset: Int64, timestampMs: Int64?, digest: RawDigest) {
        self.partition = partition
        self.offset = offset
        self.timestampMs = timestampMs
        self.digest = digest
    }

    /// Allocates nothing: the poll thread makes one of each partition's records a minute.
    ///
    /// - Parameter key: one that is empty and none at all count as the same.
    init(
        _ partition: Int32, _ offset: Int64, timestampMs: Int64?,
        key: UnsafeBufferPointer<UInt8>?, value: UnsafeBufferPointer<UInt8>?
    ) {
        var hash = ContentHash()
        unsafe Self.take(key?.count ?? 0, into: &hash)
        unsafe Self.take(value?.count ?? -1, into: &hash)
        if let key = unsafe key { unsafe hash.update(key) }
        if let value = unsafe value { unsafe hash.update(value) }
        self.init(
            partition: partition, offset: offset, timestampMs: timestampMs,
            digest: hash.rawDigest())
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

    init(
        _ partition: Int32, _ offset: Int64, timestampMs: Int64?, key: [UInt8], value: [UInt8]?
    ) {
        self = unsafe key.withUnsafeBufferPointer { key in
            guard let value else {
                return unsafe RecordMark(
                    partition, offset, timestampMs: timestampMs, key: key, value: nil)
            }
            return unsafe value.withUnsafeBufferPointer { value in
                unsafe RecordMark(
                    partition, offset, timestampMs: timestampMs, key: key, value: value)
            }
        }
    }

    /// The length in decimal digits, and a space.
    ///
    /// A number of so few digits is text that Swift keeps in place, without an allocation.
    private static func take(_ length: Int, into hash: inout ContentHash) {
        var text = length.description
        text.append(" ")
        text.withUTF8 { unsafe hash.update($0) }
    }
}

extension RecordBatch {
    /// The mark of the record at a place; nil where the batch does not hold it.
    package func mark(partition: Int32, offset: Int64) -> RecordMark? {
        for index in 0..<count {
            guard let record = record(at: index), record.offset == offset,
                record.partition == partition
            else { continue }
            return unsafe RecordMark(
                partition, offset, timestampMs: timestampMs(at: index), key: record.key,
                value: record.value)
        }
        return nil
    }
}
