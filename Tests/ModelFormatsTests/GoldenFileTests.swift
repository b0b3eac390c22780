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
            ("{\"decision\":[1,2],\"text_b64\":\"\"}\n", "line 1"),
            ("{\"decision\":1,\"text_b64\":\"\"}\n", "line 1"),
            ("{\"decision\":[\"1\"],\"text_b64\":\"\"}\n", "line 1"),
            ("{\"decision\":[1],\"text\":\"a\"}\n", "line 1"),
            ("{\"decision\":[1],\"text_b64\":\"\",\"id\":1}\n", "line 1"),
            ("{\"decision\":[1],\"text_b64\":\"R0V\"}\n", "line 1"),
            ("{\"decision\":[1],\"text_b64\":\"R0VU!\"}\n", "line 1"),
            ("{\"decision\":[1],\"text_b64\":\"R0V=\"}\n", "line 1"),
            ("{\"decision\":[1e999],\"text_b64\":\"\"}\n", "line 1"),
        ])
    func refusal(text: String, words: String) {
        let error = #expect(throws: SwerveError.self) { try Self.parse(text) }
        #expect(error?.code == .invalid)
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
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
