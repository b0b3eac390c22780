import Inputs
import Lifecycle
import Scoring
import TestSupport
import Testing

/// Records that no serializer writes: what must hold of each, whatever is in it.
@Suite("Hostile Avro")
struct HostileAvroTests {
    private typealias A = AvroBytes

    private static let inner =
        #"{"type":"record","name":"I","fields":[{"name":"n","type":["null","I","int"]}]}"#
    private static let schemas = [
        A.request,
        A.record([
            ("method", #"{"type":"enum","name":"E","symbols":["GET","POST"]}"#),
            ("path", #"["string","bytes"]"#),
            ("h", #"{"type":"map","values":{"type":"array","items":"string"}}"#),
            ("x", #"{"type":"array","items":["double","int","boolean","null"]}"#),
            ("i", inner), ("svm", #"["null","string"]"#), ("id", #"["null","string","long"]"#),
            ("z", #"{"type":"array","items":"null"}"#),
        ]),
        #"["null","string",{"type":"map","values":["null","double","string"]}]"#,
    ]
    private static let seeds: [[UInt8]] = [
        A.text("GET") + A.text("/a?b"),
        [2, 0] + A.text("/p") + A.long(1) + A.text("k") + A.long(-1) + A.long(2) + A.text("v")
            + [0, 0] + A.long(2) + [0] + A.double(0.5) + [2, 4, 0] + [2, 4, 2, 2] + A.text("1:2")
            + [2] + A.text("id") + A.long(3) + [0],
        [4] + A.long(3) + A.text("method") + [4] + A.text("GET") + A.text("path") + [4]
            + A.text("/") + A.text("n") + [2] + A.double(1) + [0],
    ]

    @Test("mutated records keep what is promised of every record", arguments: schemas.indices)
    func mutated(_ index: Int) throws {
        let reading = try AvroReading(
            Self.schemas[index], [.text, .dense, .sparse], numbers: ["n", "h.k", "i.n.n"],
            limit: 64, recordBytes: 512)
        var mutator = ByteMutator(
            seed: UInt64(index),
            pieces: ["\0", "\u{1}", "\u{2}", "\u{3}", "\u{4}", "\u{5}", "method", "\u{7F}"])
        for _ in 0..<20_000 {
            let body = mutator.mutated(Self.seeds[index])
            let reason = reading.reason(body)
            let text = OwnedInput(reading.decoder.input).text
            if let reason {
                #expect(reading.decoder.input.views.isEmpty, "\(body)")
                #expect(!reason.words().isEmpty)
            } else {
                // Named numbers stand or fall by scorer.
                let isGiven = !reading.decoder.input.views.isEmpty
                let refusal = reading.decoder.refusal(of: 0, .fields)
                #expect(
                    isGiven || refusal.code == "wrong_type" || refusal.code == "duplicate_field")
                #expect((0...body.count).contains(reading.avro.trailing))
            }
            #expect(text.map { $0.count <= 64 } ?? true)
            #expect(reading.reason(body) == reason, "a record read twice is two records: \(body)")
            #expect(OwnedInput(reading.decoder.input).text == text)
        }
    }

    @Test("every beginning of a record is truncated or a record", arguments: schemas.indices)
    func beginnings(_ index: Int) throws {
        let reading = try AvroReading(Self.schemas[index])
        let whole = Self.seeds[index]
        #expect(reading.reason(whole) == nil)
        for count in 1..<whole.count {
            #expect(reading.reason(Array(whole[..<count]))?.code == "truncated", "\(count)")
        }
    }

    @Test("a schema with 2^40 fields, and one that opens itself without end, cost their bytes")
    func doubling() throws {
        var levels = #"{"type":"record","name":"D0","fields":[{"name":"a","type":"LEAF"}]}"#
        for level in 1...40 {
            levels =
                #"{"type":"record","name":"D\#(level)","fields":[{"name":"a","type":\#(levels)},"#
                + #"{"name":"b","type":"D\#(level - 1)"}]}"#
        }
        let request = A.text("GET") + A.text("/")
        func schema(_ leaf: String) -> String {
            A.record([
                ("method", #""string""#), ("path", #""string""#),
                ("d", levels.replacing("LEAF", with: leaf)),
            ])
        }
        #expect(try AvroReading(schema("null")).text(request) == "GET /\n")
        let bytes = try AvroReading(schema("boolean"))
        #expect(bytes.reason(request + [UInt8](repeating: 0, count: 1_000))?.code == "truncated")
        let long = try AvroReading(schema("long"))
        #expect(long.reason(request + [UInt8](repeating: 0, count: 1_000))?.code == "truncated")
        let endless = try AvroReading(
            A.record([("method", #""string""#), ("r", #""R""#)]), recordBytes: 8)
        #expect(endless.reason([0])?.code == "truncated")
        let empty = try AvroReading(A.record([("r", #""R""#)]))
        #expect(empty.reason([0])?.code == "too_deep")
    }

    @Test("a long namespace around much is no way to memory that the text does not have")
    func longNamespace() throws {
        let space = String(repeating: "n", count: 500_000)
        func schema(_ count: Int) throws -> AvroSchema {
            let fields = (0..<count).map { number in
                (
                    "f\(number)",
                    #"{"type":"fixed","name":"x\#(number)","size":0}"#
                )
            }
            let record = A.record(fields)
            let text = #"{"namespace":"\#(space)","# + record.dropFirst()
            return try AvroSchema(SchemaText(Array(text.utf8)), referenced: [])
        }
        _ = try schema(100)
        #expect(throws: BadSchema.self) { try schema(5_000) }
    }

    @Test("records that only open one another are passed over at once")
    func chains() throws {
        var chain = #""int""#
        for level in 0..<160 {
            chain =
                #"{"type":"record","name":"C\#(level)","fields":[{"name":"a","type":\#(chain)}]}"#
        }
        let reading = try AvroReading(
            A.record([
                ("method", #""string""#), ("path", #""string""#),
                ("c", #"{"type":"array","items":\#(chain)}"#),
            ]))
        let count = 200_000
        let items = A.long(Int64(count)) + [UInt8](repeating: 2, count: count) + [0]
        #expect(reading.text(A.text("GET") + A.text("/") + items) == "GET /\n")
    }

    @Test("513 levels are one too many, unions aside", arguments: [511, 512])
    func depth(_ lists: Int) throws {
        let schema =
            #"{"type":"record","name":"R","fields":[{"name":"method","type":"string"},"#
            + #"{"name":"path","type":"string"},{"name":"next","type":["null","R"]}]}"#
        let reading = try AvroReading(schema)
        let one = A.text("GET") + A.text("/")
        let nested = (0..<lists).reduce(into: one) { body, _ in body += [2] + one } + [0]
        #expect(reading.reason(nested)?.code == (lists == 511 ? nil : "too_deep"))
    }

    @Test("blocks of nothing are done at once, however many they are")
    func nothing() throws {
        let reading = try AvroReading(
            A.record([
                ("method", #""string""#), ("path", #""string""#),
                ("z", #"{"type":"array","items":"null"}"#),
            ]))
        let request = A.text("GET") + A.text("/")
        #expect(reading.text(request + A.long(.max) + A.long(.min + 1) + A.long(0) + [0]) != nil)
        #expect(reading.reason(request + A.long(.min))?.code == "corrupt")
        #expect(reading.reason(request + A.long(-1) + A.long(-1))?.code == "corrupt")
        #expect(reading.reason(request + A.long(-1) + A.long(1))?.code == "truncated")
    }

    @Test("numbers of 10 bytes are read within 64 bits alone")
    func varints() throws {
        let reading = try AvroReading(A.record([("n", #""long""#)]), .fields, numbers: ["n"])
        let full = [UInt8](repeating: 0xFF, count: 9)
        #expect(reading.reason(full + [1]) == nil)
        #expect(reading.numbers == [Double(Int64.min)])
        #expect(reading.reason(full + [2])?.code == "corrupt")
        #expect(reading.reason(full + [0x80, 0])?.code == "corrupt")
        #expect(reading.reason([0x84, 0x80, 0]) == nil, "padded")
        #expect(reading.numbers == [2])
        #expect(reading.reason(full)?.code == "truncated")
    }
}
