import Foundation
import Inputs
import Lifecycle
import TestSupport
import Testing

@Suite("Where a record is not JSON")
struct JSONFaultTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let record: String
        let kind: JSONFault.Kind
        let byte: Int
        var testDescription: String { record }

        init(_ record: String, _ kind: JSONFault.Kind, _ byte: Int) {
            self.record = record
            self.kind = kind
            self.byte = byte
        }
    }

    static let cases = [
        Case("\0\0\0\0\u{1}{}", .registryFrame, 0),
        Case("\u{feff}{}", .byteOrderMark, 0),
        Case(#"{"a":NaN}"#, .notFinite, 5),
        Case(#"{"a":nan}"#, .notFinite, 5),
        Case(#"{"a":-Infinity}"#, .notFinite, 5),
        Case(#"{"a":[1,+inf]}"#, .notFinite, 8),
        Case("{\"a\":\"b\nc\"}", .controlCharacter, 7),
        Case("{\"a\tb\":1}", .controlCharacter, 3),
        Case(#"{"a":1,}"#, .comma, 6),
        Case(#"{"a":[1,2 , ]}"#, .comma, 10),
        Case(#"{"a":1,,"b":2}"#, .comma, 7),
        Case(#"{,"a":1}"#, .comma, 1),
        Case(#"{"a":[,1]}"#, .comma, 6),
        Case(#"{"a":"\x"}"#, .escape, 6),
        Case(#"{"a":"\u12g4"}"#, .escape, 6),
        Case(#"{"a":01}"#, .number, 5),
        Case(#"{"a":+1}"#, .number, 5),
        Case(#"{"a":.5}"#, .number, 5),
        Case(#"{"a":1.}"#, .number, 5),
        Case(#"{"a":0x10}"#, .number, 5),
        Case(#"{"a":1"#, .endsEarly, 6),
        Case(#"{"a":"b"#, .endsEarly, 7),
        Case(#"{"a":"b\"#, .endsEarly, 8),
        Case(#"{"a"#, .endsEarly, 3),
        Case(#"{"a""#, .endsEarly, 4),
        Case("", .endsEarly, 0),
        Case("  ", .endsEarly, 2),
        Case(#"{"a":'b'}"#, .valueExpected, 5),
        Case(#"{"a":truee}"#, .valueExpected, 5),
        Case(#"{"a":}"#, .valueExpected, 5),
        Case("x", .valueExpected, 0),
        Case("{a:1}", .nameExpected, 1),
        Case("{1:2}", .nameExpected, 1),
        Case(#"{"a" 1}"#, .colonExpected, 5),
        Case(#"{"a":1 "b":2}"#, .commaExpected, 7),
        Case(#"{"a":[1}"#, .commaExpected, 7),
        Case("{}x", .endExpected, 2),
    ]

    @Test("the place and the kind are told", arguments: cases)
    func place(_ one: Case) throws {
        #expect(Self.fault(Array(one.record.utf8)) == JSONFault(one.kind, byte: one.byte))
    }

    @Test(
        "JSON has no fault",
        arguments: [
            "{}", " [ ] ", "null", "-0.5e+10", #"{"a":[1,{"b":[]},"\u00e9\\\"\/"],"c":false}"#,
            "\r\n\t1\n", String(repeating: "[", count: 700) + String(repeating: "]", count: 700),
        ])
    func faultless(_ text: String) {
        #expect(Self.fault(Array(text.utf8)) == nil)
    }

    @Test("the decoder tells the place with its code unchanged, and nothing of the record")
    func reason() throws {
        let decoder = try RecordDecoder()
        let reason = try #require(Self.reason(Array(#"{"secret":"s3","t":NaN}"#.utf8), decoder))
        #expect(reason.code == "not_json")
        let words = decoder.words(reason)
        #expect(
            words == "the record is not JSON at byte 19: NaN or Infinity, which JSON does not have")
        #expect(!words.contains("s3"))
    }

    @Test("the words of each kind differ")
    func words() {
        let kinds: [JSONFault.Kind] = [
            .registryFrame, .byteOrderMark, .notFinite, .controlCharacter, .comma, .escape,
            .number, .endsEarly, .valueExpected, .nameExpected, .colonExpected, .commaExpected,
            .endExpected,
        ]
        #expect(Set(kinds.map(\.words)).count == kinds.count)
    }

    @Test("what the decoder refuses as no JSON has a place, and what it takes has none")
    func agreement() throws {
        let decoder = try RecordDecoder()
        let seed = Array(
            #"{"method":"GET","path":"\/a\u0041","n":[1,-2.5e3,true,null,{"o":"p"}],"body":""}"#
                .utf8)
        var mutator = ByteMutator(
            seed: 19,
            pieces: [
                "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u00", "NaN", "01", "\0", "\n", "1e",
                "tru",
            ])
        var refused = 0
        for round in 0..<40_000 {
            let record = mutator.mutated(seed)
            let parsed = Parsed(record, with: decoder)
            let fault = Self.fault(record)
            let text = String(decoding: record, as: UTF8.self)
            switch parsed.reason {
            case .notJSON:
                #expect(fault != nil && parsed.fault == fault, "round \(round): \(text)")
                refused += 1
            case .trailingContent:
                #expect(fault?.kind == .endExpected, "round \(round): \(text)")
            // What is refused before it is read to its end may have a fault or none.
            case .notUTF8, .tooDeep, .notAnObject, .emptyPayload: continue
            default: #expect(fault == nil, "round \(round): \(text)")
            }
        }
        #expect(refused > 10_000)
    }

    @Test(
        "the shared records name what is wrong with them",
        .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
    func shared() throws {
        let folder = "field/19-not-json-where"
        let records = try Self.list("\(folder)/records.bin.json", nil).map { text in
            // A Python literal of bytes: \xHH and \n are escapes; what follows the closing brace
            // behind two spaces is a remark.
            Self.unescaped(text.components(separatedBy: "  (")[0])
        }
        let names = try Self.list("\(folder)/expect.json", "reason_names")
        #expect(records.count == names.count && !records.isEmpty)
        let decoder = try RecordDecoder()
        for (record, name) in zip(records, names) {
            let reason = try #require(Self.reason(record, decoder))
            #expect(reason.code == "not_json")
            #expect(decoder.words(reason).contains(name), "\(decoder.words(reason))")
        }
    }

    private static func fault(_ record: [UInt8]) -> JSONFault? {
        unsafe record.withUnsafeBufferPointer { unsafe JSONFault.first(in: $0) }
    }

    private static func reason(_ record: [UInt8], _ decoder: RecordDecoder) -> RejectReason? {
        decoder.decode(record.span)
    }

    private static func list(_ path: String, _ key: String?) throws -> [String] {
        let json = try JSONSerialization.jsonObject(with: Data(SharedData.bytes(path)))
        guard let key else { return try #require(json as? [String]) }
        return try #require((json as? [String: Any])?[key] as? [String])
    }

    private static func unescaped(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = Substring(text)
        while let character = rest.popFirst() {
            guard character == "\\", let letter = rest.popFirst() else {
                bytes += Array(String(character).utf8)
                continue
            }
            if letter == "x", let byte = UInt8(rest.prefix(2), radix: 16) {
                bytes.append(byte)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(letter == "n" ? 0x0A : letter.asciiValue ?? 0)
            }
        }
        return bytes
    }
}
