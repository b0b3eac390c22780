import Foundation
import Lifecycle
import TestSupport
import Testing

/// The one way out for every document.
@Suite("JSONWriter")
struct JSONWriterTests {
    /// What was written before there was a writer of our own; digests and signatures cover it.
    private struct Older: Encodable {
        let value: JSONValue

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch value {
            case .null: try container.encodeNil()
            case .bool(let flag): try container.encode(flag)
            case .int(let number): try container.encode(number)
            case .double(let number): try container.encode(number)
            case .string(let text): try container.encode(text)
            case .array(let values): try container.encode(values.map(Older.init))
            case .object(let fields): try container.encode(fields.mapValues(Older.init))
            }
        }

        var bytes: [UInt8] {
            get throws {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
                return Array(try encoder.encode(self))
            }
        }
    }

    @Test("5,000 made-up values have the bytes that they always had")
    func asBefore() throws {
        var random = SeededGenerator(seed: 6)
        for _ in 0..<5_000 {
            let value = MadeUpJSON.value(&random, depth: 5)
            #expect(try value.bytes == Older(value: value).bytes)
        }
        let numbers: [Double] = [
            0, -0.0, 1, -1, 0.05, 1.0 / 3, 1e15, 1e16, 1e17, 1e300, .leastNonzeroMagnitude, 1e-5,
            0.0001,
            9_007_199_254_740_994, .greatestFiniteMagnitude, .leastNormalMagnitude, 123_456.789,
        ]
        for number in numbers {
            #expect(try JSONValue.double(number).bytes == Older(value: .double(number)).bytes)
        }
    }

    @Test("a manifest of an earlier swerve keeps its bytes, and so its digest")
    func manifest() throws {
        let text =
            #"{"files":[{"bytes":12,"name":"a/b\"é\u001f","role":"model","sha256":"x"}],"#
            + #""format":"liblinear","golden":"self","labels":{"attack":"1","normal":"-1"},"#
            + #""schema":1,"threshold":0}"#
        let value: JSONValue = [
            "schema": 1, "format": "liblinear", "golden": "self", "threshold": .double(0),
            "labels": ["normal": "-1", "attack": "1"],
            "files": [
                ["sha256": "x", "role": "model", "name": "a/b\"é\u{1F}", "bytes": 12]
            ],
        ]
        #expect(String(decoding: value.bytes, as: UTF8.self) == text)
        #expect(try JSONValue(parsing: Array(text.utf8), act: "a test").bytes == Array(text.utf8))
    }

    @Test("what is shown cannot drive a terminal, and means the same")
    func shown() throws {
        var hostile = ""
        for value in Array(0...0x9F) + [0x61C, 0x200E, 0x200F] + Array(0x2028...0x202E)
            + Array(0x2066...0x2069) as [UInt32]
        {
            hostile.unicodeScalars.append(try #require(Unicode.Scalar(value)))
        }
        hostile += "é中😀"
        let value: JSONValue = [hostile: [.string(hostile), 1]]
        for text in [value.text, value.prettyText] {
            #expect(text.replacing("\n", with: "").printable == text.replacing("\n", with: ""))
            #expect(text.contains(#"\u009b"#) && text.contains(#"\u202e"#))
            #expect(text.contains(#"\u2028"#) && text.contains("é中😀"))
            #expect(try JSONValue(parsing: Array(text.utf8), act: "a test") == value)
        }
    }

    @Test("the indented form")
    func indented() {
        let value: JSONValue = ["b": [], "a": [1, ["x": .null]], "c": [:]]
        let text = """
            {
              "a": [
                1,
                {
                  "x": null
                }
              ],
              "b": [],
              "c": {}
            }
            """
        #expect(value.prettyText == text)
        #expect(value.text == #"{"a":[1,{"x":null}],"b":[],"c":{}}"#)
    }

    @Test(
        "a number that is not finite has no form", arguments: [Double.nan, .infinity, -.infinity])
    func notFinite(number: Double) {
        #expect(JSONValue.array([.double(number)]).text == "[null]")
    }
}
