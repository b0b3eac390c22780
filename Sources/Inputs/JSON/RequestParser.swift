internal import CSimdJSON
package import Lifecycle
package import Scoring

/// Turns records into requests, one at a time, without allocating.
///
/// For one thread. A record is copied once, checked to its last byte, and left alone: neither a
/// strange nor a hostile one can do more than be rejected. The memory (about seven times the limit
/// of address space, of which only what records reach becomes resident) is taken at the start, and
/// for numbers with the wants (`PreparedWants`).
@safe
package final class RequestParser {
    package let fields: InputFields
    package let limitBytes: Int
    /// What records are read for.
    private var prepared: PreparedWants
    private let handle: OpaquePointer
    /// C's answer about the last record.
    let result: UnsafePointer<request_json_result>

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
        do throws(SwerveError) {
            prepared = try PreparedWants([InputWant(.text)], limitBytes: limitBytes)
        } catch {
            unsafe request_json_destroy(handle)
            throw error
        }
        unsafe request_json_install(handle, prepared.handle)
    }

    /// The named numeric fields that are wanted, all scorers' together.
    package var fieldNames: [String] { prepared.fieldNames }

    deinit { unsafe request_json_destroy(handle) }

    /// Reads one record's value; nil (or a buffer without an address) is a tombstone.
    ///
    /// `limitBytes` is checked before anything else. About 0.2 us for a web request.
    package func parse(_ record: UnsafeBufferPointer<UInt8>?) -> RequestOutcome {
        let start = unsafe record?.baseAddress
        let status = unsafe request_json_parse(handle, start, record?.count ?? 0)
        if status == Int32(REQUEST_JSON_OK.rawValue) { return .request }
        return .rejected(rejection(status))
    }

    /// Why the record is refused as a whole.
    ///
    /// Where it gives none of what several scorers want, the first one, which is the stable
    /// version, says what is missing.
    private func rejection(_ status: Int32) -> RejectReason {
        let faults = unsafe [
            (InputViews.text, result.pointee.text_fault.status),
            (.dense, result.pointee.dense_fault.status),
            (.sparse, result.pointee.sparse_fault.status),
        ]
        if let fault = faults.first(where: { $0.1 != 0 && prepared.wants[0].views.contains($0.0) })
        {
            return refusal(of: 0, fault.0)
        }
        return unsafe reason(status, result.pointee.field, result.pointee.place)
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

    /// Reads records for `prepared` from now on; a new parser wants the text.
    ///
    /// Cannot fail and allocates nothing. What the last record gave is gone. `prepared` was made
    /// for this parser's limit, and is installed in no other parser.
    package func install(_ prepared: PreparedWants) {
        precondition(prepared.limitBytes >= limitBytes, "wants made ready for smaller records")
        unsafe request_json_install(handle, prepared.handle)
        self.prepared = prepared
    }

    /// Makes ready and installs what records are read for, one want for each scorer that takes
    /// turns with the parser.
    ///
    /// - Throws: as `PreparedWants.init`.
    package func want(_ wants: [InputWant]) throws(SwerveError) {
        install(try PreparedWants(wants, limitBytes: limitBytes))
    }

    /// The input that the record gives to the scorer of the first want; valid as below.
    package var input: ScoringInput { input(of: 0) }

    /// The input that the record gives to the scorer of one want, valid until the next record.
    ///
    /// A view that the want has and the record does not give is left out of its `views`.
    package func input(of position: Int) -> ScoringInput {
        let wanted = prepared.wants[position].views
        let given = unsafe InputViews(rawValue: UInt8(truncatingIfNeeded: result.pointee.views))
        var input = ScoringInput()
        input.views = wanted.intersection(given)
        if input.views.contains(.text) {
            unsafe input.text = text
            if prepared.wants[position].wantsParts { input.parts = parts }
        }
        if input.views == .text { return input }
        if input.views.contains(.dense) {
            unsafe input.dense = UnsafeBufferPointer(
                start: result.pointee.dense, count: result.pointee.dense_count)
        }
        if input.views.contains(.sparse) {
            unsafe input.sparseIndices = UnsafeBufferPointer(
                start: result.pointee.sparse_indices, count: result.pointee.sparse_count)
            unsafe input.sparseValues = UnsafeBufferPointer(
                start: result.pointee.sparse_values, count: result.pointee.sparse_count)
        }
        if input.views.contains(.fields) { takeNumbers(of: position, into: &input) }
        return input
    }

    /// Gathers the named fields of one want; a field that is no number takes the view away.
    private func takeNumbers(of position: Int, into input: inout ScoringInput) {
        guard let values = unsafe result.pointee.numbers,
            let states = unsafe result.pointee.number_states
        else {
            unsafe input.fields = UnsafeBufferPointer(prepared.numbers[position].values)
            return
        }
        for (index, place) in prepared.numberPlaces[position].enumerated() {
            guard unsafe UInt32(states[place]) <= REQUEST_JSON_NUMBER_THERE.rawValue else {
                input.views.remove(.fields)
                return
            }
            unsafe prepared.numbers[position].values[index] = values[place]
        }
        unsafe input.fields = UnsafeBufferPointer(prepared.numbers[position].values)
    }

    /// Why the record does not give the scorer of a want one of `views`, which it wants and lacks.
    package func refusal(of position: Int, _ views: InputViews) -> RejectReason {
        if views.contains(.text) { return unsafe reason(result.pointee.text_fault) }
        if views.contains(.dense) { return unsafe reason(result.pointee.dense_fault) }
        if views.contains(.sparse) { return unsafe reason(result.pointee.sparse_fault) }
        guard let states = unsafe result.pointee.number_states else { return .notAnObject }
        for place in prepared.numberPlaces[position] {
            switch unsafe request_json_number(UInt32(states[place])) {
            case REQUEST_JSON_NUMBER_WRONG_TYPE: return .namedWrongType(place)
            case REQUEST_JSON_NUMBER_DUPLICATE: return .namedDuplicate(place)
            default: continue
            }
        }
        return .notAnObject
    }

    /// The parts of the text, where it was made of them.
    private var parts: RequestParts? {
        let result = unsafe self.result
        guard unsafe result.pointee.has_parts != 0 else { return nil }
        let method = unsafe result.pointee.method_length
        let path = unsafe method + 1 + result.pointee.path_length
        let queryLength = unsafe result.pointee.query_length
        let query = queryLength == 0 ? path : path + 1 + queryLength
        return unsafe RequestParts(
            method: 0..<method, path: (method + 1)..<path, query: (query - queryLength)..<query,
            body: (query + 1)..<(query + 1 + result.pointee.body_length))
    }

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

    private func reason(_ fault: request_json_fault) -> RejectReason {
        reason(fault.status, fault.field, fault.place)
    }

    private func reason(_ status: Int32, _ number: Int32, _ place: Int) -> RejectReason {
        let field = RequestField(c: number)
        return switch request_json_status(UInt32(truncatingIfNeeded: status)) {
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
        case REQUEST_JSON_NOT_A_NUMBER: .notANumber(field, element: place + 1)
        case REQUEST_JSON_BAD_PAIR: .badPair(byte: place + 1)
        case REQUEST_JSON_PAIR_ORDER: .pairOrder(byte: place + 1)
        default: .notJSON
        }
    }

    private static func make(
        _ names: [(field: RequestField, name: String)], limitBytes: Int
    ) -> OpaquePointer? {
        var texts = [String](repeating: "", count: Int(REQUEST_JSON_FIELDS.rawValue))
        for (field, name) in names { texts[Int(field.rawValue)] = name }
        return unsafe withNames(texts) {
            unsafe request_json_create(limitBytes, Limits.requestIDBytes, $0)
        }
    }

    /// Hands names over as C has them.
    static func withNames<Result>(
        _ names: [String], _ body: ([request_json_name]) -> Result
    ) -> Result {
        // One buffer for all names, so that their addresses hold during the call.
        var bytes: [UInt8] = []
        var ranges: [Range<Int>] = []
        for name in names {
            let start = bytes.count
            bytes.append(contentsOf: name.utf8)
            ranges.append(start..<bytes.count)
        }
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            unsafe body(
                ranges.map { range in
                    unsafe request_json_name(
                        bytes: buffer.baseAddress.map { unsafe $0 + range.lowerBound },
                        length: range.count)
                })
        }
    }
}
