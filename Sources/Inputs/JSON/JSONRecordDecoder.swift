internal import CSimdJSON
internal import Lifecycle
internal import Scoring

/// Reads JSON objects: requests by their parts, `text`, `text_b64`, `x`, `svm` and named numbers.
///
/// For one thread. A record is copied once, checked to its last byte, and left alone: neither a
/// strange nor a hostile one can do more than be rejected. The memory (about seven times the limit
/// of address space, of which only what records reach becomes resident) is taken at the start, and
/// for numbers with the wants (`PreparedWants`).
@safe
package final class JSONRecordDecoder {
    private let fields: InputFields
    private let labelField: String?
    private let limitBytes: Int
    /// What records are read for.
    private var prepared: PreparedWants
    private let handle: OpaquePointer
    /// C's answer about the last record.
    private let result: UnsafePointer<request_json_result>

    /// Makes a decoder, reading for texts; the limits of `settings` are within their bounds.
    ///
    /// - Parameter labelField: where it is given, the field of that name is the label, and
    ///   `decision` is looked for too.
    /// - Throws: `SwerveError.usage` for a label whose name does not go with `fields`, `.system`
    ///   when there is no memory.
    init(
        fields: InputFields, labelField: String?, settings: InputSettings
    ) throws(SwerveError) {
        var names = fields.names
        if let labelField {
            names += [(.label, labelField), (.decision, RequestField.decision.name)]
            try InputFields.check(
                names.map { ($0.field.name, $0.name) }, act: "reading the names of the fields")
        }
        let textAlone = try PreparedWants([InputWant(.text)], for: settings)
        let client = fields.isClientGiven ? fields.client : ""
        guard let handle = unsafe Self.make(names, client: client, settings) else {
            throw SwerveError(
                .system, act: "making a parser for records of \(settings.recordBytes) bytes",
                reason: "memory is short, or simdjson does not know this processor")
        }
        self.fields = fields
        self.labelField = labelField
        limitBytes = settings.limitBytes
        prepared = textAlone
        unsafe self.handle = handle
        unsafe result = request_json_result_of(handle)
        unsafe request_json_keep_invalid_utf8(handle, settings.scoresInvalidUTF8 ? 1 : 0)
        install(textAlone)
    }

    deinit { unsafe request_json_destroy(handle) }

    // MARK: - What is read for

    func install(_ prepared: PreparedWants) {
        precondition(prepared.limitBytes >= limitBytes, "wants made ready for smaller records")
        guard case .json(let memory) = prepared.memory else {
            preconditionFailure("wants made ready for another format")
        }
        unsafe request_json_install(handle, memory.handle)
        self.prepared = prepared
    }

    // MARK: - Decoding

    /// About 0.2 us for a web request.
    func decode(_ record: UnsafeBufferPointer<UInt8>?) -> RejectReason? {
        let start = unsafe record?.baseAddress
        let status = unsafe request_json_parse(handle, start, record?.count ?? 0)
        if status == Int32(REQUEST_JSON_OK.rawValue) { return nil }
        if status == Int32(REQUEST_JSON_NOT_JSON.rawValue), let record = unsafe record {
            return unsafe .json(.malformed(JSONFault.first(in: record)))
        }
        return rejection(status)
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

    // MARK: - The view of the last record

    func input(of position: Int) -> ScoringInput {
        let wanted = prepared.wants[position].views
        let given = unsafe InputViews(rawValue: UInt8(truncatingIfNeeded: result.pointee.views))
        var input = ScoringInput()
        input.views = wanted.intersection(given)
        if input.views.contains(.text) {
            unsafe input.text = text
            if prepared.wants[position].wantsParts { input.parts = parts }
        }
        if input.views.rawValue == InputViews.text.rawValue { return input }
        if prepared.wants[position].isTextSpare { input.dropMadeText() }
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
        if input.views.contains(.fields) {
            unsafe prepared.takeNumbers(
                of: position, values: result.pointee.numbers, states: result.pointee.states,
                into: &input)
        }
        if input.views.contains(.texts) {
            let texts = unsafe result.pointee.texts
            unsafe prepared.takeTexts(
                of: position, states: result.pointee.states, into: &input
            ) { place in
                guard let text = unsafe texts?[place] else { return NamedText() }
                return unsafe NamedText(start: text.start, count: text.length)
            }
        }
        return input
    }

    func refusal(of position: Int, _ views: InputViews) -> RejectReason {
        if views.contains(.text), !prepared.wants[position].isTextSpare {
            return unsafe reason(result.pointee.text_fault)
        }
        if views.contains(.dense) { return unsafe reason(result.pointee.dense_fault) }
        if views.contains(.sparse) { return unsafe reason(result.pointee.sparse_fault) }
        return unsafe prepared.namedRefusal(of: position, states: result.pointee.states)
            ?? .json(.notAnObject)
    }

    /// The parts of the text, where it was made of them.
    private var parts: RequestParts? {
        let result = unsafe self.result
        guard unsafe result.pointee.has_parts != 0 else { return nil }
        let lengths = unsafe PartLengths(
            method: result.pointee.method_length, path: result.pointee.path_length,
            query: result.pointee.query_length, body: result.pointee.body_length)
        return unsafe lengths.ranges(in: result.pointee.text.length)
    }

    var marks: RecordMarks { unsafe result.pointee.is_truncated != 0 ? .truncated : [] }

    private var text: UnsafeBufferPointer<UInt8> {
        unsafe UnsafeBufferPointer(
            start: result.pointee.text.start, count: result.pointee.text.length)
    }

    /// Also there for a rejected record that was a JSON object with one usable id.
    var id: UnsafeBufferPointer<UInt8>? { unsafe Self.buffer(result.pointee.id) }

    /// Whether records are read for who sent them.
    var tellsClient: Bool { fields.isClientGiven }

    /// The first `Limits.requestIDBytes` bytes of a string out of its escapes, or of a number as it
    /// stands in the record.
    var client: UnsafeBufferPointer<UInt8>? {
        var bytes = unsafe result.pointee.client
        unsafe bytes.length = min(bytes.length, Limits.requestIDBytes)
        return unsafe Self.buffer(bytes)
    }

    /// As it stands in the record.
    var label: UnsafeBufferPointer<UInt8>? { unsafe Self.buffer(result.pointee.label) }

    /// As it stands in the record.
    var decision: UnsafeBufferPointer<UInt8>? { unsafe Self.buffer(result.pointee.decision) }

    private static func buffer(_ bytes: request_json_bytes) -> UnsafeBufferPointer<UInt8>? {
        guard let start = unsafe bytes.start else { return nil }
        return unsafe UnsafeBufferPointer(start: start, count: bytes.length)
    }

    // MARK: - Reasons

    func words(_ reason: RejectReason) -> String {
        reason.words(named: prepared.names.all) { field in
            field == .label ? labelField ?? field.name : fields.name(of: field)
        }
    }

    private func reason(_ fault: request_json_fault) -> RejectReason {
        reason(fault.status, fault.field, fault.place)
    }

    private func reason(_ status: Int32, _ number: Int32, _ place: Int) -> RejectReason {
        let field = RequestField(c: number)
        return switch request_json_status(UInt32(truncatingIfNeeded: status)) {
        case REQUEST_JSON_NULL: .nullPayload
        case REQUEST_JSON_EMPTY: .emptyPayload
        case REQUEST_JSON_TOO_LARGE: .tooLarge(limitBytes: place)
        case REQUEST_JSON_NOT_UTF8: .notUTF8
        case REQUEST_JSON_NOT_AN_OBJECT: .json(.notAnObject)
        case REQUEST_JSON_TRAILING_CONTENT: .json(.trailingContent)
        case REQUEST_JSON_TOO_DEEP:
            .tooDeep(limit: Int(REQUEST_JSON_DEPTH_MAX), byte: place + 1)
        case REQUEST_JSON_DUPLICATE: .duplicateField(field)
        case REQUEST_JSON_MISSING: .missingField(field)
        case REQUEST_JSON_WRONG_TYPE: .wrongType(field)
        case REQUEST_JSON_BAD_BASE64: .badBase64
        case REQUEST_JSON_NUMBERS: .numbersNotText(field)
        case REQUEST_JSON_NOT_A_NUMBER: .notANumber(field, element: place + 1)
        case REQUEST_JSON_BAD_PAIR: .badPair(byte: place + 1)
        case REQUEST_JSON_PAIR_ORDER: .pairOrder(byte: place + 1)
        default: .json(.malformed(nil))
        }
    }

    private static func make(
        _ names: [(field: RequestField, name: String)], client: String, _ settings: InputSettings
    ) -> OpaquePointer? {
        var texts = [String](repeating: "", count: Int(REQUEST_JSON_FIELDS.rawValue))
        for (field, name) in names { texts[Int(field.rawValue)] = name }
        texts[Int(REQUEST_JSON_CLIENT.rawValue)] = client
        return unsafe withNames(texts) {
            unsafe request_json_create(
                settings.recordBytes, settings.limitBytes, Limits.requestIDBytes, $0)
        }
    }

    /// Hands names over as C has them.
    fileprivate static func withNames<Result>(
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

/// Named fields as C looks for them, and the memory for what records give.
///
/// Address space of four times the limit each for `x` and `svm`, of which only what records reach
/// becomes resident.
@safe
final class JSONWantsMemory {
    let handle: OpaquePointer

    /// - Throws: `SwerveError.system` when memory is short or there are too many named fields.
    init(
        views: InputViews, wantsRequests: Bool, names: WantedNames, settings: InputSettings
    ) throws(SwerveError) {
        var wanted = UInt32(views.rawValue)
        if views.contains(.text), !wantsRequests {
            wanted &= ~UInt32(REQUEST_JSON_VIEW_TEXT.rawValue)
            wanted |= UInt32(REQUEST_JSON_VIEW_PLAIN_TEXT.rawValue)
        }
        let made = unsafe JSONRecordDecoder.withNames(names.numbers) { numbers in
            unsafe JSONRecordDecoder.withNames(names.texts) { texts in
                unsafe request_json_wants_create(
                    settings.recordBytes, settings.limitBytes, wanted, numbers, numbers.count,
                    texts, texts.count)
            }
        }
        guard let made = unsafe made else {
            throw SwerveError(
                .system, act: "making a parser ready for records of \(settings.limitBytes) bytes",
                reason: "memory is short for \(views.name) input of \(names.all.count) named "
                    + "fields",
                remedy: "lower limits.request_bytes")
        }
        unsafe handle = made
    }

    deinit { unsafe request_json_wants_destroy(handle) }
}
