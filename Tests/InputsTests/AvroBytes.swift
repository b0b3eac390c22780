import Inputs
import Lifecycle
import Scoring
import Testing

/// Bodies of Avro, written value by value.
struct AvroBytes {
    private(set) var bytes: [UInt8] = []

    static func long(_ value: Int64) -> [UInt8] {
        var rest = UInt64(bitPattern: value << 1 ^ value >> 63)
        var bytes: [UInt8] = []
        while rest > 0x7F {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    static func text(_ text: String) -> [UInt8] { long(Int64(text.utf8.count)) + text.utf8 }

    static func double(_ value: Double) -> [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: value.bitPattern >> UInt64(8 * $0)) }
    }

    static func record(_ fields: [(String, String)]) -> String {
        let list = fields.map { #"{"name":"\#($0)","type":\#($1)}"# }.joined(separator: ",")
        return #"{"type":"record","name":"R","fields":[\#(list)]}"#
    }

    static let request = record([("method", #""string""#), ("path", #""string""#)])
}

/// One schema and a decoder of its records.
struct AvroReading {
    let decoder: RecordDecoder
    let avro: AvroRecordDecoder
    let schema: AvroSchema

    init(
        _ schema: String, _ views: InputViews = .text, numbers: [String] = [],
        fields: InputFields = .standard, limit: Int = Limits.requestBytes,
        recordBytes: Int = Limits.recordBytes
    ) throws {
        let settings = InputSettings(
            format: .avro(fields), limitBytes: limit, recordBytes: recordBytes)
        decoder = try RecordDecoder(settings)
        guard case .avro(let avro) = decoder else { preconditionFailure("another decoder") }
        self.avro = avro
        decoder.install(
            try PreparedWants(
                [InputWant(views, fieldNames: numbers, wantsParts: true)], for: settings))
        self.schema = try AvroSchema(SchemaText(Array(schema.utf8)))
    }

    /// Nil where the record gives a view.
    func reason(_ body: [UInt8]) -> RejectReason? {
        // Exactly as many bytes as the record has: a sanitizer sees a step beyond them.
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: body.count + 1)
        defer { unsafe bytes.deallocate() }
        _ = unsafe bytes.initialize(from: [7] + body)
        return unsafe decoder.decode(UnsafeBufferPointer(bytes), bodyStart: 1, schema: schema)
    }

    func text(_ body: [UInt8]) -> String? {
        guard reason(body) == nil else { return nil }
        return OwnedInput(decoder.input).text.map { String(decoding: $0, as: UTF8.self) }
    }

    var id: String? { unsafe decoder.id.map { unsafe String(decoding: $0, as: UTF8.self) } }
    var client: String? { unsafe avro.client.map { unsafe String(decoding: $0, as: UTF8.self) } }
    var numbers: [Double] { unsafe Array(decoder.input.fields) }
}
