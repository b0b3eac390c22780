import CRdKafka

/// A record that outlives its poll: a copy of its bytes, its key and its headers, in their order
/// and the null ones as such.
///
/// A `RecordBatch` of them is read as one that was polled. Poll thread only.
@safe
package final class KeptRecord {
    package let partition: Int32
    package let offset: Int64
    /// As `RecordBatch.timestampMs`.
    package let timestampMs: Int64?
    /// Nil for a null payload.
    package let value: UnsafeBufferPointer<UInt8>?
    /// Nil where the record has no key.
    package let key: UnsafeBufferPointer<UInt8>?
    /// The memory that it takes, in bytes, with what is needed to hold it.
    package let bytes: Int
    /// librdkafka's; nil where the record has none.
    let headers: OpaquePointer?
    private let memory: UnsafeMutablePointer<UInt8>

    /// A copy of a record that has no headers.
    package convenience init(_ view: RecordView, timestampMs: Int64? = nil) {
        unsafe self.init(
            WholeRecord(
                value: view.value, key: view.key, partition: view.partition, offset: view.offset,
                headers: nil), timestampMs: timestampMs)
    }

    init(_ record: WholeRecord, timestampMs: Int64?) {
        partition = record.partition
        offset = record.offset
        self.timestampMs = timestampMs
        let valueCount = unsafe record.value?.count ?? 0
        let keyCount = unsafe record.key?.count ?? 0
        unsafe memory = .allocate(capacity: max(1, valueCount + keyCount))
        unsafe value = unsafe Self.copy(record.value, to: memory)
        unsafe key = unsafe Self.copy(record.key, to: memory + valueCount)
        var bytes = Self.ownBytes + valueCount + keyCount
        unsafe WholeRecord.forEachHeader(in: record.headers) { name, value in
            var length = 0
            while unsafe name[length] != 0 { length += 1 }
            bytes += Self.headerBytes + length + (unsafe value?.count ?? 0)
        }
        self.bytes = bytes
        unsafe headers = unsafe record.headers.flatMap { unsafe rd_kafka_headers_copy($0) }
    }

    deinit {
        unsafe memory.deallocate()
        if let headers = unsafe headers { unsafe rd_kafka_headers_destroy(headers) }
    }

    var whole: WholeRecord {
        unsafe WholeRecord(
            value: value, key: key, partition: partition, offset: offset, headers: headers)
    }

    private static func copy(
        _ bytes: UnsafeBufferPointer<UInt8>?, to start: UnsafeMutablePointer<UInt8>
    ) -> UnsafeBufferPointer<UInt8>? {
        guard let bytes = unsafe bytes else { return nil }
        if let from = bytes.baseAddress { unsafe start.update(from: from, count: bytes.count) }
        return unsafe UnsafeBufferPointer(start: start, count: bytes.count)
    }

    /// The object, its two blocks and its place in a queue.
    private static let ownBytes = 256
    /// What librdkafka takes for a header beside name and value.
    private static let headerBytes = 64
}

/// A record with all that it came with, in memory of librdkafka's or of a `KeptRecord`: valid as
/// long as that is.
@safe
struct WholeRecord {
    /// Nil for a null payload.
    let value: UnsafeBufferPointer<UInt8>?
    let key: UnsafeBufferPointer<UInt8>?
    let partition: Int32
    let offset: Int64
    /// librdkafka's; nil where the record has none.
    let headers: OpaquePointer?

    init(
        value: UnsafeBufferPointer<UInt8>?, key: UnsafeBufferPointer<UInt8>?, partition: Int32,
        offset: Int64, headers: OpaquePointer?
    ) {
        unsafe self.value = value
        unsafe self.key = key
        self.partition = partition
        self.offset = offset
        unsafe self.headers = headers
    }

    /// librdkafka reads a message's headers when they are asked for the first time.
    init(_ message: UnsafePointer<rd_kafka_message_t>) {
        unsafe self.init(
            value: RecordBatch.bytes(message.pointee.payload, message.pointee.len),
            key: RecordBatch.bytes(message.pointee.key, message.pointee.key_len),
            partition: message.pointee.partition, offset: message.pointee.offset,
            headers: Self.headers(of: message))
    }

    /// Nil where there are none.
    static func headers(of message: UnsafePointer<rd_kafka_message_t>) -> OpaquePointer? {
        var list: OpaquePointer?
        guard
            unsafe rd_kafka_message_headers(message, &list) == RD_KAFKA_RESP_ERR_NO_ERROR
        else { return nil }
        return unsafe list
    }

    /// Hands over headers in their order; the value is nil where it is null.
    static func forEachHeader(
        in list: OpaquePointer?,
        _ body: (_ name: UnsafePointer<CChar>, _ value: UnsafeRawBufferPointer?) -> Void
    ) {
        guard let list = unsafe list else { return }
        var index = 0
        var name: UnsafePointer<CChar>?
        var value: UnsafeRawPointer?
        var count = 0
        while unsafe rd_kafka_header_get_all(list, index, &name, &value, &count)
            == RD_KAFKA_RESP_ERR_NO_ERROR
        {
            index += 1
            guard let name = unsafe name else { continue }
            unsafe body(name, value.map { unsafe UnsafeRawBufferPointer(start: $0, count: count) })
        }
    }
}

/// Records that are held beyond their poll.
extension RecordBatch {
    /// Copies the record at `index`; nil where there is none.
    package func keep(at index: Int) -> KeptRecord? {
        guard record(at: index) != nil, let whole = whole(at: index) else { return nil }
        return KeptRecord(whole, timestampMs: timestampMs(at: index))
    }

    /// The record or fault at `index` with all that it came with.
    func whole(at index: Int) -> WholeRecord? {
        guard let message = unsafe messages[index] else { return kept(at: index)?.whole }
        return unsafe WholeRecord(message)
    }

    /// A copy of the last header's value, as `lastHeader` has it; allocates.
    package func header(_ name: StaticString, at index: Int) -> [UInt8]? {
        unsafe lastHeader(name, at: index).map { unsafe Array($0) }
    }

    /// The value of the last header of that name; nil where there is none, or the last one is null.
    ///
    /// Swerve allocates nothing for it; librdkafka takes memory for the headers of a record that
    /// has any. Valid as long as the record is.
    ///
    /// - Parameter name: ends with a zero byte, as a literal does.
    package func lastHeader(_ name: StaticString, at index: Int) -> UnsafeBufferPointer<UInt8>? {
        let headers: OpaquePointer?
        if let message = unsafe messages[index] {
            unsafe headers = unsafe WholeRecord.headers(of: message)
        } else {
            unsafe headers = unsafe kept(at: index)?.headers
        }
        guard let headers = unsafe headers else { return nil }
        var value: UnsafeRawPointer?
        var count = 0
        let code = unsafe name.utf8Start.withMemoryRebound(
            to: CChar.self, capacity: name.utf8CodeUnitCount + 1
        ) { unsafe rd_kafka_header_get_last(headers, $0, &value, &count) }
        guard code == RD_KAFKA_RESP_ERR_NO_ERROR, let value = unsafe value else { return nil }
        return unsafe UnsafeBufferPointer(
            start: value.assumingMemoryBound(to: UInt8.self), count: count)
    }
}
