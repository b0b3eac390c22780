import Inputs
import Lifecycle
import Scoring
import Testing

/// What records of Avro give: beside the vectors, which need the shared data.
@Suite("Avro records")
struct AvroRecordTests {
    private typealias A = AvroBytes

    @Test("parts make the text, with their lengths")
    func parts() throws {
        let schema = A.record(
            [
                ("path", #""string""#), ("skipped", #"{"type":"map","values":"string"}"#),
                ("method", #"["null","string"]"#), ("body", #""bytes""#), ("query", #""string""#),
                ("id", #""string""#), ("client", #"["null","long"]"#),
            ])
        let reading = try AvroReading(schema)
        let map = A.long(1) + A.text("a") + A.text("b") + [0]
        let body =
            A.text("/p") + map + [2] + A.text("GET") + A.text("b\n") + A.text("q=1")
            + A.text("é\"") + [2] + A.long(-7)
        #expect(reading.text(body) == "GET /p?q=1\nb\n")
        let parts = try #require(reading.decoder.input.parts)
        #expect(
            parts == RequestParts(method: 0..<3, path: 4..<6, query: 7..<10, body: 11..<13))
        #expect(reading.id == #"é\""#)
        #expect(reading.client == "-7")
        #expect(reading.avro.trailing == 0)
        #expect(reading.text(body + [1, 2]) != nil)
        #expect(reading.avro.trailing == 2)
        #expect(reading.reason(Array(body.dropLast())) == .avro(.truncated(byte: body.count + 1)))
    }

    @Test("what is missing or of a wrong type is said in the order of JSON")
    func reasons() throws {
        #expect(
            try AvroReading(#"{"type":"map","values":"int"}"#).reason([0]) == .missingField(.method)
        )
        let wrong = try AvroReading(A.record([("method", #""int""#), ("path", #""int""#)]))
        #expect(wrong.reason([2, 2]) == .wrongType(.method))
        let numbers = try AvroReading(A.record([("svm", #""string""#)]))
        #expect(numbers.reason(A.text("1:1")) == .numbersNotText(.sparse))
        let id = try AvroReading(A.record([("id", #""double""#)]))
        #expect(id.reason(A.double(1)) == .wrongType(.id))
        #expect(id.avro.wholeRefusal == .wrongType(.id))
        #expect(try AvroReading(#""long""#).reason([2]) == .avro(.notARecord))
        #expect(try AvroReading(#"["null","string"]"#).reason([0]) == .nullPayload)
    }

    @Test("a key that stands twice in a map is refused where it is wanted")
    func twice() throws {
        let reading = try AvroReading(#"{"type":"map","values":"string"}"#)
        let request = A.text("method") + A.text("GET") + A.text("path") + A.text("/")
        let other = A.text("o") + A.text("1") + A.text("o") + A.text("2")
        #expect(reading.text(A.long(4) + request + other + [0]) == "GET /\n")
        #expect(
            reading.reason(A.long(3) + request + A.text("path") + A.text("/") + [0])
                == .duplicateField(.path))
        #expect(reading.text(A.long(2) + request + [0]) == "GET /\n", "nothing is remembered")
    }

    @Test("text, text_b64 and whole records are texts as they are")
    func texts() throws {
        #expect(try AvroReading(#""string""#).text(A.text("a b")) == "a b")
        #expect(try AvroReading(#""bytes""#).text(Array("a b".utf8)) == "a b")
        let encoded = try AvroReading(A.record([("text_b64", #""string""#)]))
        #expect(encoded.text(A.text("YWI=")) == "ab")
        #expect(encoded.reason(A.text("YWJ=")) == .badBase64)
        #expect(encoded.text(A.text("")) == "")
        #expect(encoded.decoder.input.parts == nil)
        let renamed = try AvroReading(
            A.record([("a", #"{"type":"map","values":"string"}"#)]),
            fields: InputFields(text: "a.b"))
        #expect(renamed.text(A.long(1) + A.text("b") + A.text("GET /") + [0]) == "GET /")
    }

    @Test("numbers come out of every numeric type")
    func numbers() throws {
        let logical = { (type: String, name: String) in
            #"{"type":"\#(type)","logicalType":"\#(name)"}"#
        }
        let decimal = #"{"type":"bytes","logicalType":"decimal","precision":40,"scale":2}"#
        let reading = try AvroReading(
            A.record([
                ("a", #""boolean""#), ("b", logical("int", "date")),
                ("c", logical("long", "timestamp-millis")), ("d", decimal), ("e", #""double""#),
                ("f", logical("int", "timestamp-millis")), ("g", #"["null","long"]"#),
            ]), .fields, numbers: ["g", "f", "e", "d", "c", "b", "a", "none"])
        let body =
            [1] + A.long(2) + A.long(1_500) + A.long(2) + [0xFF, 0x38] + A.double(-.infinity)
            + A.long(3) + [0]
        #expect(reading.reason(body) == nil)
        #expect(reading.numbers[0].isNaN && reading.numbers[7].isNaN)
        #expect(Array(reading.numbers[1..<7]) == [3, -.infinity, -2, 1.5, 172_800, 1])
        #expect(!reading.avro.hasNumber(0) && reading.avro.hasNumber(1))
        #expect(reading.reason([2] + body.dropFirst())?.code == "corrupt")
    }

    @Test(
        "a decimal is the nearest double, whatever its size",
        arguments: [
            ([], 5, 0), ([0x80], 0, -128), ([0x01, 0x00], 2, 2.56),
            ([UInt8](repeating: 0x7F, count: 1) + [UInt8](repeating: 0xFF, count: 31), 0, 0x1p255),
            ([0x80] + [UInt8](repeating: 0, count: 31), 0, -0x1p255),
            ([0x20, 0, 0, 0, 0, 0, 1], 0, 0x1p53), ([0x20, 0, 0, 0, 0, 0, 3], 0, 0x1p53 + 4),
            ([1], 324, 0), ([5], 324, .leastNonzeroMagnitude), ([123], 25, 123e-25), ([1], 400, 0),
        ] as [([UInt8], Int, Double)])
    func decimals(_ bytes: [UInt8], _ scale: Int, _ value: Double) throws {
        let type =
            #"{"type":"bytes","logicalType":"decimal","precision":1000,"scale":\#(scale)}"#
        let reading = try AvroReading(A.record([("n", type)]), .fields, numbers: ["n"])
        #expect(reading.reason(A.long(Int64(bytes.count)) + bytes) == nil)
        #expect(reading.numbers == [value])
    }

    @Test("days beyond 64 bits of seconds are rounded once")
    func days() throws {
        let reading = try AvroReading(
            A.record([("n", #"{"type":"int","logicalType":"date"}"#)]), .fields, numbers: ["n"])
        for days: Int64 in [0, -1, 20_000, 1 << 40, (1 << 53) + 1, .max, .min, .max / 86_400 + 1] {
            #expect(reading.reason(A.long(days)) == nil)
            #expect(reading.numbers == [Double(Int128(days) * 86_400)])
        }
    }

    @Test("x and svm give numbers, and tell where they are none")
    func vectors() throws {
        let items = #"{"type":"array","items":["double","null","int"]}"#
        let dense = try AvroReading(A.record([("x", items)]), .dense)
        let body = A.long(2) + [0] + A.double(1.5) + [4] + A.long(-3) + [0]
        #expect(dense.reason(body) == nil)
        #expect(OwnedInput(dense.decoder.input).dense == [1.5, -3])
        #expect(
            dense.reason(A.long(2) + [4, 2, 2, 0]) == .notANumber(.dense, element: 2))
        let small = try AvroReading(A.record([("x", items)]), .dense, limit: 10)
        #expect(small.reason(body) == .tooLarge(limitBytes: 10))
        let sparse = try AvroReading(A.record([("svm", #""string""#)]), .sparse)
        #expect(sparse.reason(A.text("3:0.5 4:-1")) == nil)
        #expect(unsafe Array(sparse.decoder.input.sparseIndices) == [2, 3])
        #expect(unsafe Array(sparse.decoder.input.sparseValues) == [0.5, -1])
        #expect(sparse.reason(A.text("3:1 x")) == .badPair(byte: 5))
        #expect(sparse.reason(A.text("3:1 3:1")) == .pairOrder(byte: 5))
    }

    @Test("a longer text is cut between code points, and told to be")
    func cut() throws {
        for limit in 7...12 {
            let reading = try AvroReading(A.request, limit: limit)
            let text = try #require(reading.text(A.text("GET") + A.text("/éé")))
            let whole = "GET /éé\n"
            #expect(
                whole.hasPrefix(text) && text.utf8.count <= limit
                    && text.utf8.count > min(limit, whole.utf8.count) - 2)
            #expect(reading.decoder.marks == (limit < whole.utf8.count ? .truncated : []))
        }
    }

    @Test("a symbol that is longer than its record is cut like any text")
    func longSymbol() throws {
        let symbol = String(repeating: "s", count: 300_000)
        let schema = A.record([
            ("method", #"{"type":"enum","name":"E","symbols":["\#(symbol)"]}"#), ("path", #""E""#),
            ("query", #""E""#), ("body", #""E""#),
        ])
        let reading = try AvroReading(schema, limit: 64, recordBytes: 64)
        #expect(reading.text([0, 0, 0, 0]) == String(repeating: "s", count: 64))
        #expect(reading.decoder.marks == .truncated)
    }

    @Test("wants can be replaced, and each schema keeps its own plan")
    func replaced() throws {
        let reading = try AvroReading(A.request)
        let other = try AvroSchema(
            SchemaText(Array(A.record([("path", #""string""#), ("method", #""string""#)]).utf8)))
        let body = A.text("GET") + A.text("/a")
        for _ in 0..<3 {
            #expect(reading.text(body) == "GET /a\n")
            let reason = unsafe body.withUnsafeBufferPointer {
                unsafe reading.decoder.decode($0, bodyStart: 0, schema: other)
            }
            #expect(reason == nil)
            #expect(OwnedInput(reading.decoder.input).text == Array("/a GET\n".utf8))
            reading.decoder.install(
                try PreparedWants(
                    [InputWant(.text, fieldNames: ["path"])],
                    for: InputSettings(format: .avro(.standard))))
        }
        #expect(reading.text(body) == "GET /a\n")
        #expect(reading.decoder.refusal(of: 0, .fields) == .namedWrongType(0))
    }
}
