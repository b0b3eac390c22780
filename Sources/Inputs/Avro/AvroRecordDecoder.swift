internal import CSimdJSON
internal import Lifecycle
internal import Scoring

/// Reads records of Avro, each with the schema that its writer used.
///
/// For one thread. The memory (twice a record's of address space, of which only what records reach
/// becomes resident) is taken at the start, that of numbers with the wants; a plan for each schema
/// is made at its first record after wants were installed, and nothing else is allocated.
@safe
package final class AvroRecordDecoder {
    private let fields: InputFields
    let limitBytes: Int
    private let recordBytes: Int
    let text: UnsafeMutableBufferPointer<UInt8>
    let textRoom: Int
    let cleanID: UnsafeMutableBufferPointer<UInt8>
    let idBytes: UnsafeMutableBufferPointer<UInt8>
    private let clientBytes: UnsafeMutableBufferPointer<UInt8>
    private var prepared: PreparedWants
    private var wanted: AvroWants
    private var plans = AvroPlanCache()
    private var record: UInt64 = 0
    // One struct, so that the thread pays for one check of exclusive access and not for many.
    private var view = AvroView()

    /// - Throws: `SwerveError.system` when memory is short.
    init(fields: InputFields, settings: InputSettings) throws(SwerveError) {
        let textAlone = try PreparedWants([InputWant(.text)], for: settings)
        self.fields = fields
        limitBytes = settings.limitBytes
        recordBytes = settings.recordBytes
        // A symbol of an enum may be longer than its record.
        let longest = max(settings.recordBytes, SchemaText.textBytesMax)
        textRoom = longest + Self.separatorBytes
        unsafe text = .allocate(capacity: textRoom)
        unsafe cleanID = .allocate(capacity: Limits.requestIDBytes)
        let idBytesMax = JSONText.escapedBytesMax(Limits.requestIDBytes)
        unsafe idBytes = .allocate(capacity: idBytesMax)
        unsafe clientBytes = .allocate(capacity: idBytesMax)
        prepared = textAlone
        wanted = Self.memory(of: textAlone)
    }

    /// What a text has beside its parts: a space, a question mark and a line break.
    private static let separatorBytes = 3

    deinit {
        unsafe text.deallocate()
        unsafe cleanID.deallocate()
        unsafe idBytes.deallocate()
        unsafe clientBytes.deallocate()
    }

    private static func memory(of prepared: PreparedWants) -> AvroWants {
        guard case .avro(let memory) = prepared.memory else {
            preconditionFailure("wants made ready for another format")
        }
        return memory
    }

    // MARK: - What is read for

    func install(_ prepared: PreparedWants) {
        precondition(prepared.limitBytes >= limitBytes, "wants made ready for smaller records")
        wanted = Self.memory(of: prepared)
        self.prepared = prepared
        plans.removeAll()
        view = AvroView()
    }

    // MARK: - Decoding

    /// Reads one record whose frame was read before (`AvroFrame`).
    ///
    /// The bytes of `record` are not needed afterwards.
    ///
    /// - Parameter bodyStart: the frame's.
    /// - Returns: why the record has no view; nil where it has one.
    package func decode(
        _ record: UnsafeBufferPointer<UInt8>?, bodyStart: Int, schema: AvroSchema
    ) -> RejectReason? {
        var view = AvroView()
        let wanted = self.wanted
        let refusal = unsafe read(record, bodyStart, schema, wanted, &view)
        view.refusal = refusal
        self.view = view
        guard refusal == nil else { return refusal }
        guard view.given.isEmpty, !prepared.views.isEmpty else { return nil }
        // What the first scorer, which is the stable version, wants and lacks tells why.
        let first = prepared.wants[0].views
        return self.refusal(of: 0, first.isEmpty ? prepared.views : first)
    }

    /// Why the last record as a whole gives nothing, whatever is wanted; nil where it depends.
    package var wholeRefusal: RejectReason? { view.refusal }

    /// A record that comes without its schema, as none of a stream does.
    func decodeWithoutSchema(_ record: UnsafeBufferPointer<UInt8>?) -> RejectReason? {
        view = AvroView()
        guard let record = unsafe record, unsafe record.baseAddress != nil else {
            return .nullPayload
        }
        guard record.count <= recordBytes else { return .tooLarge(limitBytes: recordBytes) }
        return record.count == 0 ? .emptyPayload : .avro(.noSchema)
    }

    private func read(
        _ record: UnsafeBufferPointer<UInt8>?, _ bodyStart: Int, _ schema: AvroSchema,
        _ wanted: AvroWants, _ view: inout AvroView
    ) -> RejectReason? {
        guard let record = unsafe record, let start = record.baseAddress else {
            return .nullPayload
        }
        guard record.count <= recordBytes else { return .tooLarge(limitBytes: recordBytes) }
        guard record.count > 0 else { return .emptyPayload }
        precondition(bodyStart >= 0 && bodyStart <= record.count, "a body outside its record")
        if unsafe schema.types[schema.root].kind == .bytes {
            // Confluent's serializer writes it without a length.
            unsafe giveWhole(start + bodyStart, record.count - bodyStart, wanted, &view)
            return nil
        }
        self.record += 1
        wanted.forget()
        let plan = plans.plan(for: schema, wanted.tables)
        var reader = unsafe AvroReader(
            start, from: bodyStart, to: record.count, plan, wanted, record: self.record)
        do throws(AvroFault) {
            if let refusal = try walk(&reader, schema, wanted, &view) { return refusal }
        } catch {
            return Self.reason(error, at: reader.at)
        }
        view.trailing = reader.left
        return view.isWhole ? nil : takeViews(reader, wanted, &view)
    }

    /// Walks the whole body; the outermost type decides what it is.
    private func walk(
        _ reader: inout AvroReader, _ schema: AvroSchema, _ wanted: AvroWants,
        _ view: inout AvroView
    ) throws(AvroFault) -> RejectReason? {
        var root = Int32(schema.root)
        if unsafe schema.types[Int(root)].kind == .union {
            root = try unsafe reader.branch(of: schema.types[Int(root)])
        }
        switch unsafe schema.types[Int(root)].kind {
        case .record, .map: try reader.read(root, 0)
        case .string, .bytes:
            let count = try reader.length()
            unsafe giveWhole(reader.base + reader.at, count, wanted, &view)
            reader.at += count
        case .null: return .nullPayload
        default: return .avro(.notARecord)
        }
        return nil
    }

    private static func reason(_ fault: AvroFault, at byte: Int) -> RejectReason {
        switch fault {
        case .truncated: .avro(.truncated(byte: byte + 1))
        case .corrupt: .avro(.corrupt(byte: byte + 1))
        case .tooDeep: .tooDeep(limit: AvroReader.depthMax, byte: byte + 1)
        }
    }

    /// A record that is a text, and nothing else.
    private func giveWhole(
        _ bytes: UnsafePointer<UInt8>, _ count: Int, _ wanted: AvroWants, _ view: inout AvroView
    ) {
        view.isWhole = true
        guard prepared.views.contains(.text), let room = unsafe text.baseAddress else { return }
        var builder = unsafe AvroTextBuilder(room, room: textRoom, wanted.found)
        unsafe builder.append(bytes, count)
        give(&builder, &view)
    }

    private func give(_ builder: inout AvroTextBuilder, _ view: inout AvroView) {
        if builder.cut(to: limitBytes) { view.isCut = true }
        view.textCount = builder.count
        view.parts = builder.parts
        view.given = view.given.union(.text)
    }

    // MARK: - Views

    /// Takes what is wanted; each view stands or falls by itself.
    private func takeViews(
        _ reader: borrowing AvroReader, _ wanted: AvroWants, _ view: inout AvroView
    ) -> RejectReason? {
        let views = prepared.views
        if reader.repeated >= 0 {
            let field = RequestField(c: reader.repeated)
            // With two ids neither is told.
            if field != .id { _ = takeID(wanted, &view) }
            return .duplicateField(field)
        }
        if let refusal = takeID(wanted, &view) { return refusal }
        view.clientCount =
            unsafe write(
                wanted.found[AvroFields.clientPlace], into: clientBytes) ?? -1
        if views.contains(.fields) { view.given = view.given.union(.fields) }
        if views.contains(.texts) {
            if unsafe wanted.keepTexts(of: reader.base, reader.end) { view.isCut = true }
            view.given = view.given.union(.texts)
        }
        if views.contains(.text), let room = unsafe text.baseAddress {
            var builder = unsafe AvroTextBuilder(room, room: textRoom, wanted.found)
            view.textFault = builder.take(ofRequests: prepared.wantsRequests)
            if view.textFault == nil { give(&builder, &view) }
        }
        if views.contains(.dense) { view.denseFault = takeDense(reader, wanted, &view) }
        if views.contains(.sparse) { view.sparseFault = takeSparse(wanted, &view) }
        return nil
    }

    private func takeDense(
        _ reader: borrowing AvroReader, _ wanted: AvroWants, _ view: inout AvroView
    ) -> RejectReason? {
        let value = unsafe wanted.found[Int(RequestField.dense.rawValue)]
        if value.isRepeated { return .duplicateField(.dense) }
        if value.isWrong || (value.kind != .nothing && value.kind != .array) {
            return .wrongType(.dense)
        }
        if value.kind == .nothing { return .missingField(.dense) }
        if reader.denseFault > 0 { return .notANumber(.dense, element: reader.denseFault) }
        // Their beginning would be other numbers.
        guard reader.denseBytes <= limitBytes else { return .tooLarge(limitBytes: limitBytes) }
        view.denseCount = reader.denseCount
        view.given = view.given.union(.dense)
        return nil
    }

    private func takeSparse(_ wanted: AvroWants, _ view: inout AvroView) -> RejectReason? {
        let value = unsafe wanted.found[Int(RequestField.sparse.rawValue)]
        if value.isRepeated { return .duplicateField(.sparse) }
        let isText = value.kind == .string || value.kind == .bytes
        if value.isWrong || (value.kind != .nothing && !isText) { return .wrongType(.sparse) }
        guard let start = unsafe value.start, isText,
            let copy = unsafe wanted.sparseText.baseAddress
        else { return .missingField(.sparse) }
        guard value.count <= limitBytes else { return .tooLarge(limitBytes: limitBytes) }
        // With a byte behind it where every number ends.
        unsafe copy.update(from: start, count: value.count)
        unsafe copy[value.count] = 0
        var (count, place) = (0, 0)
        let status = unsafe request_pairs(
            copy, value.count, wanted.firstIndex, wanted.sparseIndices.baseAddress,
            wanted.sparseValues.baseAddress, &count, &place)
        switch request_json_status(UInt32(truncatingIfNeeded: status)) {
        case REQUEST_JSON_OK: break
        case REQUEST_JSON_PAIR_ORDER: return .pairOrder(byte: place + 1)
        default: return .badPair(byte: place + 1)
        }
        view.sparseCount = count
        view.given = view.given.union(.sparse)
        return nil
    }

    // MARK: - The view of the last record

    /// Bytes of the last record behind its value: accepted, and counted.
    package var trailing: Int { view.trailing }

    var marks: RecordMarks { view.isCut ? .truncated : [] }

    var id: UnsafeBufferPointer<UInt8>? {
        view.idCount < 0
            ? nil : unsafe UnsafeBufferPointer(rebasing: idBytes[..<view.idCount])
    }

    /// Whether the field of the client was named.
    var tellsClient: Bool { fields.isClientGiven }

    /// Who sent the request, as an id is written; nil where the record does not say.
    package var client: UnsafeBufferPointer<UInt8>? {
        view.clientCount < 0
            ? nil : unsafe UnsafeBufferPointer(rebasing: clientBytes[..<view.clientCount])
    }

    /// Whether the record has a number for the named field of that place among all that are wanted:
    /// NaN may be one.
    package func hasNumber(_ place: Int) -> Bool {
        guard unsafe wanted.values.indices.contains(place) else { return false }
        return unsafe wanted.states[place] == PreparedWants.NamedState.there.rawValue
    }

    func input(of position: Int) -> ScoringInput {
        let want = prepared.wants[position]
        var input = ScoringInput()
        input.views = want.views.intersection(view.given)
        if input.views.contains(.text) {
            unsafe input.text = UnsafeBufferPointer(rebasing: text[..<view.textCount])
            if want.wantsParts { input.parts = view.parts?.ranges(in: view.textCount) }
        }
        if view.isWhole { prepared.takeNoTexts(of: position, into: &input) }
        if want.isTextSpare { input.dropMadeText() }
        if input.views.contains(.dense) {
            unsafe input.dense = UnsafeBufferPointer(
                rebasing: wanted.dense[..<view.denseCount])
        }
        if input.views.contains(.sparse) {
            unsafe input.sparseIndices = UnsafeBufferPointer(
                rebasing: wanted.sparseIndices[..<view.sparseCount])
            unsafe input.sparseValues = UnsafeBufferPointer(
                rebasing: wanted.sparseValues[..<view.sparseCount])
        }
        if input.views.contains(.fields) {
            unsafe prepared.takeNumbers(
                of: position, values: wanted.values.baseAddress,
                states: wanted.states.baseAddress, into: &input)
        }
        if input.views.contains(.texts), !view.isWhole {
            unsafe prepared.takeTexts(
                of: position, wanted.texts.baseAddress, states: wanted.states.baseAddress,
                into: &input)
        }
        return input
    }

    func refusal(of position: Int, _ views: InputViews) -> RejectReason {
        if let refusal = view.refusal { return refusal }
        if view.isWhole { return .avro(.notARecord) }
        if views.contains(.text), !prepared.wants[position].isTextSpare,
            let fault = view.textFault
        {
            return fault
        }
        if views.contains(.dense), let fault = view.denseFault { return fault }
        if views.contains(.sparse), let fault = view.sparseFault { return fault }
        return unsafe prepared.namedRefusal(of: position, states: wanted.states.baseAddress)
            ?? .avro(.notARecord)
    }

    func words(_ reason: RejectReason) -> String {
        reason.words(named: prepared.names.all) { fields.name(of: $0) }
    }
}
