internal import CSimdJSON
package import Lifecycle
package import Scoring

/// Turns records into requests, one at a time, without allocating.
///
/// For one thread. A record is copied once, checked to its last byte, and left alone: neither a
/// strange nor a hostile one can do more than be rejected. The memory (about seven times the limit
/// of address space, of which only what records reach becomes resident) is taken at the start.
@safe
package final class RequestParser {
    package let fields: InputFields
    package let limitBytes: Int
    private let handle: OpaquePointer
    /// C's answer about the last record.
    private let result: UnsafePointer<request_json_result>

    /// Makes a parser for records of at most `limitBytes`.
    ///
    /// - Throws: `SwerveError.usage` for a limit outside 1 … `Limits.requestBytesMax`, `.system`
    ///   when there is no memory.
    package convenience init(
        fields: InputFields = .standard, limitBytes: Int = Limits.requestBytes
    ) throws(SwerveError) {
        try self.init(fields: fields, names: fields.names, limitBytes: limitBytes)
    }

    /// As above, looking for exactly the fields of `names`, which were checked.
    init(
        fields: InputFields, names: [(field: RequestField, name: String)], limitBytes: Int
    ) throws(SwerveError) {
        guard (1...Limits.requestBytesMax).contains(limitBytes) else {
            throw SwerveError(
                .usage, act: "reading limits.request_bytes",
                reason: "\(limitBytes) is not between 1 and \(Limits.requestBytesMax)")
        }
        guard let handle = unsafe Self.make(names, limitBytes: limitBytes) else {
            throw SwerveError(
                .system, act: "making a parser for records of \(limitBytes) bytes",
                reason: "memory is short, or simdjson does not know this processor",
                remedy: "lower limits.request_bytes")
        }
        self.fields = fields
        self.limitBytes = limitBytes
        unsafe self.handle = handle
        unsafe result = request_json_result_of(handle)
    }

    deinit { unsafe request_json_destroy(handle) }

    /// Reads one record's value; nil (or a buffer without an address) is a tombstone.
    ///
    /// `limitBytes` is checked before anything else. About 0.2 us for a web request.
    package func parse(_ record: UnsafeBufferPointer<UInt8>?) -> RequestOutcome {
        let start = unsafe record?.baseAddress
        let status = unsafe request_json_parse(handle, start, record?.count ?? 0)
        if status == Int32(REQUEST_JSON_OK.rawValue) { return .request }
        return .rejected(reason(request_json_status(UInt32(truncatingIfNeeded: status))))
    }

    /// Reads a record that is at hand as a span.
    package func parse(_ record: Span<UInt8>) -> RequestOutcome {
        unsafe record.withUnsafeBufferPointer { buffer in
            // An empty span may have no address, and is no tombstone for that.
            if let start = buffer.baseAddress {
                return unsafe parse(UnsafeBufferPointer(start: start, count: buffer.count))
            }
            return unsafe withUnsafePointer(to: 0) { unsafe parse(.init(start: $0, count: 0)) }
        }
    }

    /// The input that the record gives, valid until the next record.
    package var input: ScoringInput { unsafe ScoringInput(text: text) }

    /// The text of the request, empty after a rejection, valid until the next record.
    package var text: UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(
            start: result.pointee.text.start, count: result.pointee.text.length)
    }

    /// The request's own id as it goes between the quotes of a JSON string; nil where it has none.
    ///
    /// At most `Limits.requestIDBytes` before escaping: a longer one is cut between characters.
    /// Also there for a rejected record, as long as that was a JSON object with one usable id.
    /// Valid until the next record.
    package var id: UnsafeBufferPointer<UInt8>? {
        unsafe Self.buffer(result.pointee.id)
    }

    /// The value of the label as it stands in the record.
    var rawLabel: UnsafeBufferPointer<UInt8>? { unsafe Self.buffer(result.pointee.label) }

    /// The value of the decision as it stands in the record.
    var rawDecision: UnsafeBufferPointer<UInt8>? { unsafe Self.buffer(result.pointee.decision) }

    private static func buffer(_ bytes: request_json_bytes) -> UnsafeBufferPointer<UInt8>? {
        guard let start = unsafe bytes.start else { return nil }
        return unsafe UnsafeBufferPointer(start: start, count: bytes.length)
    }

    private func reason(_ status: request_json_status) -> RejectReason {
        let field = unsafe RequestField(c: result.pointee.field)
        return switch status {
        case REQUEST_JSON_NULL: .nullPayload
        case REQUEST_JSON_EMPTY: .emptyPayload
        case REQUEST_JSON_TOO_LARGE: .tooLarge(limitBytes: limitBytes)
        case REQUEST_JSON_NOT_UTF8: .notUTF8
        case REQUEST_JSON_NOT_AN_OBJECT: .notAnObject
        case REQUEST_JSON_TRAILING_CONTENT: .trailingContent
        case REQUEST_JSON_TOO_DEEP: .tooDeep(limit: Int(REQUEST_JSON_DEPTH_MAX))
        case REQUEST_JSON_DUPLICATE: .duplicateField(field)
        case REQUEST_JSON_MISSING: .missingField(field)
        case REQUEST_JSON_WRONG_TYPE: .wrongType(field)
        case REQUEST_JSON_BAD_BASE64: .badBase64
        case REQUEST_JSON_NUMBERS: .numbersNotText(field)
        default: .notJSON
        }
    }

    private static func make(
        _ names: [(field: RequestField, name: String)], limitBytes: Int
    ) -> OpaquePointer? {
        // One buffer for all names, so that their addresses hold during the call.
        var bytes: [UInt8] = []
        var ranges = [Range<Int>](repeating: 0..<0, count: Int(REQUEST_JSON_FIELDS.rawValue))
        for (field, name) in names {
            let start = bytes.count
            bytes.append(contentsOf: name.utf8)
            ranges[Int(field.rawValue)] = start..<bytes.count
        }
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            let names = unsafe ranges.map { range in
                unsafe request_json_name(
                    bytes: buffer.baseAddress.map { unsafe $0 + range.lowerBound },
                    length: range.count)
            }
            return unsafe request_json_create(limitBytes, Limits.requestIDBytes, names)
        }
    }
}
