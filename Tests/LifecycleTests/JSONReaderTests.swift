import Foundation
import Lifecycle
import TestSupport
import Testing

/// What strangers write, read by the one reader.
@Suite("JSONReader")
struct JSONReaderTests {
    private func read(_ text: String) throws(SwerveError) -> JSONValue {
        try JSONValue(parsing: Array(text.utf8), act: "a test")
    }

    @Test(
        "each kind of value is read",
        arguments: [
            ("null", .null), (" true\n", .bool(true)), ("\tfalse\r", .bool(false)),
            (#""a\u00e9\ud83d\ude00\"\\\/\b\f\n\r\t""#, "aé😀\"\\/\u{8}\u{C}\n\r\t"),
            ("[]", []), ("{}", [:]), (#"[1, "x" ,{"a": [null]} ]"#, [1, "x", ["a": [.null]]]),
            ("\"\u{7F}\u{9B}\u{2028}\"", "\u{7F}\u{9B}\u{2028}"),
        ] as [(String, JSONValue)])
    func kinds(text: String, value: JSONValue) throws {
        #expect(try read(text) == value)
    }

    @Test(
        "a number is a whole one of 64 bits however it is spelled, else the nearest double",
        arguments: [
            ("0", .int(0)), ("1", .int(1)), ("-1", .int(-1)), ("1.0", .int(1)), ("1e2", .int(100)),
            ("-1.5E+1", .int(-15)), ("9223372036854775807", .int(.max)),
            ("-9223372036854775808", .int(.min)),
            ("9223372036854775808", .double(9_223_372_036_854_775_808)),
            ("-9223372036854775809", .double(-9_223_372_036_854_775_808)),
            ("1e19", .double(1e19)), ("0.1", .double(0.1)),
            ("5e-324", .double(.leastNonzeroMagnitude)),
            ("1e-400", .int(0)), ("1.7976931348623157e308", .double(.greatestFiniteMagnitude)),
            ("2.2250738585072011e-308", .double(Double.leastNormalMagnitude.nextDown)),
        ] as [(String, JSONValue)])
    func numbers(text: String, value: JSONValue) throws {
        let read = try read(text)
        // -9223372036854775808.0 is whole and fits.
        #expect(read == value || read == value.int.map { .int(Int64($0)) })
        #expect(try self.read(read.text) == read, "what is written reads back the same")
    }

    @Test("a zero keeps its sign", arguments: ["-0", "-0.0", "-0e5", "-1e-400", "-2e-324"])
    func negativeZero(text: String) throws {
        guard case .double(let zero) = try read(text) else {
            Issue.record("not a double")
            return
        }
        #expect(zero == 0 && zero.sign == .minus)
        #expect(try read(read(text).text) == read(text))
    }

    @Test(
        "what is not one strict value is refused at its byte",
        arguments: [
            ("", "not JSON, byte 0: cut off"), ("  ", "byte 2: cut off"),
            ("{", "byte 1: a string is missing"), ("[1", "byte 2: a comma is missing"),
            ("[1,]", "byte 3: not a value; there is a comma too many before it"),
            ("{\"a\":1, }", "byte 8: a string is missing; there is a comma too many before it"),
            ("[None]", "nor None"), ("['a']", "in double quotes"), ("[1] // x", "more follows"),
            ("[True]", "true and false"), ("[ # x", "no comments"),
            (#"{"a":1,}"#, "byte 7: a string is missing"),
            ("[,1]", "byte 1: not a value"), ("[1 2]", "byte 3: a comma is missing"),
            (#"{"a" 1}"#, "byte 5: a colon is missing"), ("{a:1}", "byte 1: a string is missing"),
            ("1 2", "byte 2: more follows"), ("1,", "byte 1: more follows"),
            ("[]]", "byte 2: more follows"), ("01", "byte 0: a number with a leading zero"),
            ("-01", "a number with a leading zero"), ("1.", "a number that ends without a digit"),
            ("1e", "a number that ends without a digit"), ("1e+", "without a digit"),
            (".5", "byte 0: not a value"), ("+1", "byte 0: not a value"), ("-", "not a value"),
            ("0x10", "byte 1: more follows"), ("NaN", "not a value"), ("Infinity", "not a value"),
            ("nul", "not a value"), ("truE", "not a value"), ("'a'", "not a value"),
            ("1e400", "the JSON, byte 0: a number beyond a double"),
            ("-1e309", "a number beyond a double"), ("\"a", "byte 2: a string without end"),
            ("\"a\tb\"", "byte 2: a control character"), ("\"\u{0}\"", "a control character"),
            (#""\x""#, "byte 1: an unknown escape"), (#""\u12""#, "fewer than 4 digits"),
            (#""\u12g4""#, "fewer than 4 digits"), (#""\ud800""#, "half of a surrogate pair"),
            (#""\udc00""#, "half of a surrogate pair"), (#""\ud800\ud800""#, "half of a surrogate"),
            (#""\ud800x""#, "half of a surrogate pair"), (#""\"#, "a string without end"),
            (#"{"a":1,"b":2,"a":1}"#, "the JSON, byte 13: the key 'a' twice"),
            (#"{"x":{"a":1,"\u0061":2}}"#, "byte 12: the key 'a' twice"),
            ("/* */ 1", "byte 0: not a value"), ("\u{FEFF}1", "a byte order mark"),
            ("1\u{0}", "more follows"), ("\u{A0}1", "not a value"),
        ])
    func refused(text: String, words: String) throws {
        let error = try #require(throws: SwerveError.self) { try read(text) }
        #expect(error.code == .invalid && error.act == "a test")
        #expect(error.reason.contains(words), "\(error)")
    }

    @Test(
        "bytes that are not UTF-8 are refused at their string",
        arguments: [
            [0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82],
            [0x80],
        ] as [[UInt8]])
    func notUTF8(bytes: [UInt8]) throws {
        let documents = [
            Array("[1,\"".utf8) + bytes + Array("\"]".utf8),
            Array("[1,\"\\n".utf8) + bytes + Array("\"]".utf8),
            Array("{\"".utf8) + bytes + Array("\":1}".utf8),
        ]
        for document in documents {
            let error = try #require(throws: SwerveError.self) {
                try JSONValue(parsing: document, act: "a test")
            }
            #expect(error.reason.contains("a string that is not UTF-8"), "\(error)")
        }
    }

    @Test("arrays around many objects are refused by their depth, before anything is kept")
    func deep() throws {
        let text =
            #"{"schema":1,"x":"# + String(repeating: "[", count: 400)
            + [String](repeating: "{}", count: 20_000).joined(separator: ",")
            + String(repeating: "]", count: 400) + "}"
        let error = try #require(throws: SwerveError.self) {
            try ControlRecord(key: Array("m".utf8), value: Array(text.utf8))
        }
        #expect(
            error.description
                == "reading a control record: the JSON, byte 31: nested deeper than 16")
        #expect(StatusRecord(value: Array(text.utf8)) == nil)
        let spec = try #require(throws: SwerveError.self) {
            try JSONValue(
                parsing: Array(text.utf8), act: "a spec", depth: Limits.featurizerSpecDepth)
        }
        #expect(spec.reason == "the JSON, byte 43: nested deeper than 28")
    }

    @Test("as many levels, values and bytes as the bounds allow are read, and not one more")
    func bounds() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(throws: Never.self) { try read(nested(Limits.jsonDepth)) }
        #expect(throws: SwerveError.self) { try read(nested(Limits.jsonDepth + 1)) }
        let five = Array("[1,2,{\"a\":3}]".utf8)
        #expect(throws: Never.self) { try JSONValue(parsing: five, act: "a test", values: 5) }
        let many = try #require(throws: SwerveError.self) {
            try JSONValue(parsing: five, act: "a test", values: 4)
        }
        #expect(many.reason.contains("more than 4 values"))
        #expect(throws: Never.self) {
            try JSONValue(parsing: five, act: "a test", limit: five.count)
        }
        let large = try #require(throws: SwerveError.self) {
            try JSONValue(parsing: five, act: "a test", limit: five.count - 1)
        }
        #expect(large.code == .tooLarge)
        let digits = String(repeating: "1", count: 300)
        #expect(try read("0." + digits).double != nil)
        #expect(throws: SwerveError.self) { try read("0." + String(repeating: "1", count: 2_000)) }
    }

    @Test("a flat document as large as a control record may be is read")
    func flat() throws {
        let pairs = (0..<20_000).map { #""k\#($0)":{}"# }.joined(separator: ",")
        let text = "{\(pairs)}"
        #expect(text.utf8.count <= Limits.controlRecordBytes)
        #expect(try read(text).object?.count == 20_000)
        let list = "[" + [String](repeating: "{}", count: 85_000).joined(separator: ",") + "]"
        #expect(try read(list).array?.count == 85_000)
    }

    // MARK: - Fuzzing

    private static let seeds: [[UInt8]] = [
        #"{"a":[1,2.5,-3e2,true,false,null,"x"],"b":{"c":{},"d":[]},"é":"\u00e9\ud83d\ude00"}"#,
        #"[0,-0,1e308,123456789012,"",[[[]]],{"k":"v \\ \" \n"}]"#, "\"plain\"", "3.25",
    ].map { Array($0.utf8) }

    private static let pieces = [
        "\"", "\\", "\\u", "\\ud800", "\\udc00", "[", "]", "{", "}", ",", ":", "-", "0", "1e9",
        "e", ".", "true", "nul", "\u{FEFF}", "\u{E9}", "\"a\":1,", " ",
    ]

    @Test("20,000 damaged documents: what is read, another reader reads as the same value")
    func againstFoundation() throws {
        var mutator = ByteMutator(seed: 11, pieces: Self.pieces)
        var counts = (read: 0, refused: 0)
        for number in 0..<20_000 {
            let bytes = mutator.mutated(Self.seeds[number % Self.seeds.count])
            do throws(SwerveError) {
                let value = try JSONValue(parsing: bytes, act: "a test")
                counts.read += 1
                let other = try? JSONSerialization.jsonObject(
                    with: Data(bytes), options: .fragmentsAllowed)
                #expect(
                    other.map { Self.agrees(value, $0) } == true,
                    "\(String(decoding: bytes, as: UTF8.self))")
                #expect(try JSONValue(parsing: value.bytes, act: "a test") == value)
                #expect(try JSONValue(parsing: value.text.utf8, act: "a test") == value)
                #expect(try JSONValue(parsing: value.prettyText.utf8, act: "a test") == value)
            } catch {
                counts.refused += 1
                #expect(error.description.utf8.count < 400 && error.reason.contains("byte "))
            }
        }
        #expect(counts.read > 1_000 && counts.refused > 1_000, "\(counts)")
    }

    @Test("5,000 made-up values: what another writer writes is read as the same value")
    func fromFoundation() throws {
        var random = SeededGenerator(seed: 5)
        for _ in 0..<5_000 {
            let value = MadeUpJSON.value(&random, depth: 5)
            let data = try JSONSerialization.data(
                withJSONObject: MadeUpJSON.object(value), options: .fragmentsAllowed)
            #expect(try JSONValue(parsing: data, act: "a test") == value)
        }
    }

    private static func agrees(_ value: JSONValue, _ other: Any) -> Bool {
        switch (value, other) {
        case (.null, is NSNull): true
        case (.string(let text), let other as String): text == other
        case (.array(let values), let other as [Any]):
            values.count == other.count && zip(values, other).allSatisfy(agrees)
        case (.object(let fields), let other as [String: Any]):
            fields.count == other.count
                && fields.allSatisfy { key, value in
                    other[key].map { agrees(value, $0) } ?? false
                }
        case (.bool(let flag), let other as NSNumber): other.boolValue == flag
        case (.int(let number), let other as NSNumber):
            other.int64Value == number || other.doubleValue == Double(number)
        case (.double(let number), let other as NSNumber): other.doubleValue == number
        default: false
        }
    }
}

/// Random JSON values, the same in every run.
enum MadeUpJSON {
    static func value(_ random: inout SeededGenerator, depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .int(Int64.random(in: .min ... .max, using: &random) >> 40)
        case 3: return .double(Double.random(in: -1e3...1e3, using: &random) + 0.123)
        case 4, 5: return .string(text(&random))
        case 6, 7:
            let count = Int.random(in: 0..<4, using: &random)
            return .array((0..<count).map { _ in value(&random, depth: depth - 1) })
        default:
            var fields: [String: JSONValue] = [:]
            for _ in 0..<Int.random(in: 0..<5, using: &random) {
                fields[text(&random)] = value(&random, depth: depth - 1)
            }
            return .object(fields)
        }
    }

    private static func text(_ random: inout SeededGenerator) -> String {
        let scalars: [UInt32] = [
            0x00, 0x08, 0x09, 0x0A, 0x0C, 0x0D, 0x1B, 0x1F, 0x22, 0x2F, 0x5C, 0x61, 0x7A, 0x7F,
            0x9B, 0xE9, 0x200F, 0x2028, 0x202E, 0x2066, 0x4E2D, 0xFFFD, 0x1F600, 0x10FFFF,
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0..<6, using: &random) {
            let scalar = scalars.randomElement(using: &random).flatMap(Unicode.Scalar.init)
            text.unicodeScalars.append(scalar ?? "x")
        }
        return text
    }

    /// As Foundation's writer takes it.
    static func object(_ value: JSONValue) -> Any {
        switch value {
        case .null: NSNull()
        case .bool(let flag): NSNumber(value: flag)
        case .int(let number): NSNumber(value: number)
        case .double(let number): NSNumber(value: number)
        case .string(let text): text
        case .array(let values): values.map(object)
        case .object(let fields): fields.mapValues(object)
        }
    }
}
