import CRdKafka
import Lifecycle
import Platform

/// One dead letter on its way: the record as it came, and headers that say why.
///
/// Off the hot path; allocates.
@safe
struct DeadLetter {
    private let record: WholeRecord
    let topic: String
    private let reason: DeadLetterReason
    /// Whether the message is a letter already: then its own headers of that are replaced.
    private let isAgain: Bool
    let partition: Int32
    let offset: Int64

    init(_ record: WholeRecord, topic: String, reason: DeadLetterReason) {
        self.record = record
        self.topic = topic
        self.reason = reason
        isAgain = false
        partition = record.partition
        offset = record.offset
    }

    /// A letter that has no score still: the same record, and a new reason.
    init(again record: WholeRecord, _ letter: StoredLetter, reason: DeadLetterReason) {
        self.record = record
        self.reason = reason
        isAgain = true
        topic = letter.sourceTopic
        partition = letter.sourcePartition
        offset = letter.sourceOffset
    }

    /// From the delivery report of a whole dead letter that the broker refused; what it was is in
    /// its own headers.
    ///
    /// Nil for a stub: a smaller one there is not.
    init?(refused report: UnsafePointer<rd_kafka_message_t>) {
        let headers = unsafe Self.headers(of: report)
        guard headers["swerve.stub"] == "false", let topic = headers["swerve.source.topic"],
            let partition = headers["swerve.source.partition"].flatMap({ Int32($0) }),
            let offset = headers["swerve.source.offset"].flatMap({ Int64($0) })
        else { return nil }
        record = unsafe WholeRecord(report)
        isAgain = false
        self.topic = topic
        self.partition = partition
        self.offset = offset
        reason = DeadLetterReason(
            code: headers["swerve.error.code"] ?? "", text: headers["swerve.error.reason"] ?? "",
            model: headers["swerve.model"] ?? "",
            epoch: headers["swerve.epoch"].flatMap { Int64($0) } ?? 0)
    }

    /// The headers of a message by name, the last of each.
    static func headers(of message: UnsafePointer<rd_kafka_message_t>) -> [String: String] {
        var headers: [String: String] = [:]
        unsafe forEachHeader(of: message) { name, value in
            unsafe headers[String(cString: name)] =
                unsafe value.map {
                    unsafe String(decoding: $0, as: UTF8.self)
                } ?? ""
        }
        return headers
    }

    /// Hands over the headers in their order; the value is nil where it is null.
    static func forEachHeader(
        of message: UnsafePointer<rd_kafka_message_t>,
        _ body: (_ name: UnsafePointer<CChar>, _ value: UnsafeRawBufferPointer?) -> Void
    ) {
        unsafe WholeRecord.forEachHeader(in: WholeRecord.headers(of: message), body)
    }

    /// Where dead letters go.
    @safe
    struct Destination {
        let topic: OpaquePointer
        /// Where there are fewer than the input has, a letter goes to its partition modulo these.
        let partitions: Int32

        init(topic: OpaquePointer, partitions: Int) {
            unsafe self.topic = topic
            self.partitions = Int32(clamping: max(1, partitions))
        }

        func partition(of source: Int32) -> Int32 { source % partitions }
    }

    /// Produces the letter, whole up to `limit` bytes of key and value, else as a stub; a limit of
    /// 0 asks for the stub.
    ///
    /// - Parameter batchLimit: bytes that the topic takes, with headers and all else.
    func produce(
        _ handle: OpaquePointer, to destination: Destination, tag: UInt, limit: Int,
        batchLimit: Int = .max
    ) -> rd_kafka_resp_err_t {
        let whole = unsafe (record.value?.count ?? 0) + (record.key?.count ?? 0)
        guard limit > 0, whole <= limit, batchLimit == .max || whole + headerBytes <= batchLimit
        else {
            return unsafe send(handle, destination, tag: tag, stub: stub())
        }
        let code = unsafe send(handle, destination, tag: tag, stub: nil)
        guard code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE else { return code }
        return unsafe send(handle, destination, tag: tag, stub: stub())
    }

    private func send(
        _ handle: OpaquePointer, _ destination: Destination, tag: UInt, stub: [UInt8]?
    ) -> rd_kafka_resp_err_t {
        let headers = unsafe headers(keepOriginal: stub == nil, isStub: stub != nil)
        var values = unsafe [rd_kafka_vu_t](repeating: rd_kafka_vu_t(), count: 6)
        unsafe values[0].vtype = RD_KAFKA_VTYPE_RKT
        unsafe values[0].u.rkt = destination.topic
        unsafe values[1].vtype = RD_KAFKA_VTYPE_PARTITION
        unsafe values[1].u.i32 = destination.partition(of: partition)
        unsafe values[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS
        unsafe values[2].u.i = RD_KAFKA_MSG_F_COPY
        unsafe values[3].vtype = RD_KAFKA_VTYPE_OPAQUE
        unsafe values[3].u.ptr = UnsafeMutableRawPointer(bitPattern: tag)
        unsafe values[4].vtype = RD_KAFKA_VTYPE_HEADERS
        unsafe values[4].u.headers = headers
        unsafe values[5].vtype = RD_KAFKA_VTYPE_VALUE
        let error = unsafe (stub ?? []).withUnsafeBytes { bytes in
            if stub != nil {
                unsafe values[5].u.mem.ptr = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
                unsafe values[5].u.mem.size = bytes.count
            } else {
                unsafe values[5].u.mem.ptr = UnsafeMutableRawPointer(
                    mutating: record.value?.baseAddress)
                unsafe values[5].u.mem.size = record.value?.count ?? 0
            }
            if let bytes = unsafe record.key, stub == nil || bytes.count <= Self.stubKeyBytes {
                var key = unsafe rd_kafka_vu_t()
                unsafe key.vtype = RD_KAFKA_VTYPE_KEY
                unsafe key.u.mem.ptr = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
                unsafe key.u.mem.size = bytes.count
                unsafe values.append(key)
            }
            return unsafe rd_kafka_produceva(handle, values, values.count)
        }
        guard let error = unsafe error else { return RD_KAFKA_RESP_ERR_NO_ERROR }
        let code = unsafe rd_kafka_error_code(error)
        unsafe rd_kafka_error_destroy(error)
        // librdkafka takes the headers only when it takes the record.
        unsafe rd_kafka_headers_destroy(headers)
        return code
    }

    private func headers(keepOriginal: Bool, isStub: Bool) -> OpaquePointer? {
        let headers = unsafe keepOriginal ? originals() : rd_kafka_headers_new(16)
        for (name, value) in ownHeaders(isStub: isStub) {
            unsafe rd_kafka_header_add(headers, name, -1, value, -1)
        }
        return unsafe headers
    }

    private func ownHeaders(isStub: Bool) -> [(String, String)] {
        [
            ("swerve.error.code", reason.code), ("swerve.error.reason", reason.text),
            ("swerve.source.topic", topic), ("swerve.source.partition", "\(partition)"),
            ("swerve.source.offset", "\(offset)"), ("swerve.model", reason.model),
            ("swerve.epoch", "\(reason.epoch)"), ("swerve.stub", isStub ? "true" : "false"),
        ] + connectHeaders
    }

    /// At least what the whole letter's headers take, and its batch beside key and value.
    private var headerBytes: Int {
        var bytes = Self.batchBytes
        for (name, value) in ownHeaders(isStub: false) {
            bytes += name.utf8.count + value.utf8.count + Self.headerBytes
        }
        unsafe WholeRecord.forEachHeader(in: record.headers) { name, value in
            var length = 0
            while unsafe name[length] != 0 { length += 1 }
            bytes +=
                length + Self.originalPrefix.count + Self.headerBytes
                + (unsafe value?.count ?? 0)
        }
        return bytes
    }

    /// The same under Kafka Connect's names (KIP-298), for what reads dead letters of connectors.
    ///
    /// All of Connect's names but those that would have nothing to say here: `task.id`,
    /// `class.name` and `exception.stacktrace`.
    private var connectHeaders: [(String, String)] {
        let isFoundReading = DeadLetterCode(rawValue: reason.code)?.isFoundReading ?? true
        return [
            ("topic", topic), ("partition", "\(partition)"), ("offset", "\(offset)"),
            ("connector.name", reason.model),
            // Connect's words for what fails over a record's bytes, and for what fails behind that.
            ("stage", isFoundReading ? "VALUE_CONVERTER" : "TASK_PUT"),
            ("exception.class.name", "swerve.\(reason.code)"),
            ("exception.message", reason.text),
        ].map { (Self.connectPrefix + $0.0, $0.1) }
    }

    /// The record's own headers.
    ///
    /// Names that begin as the letter's own do are put behind a prefix: whoever takes the first
    /// header of a name must not take a stranger's word for the service's.
    private func originals() -> OpaquePointer? {
        guard let original = unsafe record.headers else { return unsafe rd_kafka_headers_new(8) }
        var isClaimed = false
        unsafe WholeRecord.forEachHeader(in: original) { name, _ in
            isClaimed = unsafe isClaimed || Self.isOwn(name)
        }
        guard isClaimed else { return unsafe rd_kafka_headers_copy(original) }
        let headers = unsafe rd_kafka_headers_new(8)
        unsafe WholeRecord.forEachHeader(in: original) { name, value in
            guard unsafe !(isAgain && Self.isOwn(name)) else { return }
            var length = 0
            while unsafe name[length] != 0 { length += 1 }
            let bytes = unsafe UnsafeRawBufferPointer(start: name, count: length)
            let prefix = unsafe Self.isOwn(name) ? Self.originalPrefix : []
            let whole = unsafe prefix + bytes
            unsafe whole.withUnsafeBytes { whole in
                _ = unsafe rd_kafka_header_add(
                    headers, whole.baseAddress?.assumingMemoryBound(to: CChar.self), whole.count,
                    value?.baseAddress, value?.count ?? 0)
            }
        }
        return unsafe headers
    }

    /// Whether a name begins as one of the letter's own, in capitals or not: readers may not tell
    /// them apart.
    static func isOwn(_ name: UnsafePointer<CChar>) -> Bool {
        ownPrefixes.contains { unsafe begins(name, with: $0) }
    }

    private static func begins(_ name: UnsafePointer<CChar>, with prefix: [UInt8]) -> Bool {
        for (index, expected) in prefix.enumerated() {
            let byte = unsafe UInt8(bitPattern: name[index])
            let lower = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
            // The name's end differs from the prefix too, so nothing behind it is read.
            guard lower == expected else { return false }
        }
        return true
    }

    private static let connectPrefix = "__connect.errors."
    private static let ownPrefixes = [Array("swerve.".utf8), Array(connectPrefix.utf8)]
    private static let originalPrefix = Array("original.".utf8)

    /// What stands for a record that the dead-letter topic cannot hold.
    private func stub() -> [UInt8] {
        let payload = unsafe Array(record.value ?? .init(start: nil, count: 0))
        let digest = ContentHash.sha256(payload)
        let document: JSONValue = [
            "source": [
                "topic": .string(topic), "partition": .int(Int64(partition)),
                "offset": .int(offset),
            ],
            "sha256": .string(String(digest.hex)),
            "size": .int(Int64(payload.count)), "reason": .string(reason.text),
        ]
        return document.bytes
    }

    private static let stubKeyBytes = 1_024
    /// Of a batch and of its one record, beside key, value and headers.
    private static let batchBytes = 100
    /// Of a header, beside name and value.
    private static let headerBytes = 10
}
