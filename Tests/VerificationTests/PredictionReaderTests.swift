import Lifecycle
import Testing

@testable import Verification

@Suite("Reading predictions")
struct PredictionReaderTests {
    static func reader() throws -> PredictionReader {
        PredictionReader(model: try ModelName("http-anomaly"), topic: "raw_requests")
    }

    static let usual =
        #"{"model":"http-anomaly","version":8,"epoch":12,"role":"stable","score":-1.25e-3,"#
        + #""label":"attack","source":{"topic":"raw_requests","partition":3,"offset":42},"#
        + #""id":"r-1"}"#

    @Test("the usual order is read without JSON, and JSON reads the same")
    func usualOrder() throws {
        let reader = try Self.reader()
        let expected = Prediction(
            version: 8, epoch: 12, role: .stable, score: -0.00125, label: Array("attack".utf8),
            partition: 3, offset: 42, id: Array("r-1".utf8))
        #expect(reader.fast(Array(Self.usual.utf8)) == expected)
        #expect(reader.slow(Array(Self.usual.utf8)) == expected)
    }

    @Test(
        "a place that no topic has is a stranger's",
        arguments: ["9223372036854775807", "4611686018427387904", "-1"])
    func impossible(offset: String) throws {
        let text = Self.usual.replacing(#""offset":42"#, with: #""offset":\#(offset)"#)
        let reader = try Self.reader()
        #expect(reader.fast(Array(text.utf8)) == nil && reader.slow(Array(text.utf8)) == nil)
    }

    @Test("probability, a missing id, escapes and the canary's role are read")
    func variants() throws {
        let reader = try Self.reader()
        let text =
            Self.usual.replacing(#","id":"r-1""#, with: #","probability":0.5,"id":"a\"b""#)
            .replacing("stable", with: "canary")
        let both = [reader.fast(Array(text.utf8)), reader.slow(Array(text.utf8))]
        for prediction in both {
            #expect(prediction?.role == .canary && prediction?.probabilities == [0.5])
            #expect(prediction?.id == Array(#"a\"b"#.utf8))
        }
        let nameless = Self.usual.replacing(#","id":"r-1""#, with: "")
        let found = try #require(reader.fast(Array(nameless.utf8)))
        #expect(found.id == nil)
    }

    @Test("another order of the fields falls back to JSON")
    func otherOrder() throws {
        let reader = try Self.reader()
        let json = try JSONValue(parsing: Array(Self.usual.utf8), act: "a test")
        #expect(reader.fast(json.bytes) == nil)
        #expect(reader.read(json.bytes) == reader.fast(Array(Self.usual.utf8)))
    }

    static let broken = [
        "", "{}", "null", "[1]", String(usual.dropLast()), usual + "x", usual + "}",
        usual.replacing("http-anomaly", with: "other"), usual.replacing("raw_requests", with: "x"),
        usual.replacing(#""stable""#, with: #""shadow""#), usual.replacing("8", with: "-8.5"),
        usual.replacing("42", with: "99999999999999999999"),
        usual.replacing(":3,", with: ":99999999999,"),
        usual.replacing("-1.25e-3", with: "\"x\""), usual.replacing("-1.25e-3", with: "1e-+"),
    ]

    @Test("what is not a prediction of this run is none", arguments: broken)
    func notPredictions(text: String) throws {
        #expect(try Self.reader().read(Array(text.utf8)) == nil)
    }
}
