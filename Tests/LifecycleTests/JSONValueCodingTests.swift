import Lifecycle
import Testing

@Suite("documents of values")
struct JSONValueCodingTests {
    private enum Shape: Codable, Equatable {
        case round
        case sided(Int)
        case named(text: String, isShort: Bool)
    }

    private struct Part: Codable, Equatable {
        var issuedAt = "now"
        var shape = Shape.sided(3)
        var lists: [Shape] = [.round, .named(text: "x", isShort: true)]
        var names = ["dataSet": 1, "a_b": 2]
        var bytes: [UInt8] = [0, 255]
        var nothing: String?
        var texts: [String] = []
        var free: JSONValue = ["x": [1, absent, 2.5]]
        var model = (try? ModelName("m"))
        var byObject: [Problem.Object: String] = [.model: "m"]

        private static let absent = JSONValue.null
    }

    @Test("a value comes back as it was, and its document reads as one expects")
    func roundTrip() throws {
        let part = Part()
        let document = try JSONValueEncoder.encode(part)
        #expect(
            document.text
                == #"{"by_object":{"model":"m"},"bytes":"AP8=","free":{"x":[1,null,2.5]},"#
                + #""issued_at":"now","lists":[{"round":{}},{"named":{"is_short":true,"text":"x"}}],"#
                + #""model":"m","names":{"a_b":2,"dataSet":1},"shape":{"sided":3},"texts":[]}"#)
        let read = try JSONValue(parsing: document.bytes, act: "reading")
        #expect(try JSONValueDecoder.decode(Part.self, from: read, act: "reading") == part)
    }

    @Test(
        "what does not fit is told with its place",
        arguments: [
            (#"{}"#, "issued_at is missing"),
            (#"[]"#, "the document is not an object"),
            (#"{"issued_at": 1}"#, "issued_at is not a text"),
            (#"{"issued_at": "", "shape": {"sided": 1.5}}"#, "shape.sided"),
            (#"{"issued_at": "", "shape": {"other": 1}}"#, "shape"),
            (#"{"issued_at": "", "shape": {"sided": 99999999999999999999}}"#, "shape.sided"),
            (#"{"issued_at": "", "shape": {"round": {}}, "lists": [3]}"#, "lists.[0]"),
        ])
    func misfits(text: String, words: String) throws {
        let document = try JSONValue(parsing: text.utf8, act: "reading")
        let error = #expect(throws: SwerveError.self) {
            try JSONValueDecoder.decode(Part.self, from: document, act: "reading a part")
        }
        #expect(error?.code == .usage && error?.reason.contains(words) == true, "\(error)")
    }

    @Test("what a value itself refuses is told in its words")
    func refused() throws {
        struct Named: Codable { let model: ModelName }
        let error = #expect(throws: SwerveError.self) {
            try JSONValueDecoder.decode(Named.self, from: ["model": "A B"], act: "reading")
        }
        #expect(error?.reason.contains("A B") == true || error?.act.contains("A B") == true)
    }
}
