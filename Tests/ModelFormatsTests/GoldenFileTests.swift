import Lifecycle
import ModelFormats
import Scoring
import TestSupport
import Testing

@Suite("Golden files")
struct GoldenFileTests {
    private static let inputs = [
        GoldenInput(text: Array("GET /\n".utf8), decision: 1.25),
        GoldenInput(text: [0, 0xFF, 0x80], decision: -0.1),
        GoldenInput(text: [], decision: 0),
        GoldenInput(text: Array("?>?".utf8), decision: .leastNonzeroMagnitude),
    ]

    private static func parse(_ text: String) throws -> [GoldenInput] {
        try GoldenFile.parse(NamedBytes(name: "golden.jsonl", bytes: Array(text.utf8)))
    }

    @Test("inputs survive the round trip, and the form is canonical")
    func roundTrip() throws {
        let bytes = try GoldenFile.encode(Self.inputs)
        #expect(try GoldenFile.parse(NamedBytes(name: "golden", bytes: bytes)) == Self.inputs)
        let first = "{\"decision\":[1.25],\"text_b64\":\"R0VUIC8K\"}\n"
        #expect(bytes.starts(with: first.utf8))
        #expect(try GoldenFile.encode(Self.inputs) == bytes)
    }

    @Test("random decisions survive the round trip bit for bit")
    func decisions() throws {
        var generator = SeededGenerator(seed: 9)
        let inputs = (0..<500).map { _ -> GoldenInput in
            let value = Double(bitPattern: generator.next())
            return GoldenInput(text: [1], decision: value.isFinite ? value : 1)
        }
        let bytes = try GoldenFile.encode(inputs)
        #expect(try GoldenFile.parse(NamedBytes(name: "golden", bytes: bytes)) == inputs)
    }

    @Test(
        "what is not the canonical form is refused with its line",
        arguments: [
            ("", "there are no golden inputs"),
            ("{\"decision\":[1],\"text_b64\":\"\"}", "line 1: no line end"),
            ("{\"decision\":[1],\"text_b64\":\"\"}\nx\n", "line 2"),
            ("\n", "line 1"),
            ("[]\n", "line 1"),
            ("{\"decision\":[],\"text_b64\":\"\"}\n", "line 1"),
            ("{\"decision\":1,\"text_b64\":\"\"}\n", "line 1"),
            ("{\"decision\":[\"1\"],\"text_b64\":\"\"}\n", "line 1"),
            ("{\"decision\":[1],\"text\":\"a\"}\n", "line 1"),
            ("{\"decision\":[1],\"text_b64\":\"\",\"id\":1}\n", "line 1"),
            ("{\"decision\":[1],\"text_b64\":\"R0V\"}\n", "line 1"),
            ("{\"decision\":[1],\"text_b64\":\"R0VU!\"}\n", "line 1"),
            ("{\"decision\":[1],\"text_b64\":\"R0V=\"}\n", "line 1"),
            ("{\"text_b64\":\"\"}\n", "line 1"),
            ("{\"decision\":[1],\"x\":[\"NaN\"]}\n", "line 1"),
            ("{\"decision\":[1],\"x\":[1,[2]]}\n", "line 1"),
            ("{\"decision\":[1],\"x\":[1],\"x\":[1]}\n", "line 1"),
            ("{\"decision\":[1],\"x\":[,1]}\n", "line 1"),
            ("{\"decision\":[1],\"x\":[1 2]}\n", "line 1"),
            ("{\"decision\":[1],\"x\":[.5]}\n", "line 1"),
            ("{\"decision\":[1],\"x\":[nan]}\n", "line 1"),
            ("{\"decision\":[1],\"a\":{\"x\":[1]}\n", "line 1"),
            ("{\"decision\":[1],\"svm\":\"2:1 1:1\"}\n", "line 1"),
            ("{\"decision\":[1],\"svm\":\"-1:1\"}\n", "line 1"),
            ("{\"decision\":[1],\"svm\":\"1:0x1\"}\n", "line 1"),
            ("{\"decision\":[1],\"a\":[1]}\n", "line 1"),
            ("{\"decision\":[1],\"a\":{\"b\":\"c\"}}\n", "line 1"),
            ("{\"decision\":[1],\"label\":1}\n", "line 1"),
            ("{\"decision\":[1],\"a\":{\"b.c\":1}}\n", "line 1"),
            ("{\"decision\":[1],\"a\":{\"b\":1},\"a.b\":1}\n", "line 1"),
            ("{\"decision\":[1],\"texts_b64\":{\"a\":\"!\"}}\n", "line 1"),
            ("{\"decision\":[1],\"texts_b64\":{\"\":\"\"}}\n", "line 1"),
            ("{\"decision\":[1],\"method\":\"GET\",\"path\":\"/\"}\n", "line 1"),
            ("{\"decision\":[1e999],\"text_b64\":\"\"}\n", "line 1"),
        ])
    func refusal(text: String, words: String) {
        let error = #expect(throws: SwerveError.self) { try Self.parse(text) }
        #expect(error?.code == .invalid)
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    private static let numeric: [(input: OwnedInput, line: String)] = [
        (OwnedInput(dense: [1, -0.5, 1e300]), "\"x\":[1,-0.5,1e+300]"),
        (OwnedInput(dense: []), "\"x\":[]"),
        (
            OwnedInput(sparse: [Feature(index: 0, value: 0.1), Feature(index: 8, value: -2)]),
            "\"svm\":\"1:0.1 9:-2.0\""
        ),
        (OwnedInput(sparse: []), "\"svm\":\"\""),
        (OwnedInput(fields: ["b": 1.5, "a": 2]), "\"a\":2,\"b\":1.5"),
        (OwnedInput(fields: ["x": 1, "path": 2, "u.v": 3, "u.w": 4]), "\"u\":{\"v\":3,\"w\":4}"),
        (
            OwnedInput(fields: ["u.v": 3, "u": 4, "a.": 5, "id.x": 6]),
            "\"a.\":5,\"decision\":[1,-2.5,0],\"id.x\":6,\"u\":4,\"u.v\":3"
        ),
        (
            OwnedInput(texts: ["method": Array("GET".utf8), "a.b": [], "url": [0xFF]]),
            "\"texts_b64\":{\"a.b\":\"\",\"method\":\"R0VU\",\"url\":\"/w==\"}"
        ),
        (
            OwnedInput(fields: ["texts_b64.a": 1], texts: [:]), "\"texts_b64\":{\"a\":1}"
        ),
        (OwnedInput(text: [0xFF], dense: [1], fields: ["f": 0]), "\"text_b64\":\"/w==\",\"x\":[1]"),
        (
            OwnedInput(
                text: Array("GET /a?b?c\nd".utf8),
                parts: RequestParts(method: 0..<3, path: 4..<8, query: 9..<10, body: 11..<12)),
            "\"method\":\"GET\",\"path\":\"/a?b\",\"query\":\"c\""
        ),
        (
            OwnedInput(
                text: Array(" \n".utf8),
                parts: RequestParts(method: 0..<0, path: 1..<1, query: 1..<1, body: 2..<2)),
            "\"method\":\"\",\"path\":\"\",\"query\":\"\""
        ),
    ]

    @Test("every kind of input survives the round trip, in its own words", arguments: numeric)
    func numericRoundTrip(input: OwnedInput, line: String) throws {
        let inputs = [GoldenInput(input: input, decision: [1, -2.5, 0])]
        let bytes = try GoldenFile.encode(inputs)
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains(line), "\(text)")
        #expect(text.contains("\"decision\":[1,-2.5,0]"))
        #expect(try GoldenFile.parse(NamedBytes(name: "golden", bytes: bytes)) == inputs)
    }

    @Test("what is not finite is a word, and comes back")
    func nonFinite() throws {
        let input = OwnedInput(
            dense: [.nan, .infinity, -.infinity],
            sparse: [Feature(index: 1, value: -.infinity), Feature(index: 2, value: .nan)])
        let bytes = try GoldenFile.encode([GoldenInput(input: input, decision: [1])])
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(
            text.contains("\"svm\":\"2:-inf 3:nan\",\"x\":[\"nan\",\"inf\",\"-inf\"]"), "\(text)")
        let read = try GoldenFile.parse(NamedBytes(name: "golden", bytes: bytes))
        let dense = try #require(read.first?.input.dense)
        #expect(dense[0].isNaN && Array(dense[1...]) == [.infinity, -.infinity])
        #expect(read.first?.input.sparse?.map(\.index) == [1, 2])
    }

    @Test("what no line can say is refused")
    func unspeakable() {
        let parts = RequestParts(method: 0..<3, path: 4..<5, query: 5..<5, body: 6..<7)
        let inputs = [
            OwnedInput(text: Array("GET /\n".utf8) + [0xFF], parts: parts),
            OwnedInput(text: Array("GET_/\nx".utf8), parts: parts),
            OwnedInput(text: [], parts: parts), OwnedInput(fields: ["a": .infinity]),
            OwnedInput(dense: [1], fields: ["x": 1]),
            OwnedInput(fields: ["decision": 1]),
        ]
        for input in inputs {
            let error = #expect(throws: SwerveError.self) {
                try GoldenFile.encode([GoldenInput(input: input, decision: [1])])
            }
            #expect(error?.reason.hasPrefix("input 1: ") == true, "\(String(describing: error))")
        }
    }

    @Test("the limits hold on both ways")
    func limits() {
        let many = [GoldenInput](repeating: Self.inputs[0], count: Limits.goldenInputs + 1)
        var error = #expect(throws: SwerveError.self) { try GoldenFile.encode(many) }
        #expect(error?.code == .tooLarge)
        let line = "{\"decision\":[1],\"text_b64\":\"\"}\n"
        error = #expect(throws: SwerveError.self) {
            try Self.parse(String(repeating: line, count: Limits.goldenInputs + 1))
        }
        #expect(error?.code == .tooLarge)
        let large = NamedBytes(
            name: "golden", bytes: [UInt8](repeating: 0x20, count: Limits.goldenBytes + 1))
        error = #expect(throws: SwerveError.self) { try GoldenFile.parse(large) }
        #expect(error?.code == .tooLarge)
        #expect(throws: SwerveError.self) { try GoldenFile.encode([]) }
        for wrong in [Double.nan, .infinity] {
            #expect(throws: SwerveError.self) {
                try GoldenFile.encode([GoldenInput(text: [], decision: wrong)])
            }
        }
    }
}
