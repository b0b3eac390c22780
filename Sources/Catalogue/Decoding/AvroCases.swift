import Inputs
package import Lifecycle
import Scoring

/// Cases of Avro: schemas, and records that name one of them.
package final class AvroCases {
    /// What each identity stands for.
    private var schemas: [SchemaIdentity: Result<AvroSchema, BadSchema>] = [:]
    /// By the wants that cases have.
    private var decoders: [JSONValue: (decoder: AvroRecordDecoder, all: RecordDecoder)] = [:]

    /// The bound of the cases' records.
    private static let recordBytes = 1 << 20
    /// The file with the schemas, in the folder of the records.
    package static let schemasFile = "avro_schemas.jsonl"

    package init() {}

    /// Takes a case of a schema up, as a registry would.
    package func add(_ document: JSONValue, act: String) throws(SwerveError) {
        let schema = try Self.compiled(document, act: act)
        if let id = document["schema_id"]?.int.flatMap(Int32.init(exactly:)) {
            schemas[.id(id)] = schema
        }
        if let guid = document["guid"]?.string.flatMap({ SchemaIdentity(words: $0) }) {
            schemas[guid] = schema
        }
    }

    // MARK: - Schemas

    package static func schema(of document: JSONValue, act: String) throws(SwerveError) -> JSONValue
    {
        switch try compiled(document, act: act) {
        case .success: ["ok": true]
        case .failure: ["reason": .string(DeadLetterCode.badSchema.rawValue)]
        }
    }

    private static func compiled(
        _ document: JSONValue, act: String
    ) throws(SwerveError) -> Result<AvroSchema, BadSchema> {
        let referenced = document["references"]?.array ?? []
        let type = document["schemaType"].map { $0.string ?? "" }
        let text = SchemaText(try text(of: document, act: act), schemaType: type)
        do throws(BadSchema) {
            return .success(
                try AvroSchema(
                    text,
                    referenced: referenced.map {
                        SchemaText(Array(($0["schema"]?.string ?? "").utf8))
                    }
                ))
        } catch {
            return .failure(error)
        }
    }

    private static func text(of document: JSONValue, act: String) throws(SwerveError) -> [UInt8] {
        if let text = document["schema"]?.string { return Array(text.utf8) }
        guard let recipe = document["recipe"], let count = recipe["n"]?.int, count >= 0,
            count <= 16 << 20, let made = recipe["make"]?.string.flatMap({ made($0, count) })
        else { throw SwerveError(.invalid, act: act, reason: "neither schema nor recipe is there") }
        return Array(made.utf8)
    }

    /// Schemas too large or too deep to be kept as text.
    private static func made(_ name: String, _ count: Int) -> String? {
        func times(_ text: String) -> String { String(repeating: text, count: count) }
        switch name {
        case "deep_array": return times(#"{"type":"array","items":"#) + #""int""# + times("}")
        case "deep_union": return times("[") + #""int""# + times("]")
        case "brackets": return times("[")
        case "long_doc":
            return #"{"type":"record","name":"R","doc":""# + times("x")
                + #"","fields":[{"name":"method","type":"string"},{"name":"path","type":"string"}]}"#
        case "many_fields":
            let fields = (0..<count).map { #"{"name":"f\#($0)","type":"null"}"# }
            return #"{"type":"record","name":"R","fields":["# + fields.joined(separator: ",") + "]}"
        default: return nil
        }
    }

    // MARK: - Records

    package func record(of document: JSONValue, act: String) throws(SwerveError) -> JSONValue {
        let plan = document["plan"] ?? .null
        let names = plan["numbers"]?.array?.compactMap(\.string) ?? []
        let (decoder, all) = try self.decoder(for: plan, names)
        if let refusal = decode(document, decoder) {
            if decoder.wholeRefusal != nil || !refusal.isOfView {
                return Self.json(refusal.reason, names)
            }
        }
        return try Self.views(of: plan, names, decoder, all, act: act)
    }

    private struct Refusal {
        let reason: RejectReason
        /// Other views might have been there.
        let isOfView: Bool
    }

    private func decode(_ document: JSONValue, _ decoder: AvroRecordDecoder) -> Refusal? {
        let value = DecodedCases.bytes(base64: document["value_b64"])
        let headers = document["headers"]?.array ?? []
        let name = AvroFrame.schemaHeaderName.description
        let last = headers.last { $0.array?.first?.string == name }
        let header = DecodedCases.bytes(base64: last?.array?.last)
        return unsafe Self.withBuffer(value) { value in
            let frame: AvroFrame
            switch unsafe Self.withBuffer(
                header,
                { unsafe AvroFrame.read(value, schemaHeader: $0, recordBytes: Self.recordBytes) })
            {
            case .success(let read): frame = read
            case .failure(let reason): return Refusal(reason: reason, isOfView: false)
            }
            switch schemas[frame.schema] {
            case .success(let schema)?:
                return unsafe decoder.decode(value, bodyStart: frame.bodyStart, schema: schema)
                    .map { Refusal(reason: $0, isOfView: true) }
            case .failure?: return Refusal(reason: .avro(.badSchema(frame.schema)), isOfView: false)
            case nil: return Refusal(reason: .avro(.unknownSchema(frame.schema)), isOfView: false)
            }
        }
    }

    /// Bytes with an address, also where there are none of them.
    private static func withBuffer<Answer>(
        _ bytes: [UInt8]?, _ body: (UnsafeBufferPointer<UInt8>?) -> Answer
    ) -> Answer {
        guard let bytes else { return body(nil) }
        return unsafe (bytes + [0]).withUnsafeBufferPointer { buffer in
            unsafe body(UnsafeBufferPointer(start: buffer.baseAddress, count: bytes.count))
        }
    }

    private func decoder(
        for plan: JSONValue, _ names: [String]
    ) throws(SwerveError) -> (decoder: AvroRecordDecoder, all: RecordDecoder) {
        if let known = decoders[plan] { return known }
        func name(_ field: String) -> String { plan["fields"]?[field]?.string ?? field }
        let fields = try InputFields(
            id: name("id"), method: name("method"), path: name("path"), query: name("query"),
            body: name("body"), text: name("text"), textBase64: name("text_b64"),
            dense: name("x"), sparse: name("svm"), client: name("client"),
            mayOverlap: true)
        let settings = InputSettings(
            format: .avro(fields), limitBytes: Self.recordBytes, recordBytes: Self.recordBytes)
        let all = try RecordDecoder(settings)
        guard case .avro(let decoder) = all else { preconditionFailure("another format's decoder") }
        let views = Self.views(of: plan).reduce(into: InputViews()) { $0.formUnion($1.view) }
        all.install(
            try PreparedWants(
                [InputWant(views, fieldNames: names, wantsParts: true)], for: settings))
        decoders[plan] = (decoder, all)
        return (decoder, all)
    }

    // MARK: - What was decoded

    private static func views(of plan: JSONValue) -> [(name: String, view: InputViews)] {
        let known: [(name: String, view: InputViews)] = [
            ("text", .text), ("dense", .dense), ("sparse", .sparse), ("fields", .fields),
        ]
        let wanted = plan["views"]?.array?.compactMap(\.string) ?? ["text"]
        return known.filter { wanted.contains($0.name) }
    }

    private static func views(
        of plan: JSONValue, _ names: [String], _ decoder: AvroRecordDecoder, _ all: RecordDecoder,
        act: String
    ) throws(SwerveError) -> JSONValue {
        let input = all.input
        let owned = OwnedInput(input, fieldNames: names)
        var got: [String: JSONValue] = [:]
        for (name, view) in views(of: plan) {
            guard input.views.contains(view) else {
                got[name + "_reason"] = json(all.refusal(of: 0, view), names)
                continue
            }
            switch view {
            case .text:
                got.merge(DecodedCases.text(owned.text ?? [])) { $1 }
                got["parts"] =
                    input.parts.map { parts in
                        .array(
                            [parts.method, parts.path, parts.query, parts.body].map {
                                .int(Int64($0.count))
                            })
                    } ?? .null
            case .dense: got["x"] = unsafe .array(input.dense.map(number))
            case .sparse:
                got["svm"] = unsafe .array(
                    zip(input.sparseIndices, input.sparseValues).map {
                        [.int(Int64($0) + 1), number($1)]
                    })
            default:
                var numbers: [String: JSONValue] = [:]
                for (place, name) in names.enumerated() {
                    numbers[name] =
                        unsafe decoder.hasNumber(place) ? number(input.fields[place]) : .null
                }
                got["fields"] = .object(numbers)
            }
        }
        if let escaped = unsafe all.id {
            let quote = UInt8(ascii: "\"")
            let text = unsafe [quote] + Array(escaped) + [quote]
            got["id"] = try JSONValue(parsing: text, act: act)
        }
        if decoder.trailing > 0 { got["trailing"] = .int(Int64(decoder.trailing)) }
        return .object(got)
    }

    /// A number that is there, which may be NaN.
    private static func number(_ value: Double) -> JSONValue {
        value.isNaN ? "nan" : DecodedCases.number(value)
    }

    private static func json(_ reason: RejectReason, _ names: [String]) -> JSONValue {
        var fields: [String: JSONValue] = ["reason": .string(reason.code)]
        fields["field"] = reason.field.map { .string($0.name) }
        switch reason {
        case .namedWrongType(let place), .namedNotText(let place), .namedDuplicate(let place),
            .namedBoth(let place):
            fields["field"] = .string(names[place])
        case .notANumber(_, let place), .badPair(let place), .pairOrder(let place):
            fields["place"] = .int(Int64(place))
        default: break
        }
        return .object(fields)
    }
}
