import Foundation
import Inputs
import Lifecycle
import Scoring
import Testing

@Suite("Hostile records")
struct HostileRecordTests {
    private let decoder: RecordDecoder
    /// Refuses bytes that are no UTF-8 also in strings.
    private let strict: RecordDecoder
    private static let valid = #"""
        {"id":"a\u00e9\n","ts":null,"method":"POST","path":"/p\/q","query":"é=1","n":[-1.5e3,{"k":[]}],
        "body":"x\ud83d\ude00y","user_agent":"\"M\"","ok":true}
        """#

    init() throws {
        decoder = try RecordDecoder()
        strict = try RecordDecoder(InputSettings(scoresInvalidUTF8: false))
    }

    @Test("a record that ends too early is rejected, wherever it ends")
    func truncation() {
        let record = Array(Self.valid.utf8)
        #expect(Parsed(record, with: decoder).reason == nil)
        for count in 0..<record.count {
            #expect(Parsed(Array(record[..<count]), with: decoder).reason != nil, "\(count)")
        }
    }

    @Test("named numbers, for which records are read in another way, change nothing about the rest")
    func twoWays() throws {
        let plain = try RecordDecoder()
        try plain.want([InputWant(.text)])
        let numbers = try RecordDecoder()
        try numbers.want([InputWant(.text, fieldNames: ["n"])])
        let others = Array("\"\\{}[]:, \n\t09-.eEntfu/\u{0}\u{1F}\u{7F}".utf8) + [0x80, 0xC3, 0xFF]
        for place in Self.valid.utf8.indices {
            for other in others {
                var record = Array(Self.valid.utf8)
                record[Self.valid.utf8.distance(from: Self.valid.startIndex, to: place)] = other
                let one = Parsed(record, with: plain)
                let two = Parsed(record, with: numbers)
                let lacksText = two.reason == nil && !numbers.input.views.contains(.text)
                let reason = lacksText ? numbers.refusal(of: 0, .text) : two.reason
                #expect(one.reason == reason && one.fault == two.fault, "\(record)")
                #expect(one.text == two.text && one.id == two.id, "\(record)")
            }
        }
    }

    @Test("every byte is told apart inside of a string and outside")
    func bytes() {
        for byte in UInt8.min...UInt8.max {
            let inside = Array(#"{"method":"GET","path":"/"#.utf8) + [byte] + Array(#"z"}"#.utf8)
            let parsed = Parsed(inside, with: decoder)
            switch byte {
            case 0..<0x20: #expect(parsed.reason == .notJSON)
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): #expect(parsed.reason == .notJSON)
            default: #expect(parsed.text == Array("GET /".utf8) + [byte] + Array("z\n".utf8))
            }
            let before = Parsed([byte] + Array("{}".utf8), with: decoder)
            let isSpace = [0x20, 0x09, 0x0A, 0x0D].contains(byte)
            #expect((before.reason == .missingField(.method)) == isSpace, "\(byte)")
        }
    }

    @Test(
        "malformed UTF-8 in a string is scored as text_b64 would be, or refused where that is set",
        arguments: [
            [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
            [0xF0, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0xE2, 0x82],
            [0xC3], [0xF0, 0x9F, 0x98], [0xFE], [0xFF], [0x80],
        ] as [[UInt8]])
    func malformed(_ bytes: [UInt8]) {
        for field in ["path", "other", "id"] {
            let record =
                Array(#"{"method":"GET","path":"/","\#(field)":""#.utf8) + bytes + Array("\"}".utf8)
            #expect(Parsed(record, with: strict).reason == .notUTF8)
            let parsed = Parsed(record, with: decoder)
            if field == "path" {
                #expect(parsed.reason == .duplicateField(.path))
            } else {
                #expect(parsed.string == "GET /\n")
            }
            if field == "id" { #expect(parsed.id == String(decoding: bytes, as: UTF8.self)) }
        }
        let path = Array(#"{"method":"GET","path":"/"#.utf8) + bytes + Array(#"\n"}"#.utf8)
        let text = Array("GET /".utf8) + bytes + [0x0A, 0x0A]
        #expect(Parsed(path, with: decoder).text == text)
        #expect(Parsed(path, with: strict).reason == .notUTF8)
        let encoded = Data(text).base64EncodedString()
        #expect(Parsed("{\"text_b64\":\"\(encoded)\"}", with: decoder).text == text)
    }

    @Test("malformed UTF-8 in a key and outside of strings is refused, whatever is set")
    func malformedElsewhere() throws {
        let pieces: [(String, String)] = [
            (#"{"method":"GET","path":"/",""#, #"":1}"#),
            (#"{"method":"GET","path":"/","a":"#, "}"),
            (#"{"method":"GET","path":"/""#, "}"), (#"{"method":"GET","path":"/"}"#, ""),
            (#"{"method":"GET","path":"/","a":{"b"#, #"":[]}}"#), ("", "{}"),
        ]
        for (before, after) in pieces {
            let record = Array(before.utf8) + [0xFF] + Array(after.utf8)
            for decoder in [decoder, strict] {
                let reason = Parsed(record, with: decoder).reason
                #expect(reason == .notUTF8 || reason == .trailingContent, "\(before)")
            }
        }
        // A string whose end is lost, and one that is fine before.
        let open = Array(#"{"method":"GET","path":"/"#.utf8) + [0xC3]
        #expect(Parsed(open, with: decoder).reason != nil)
        #expect(Parsed(#"{"method":"GET","path":"/é"}"#, with: decoder).string == "GET /é\n")
    }

    @Test("malformed UTF-8 in a number's place is no number, and no crash")
    func malformedNumbers() throws {
        let settings = InputSettings(limitBytes: 4_096)
        let decoder = try RecordDecoder(settings)
        decoder.install(
            try PreparedWants(
                [InputWant([.dense, .sparse, .text], fieldNames: ["n"])], for: settings))
        let record =
            Array(#"{"text":"a","n":"1"#.utf8) + [0xFF] + Array(#"","x":[1,""#.utf8) + [0xFE]
            + Array(#""],"svm":"1:2"#.utf8) + [0xC3, 0x28] + Array(#""}"#.utf8)
        #expect(Parsed(record, with: decoder).reason == nil)
        #expect(decoder.input.views == .text)
        #expect(decoder.refusal(of: 0, .dense) == .notANumber(.dense, element: 2))
        #expect(decoder.refusal(of: 0, .sparse) == .badPair(byte: 1))
        #expect(decoder.refusal(of: 0, .fields) == .namedWrongType(0))
    }

    @Test("nesting is bounded, and 100,000 levels are nothing special")
    func depth() {
        func nested(_ depth: Int, _ open: String, _ close: String) -> String {
            #"{"method":"GET","path":"/","a":"#
                + String(repeating: open, count: depth - 1) + "1"
                + String(repeating: close, count: depth - 1) + "}"
        }
        for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
            #expect(Parsed(nested(512, open, close), with: decoder).reason == nil)
            for depth in [513, 100_000] {
                let parsed = Parsed(nested(depth, open, close), with: decoder)
                let before = nested(1, "", "").utf8.count - 2 + 511 * open.utf8.count
                #expect(parsed.reason == .tooDeep(limit: 512, byte: before + 1))
            }
        }
        let open = Parsed([UInt8](repeating: UInt8(ascii: "{"), count: 100_000), with: decoder)
        #expect(open.reason == .notJSON)
        let brackets = #"{"a":"# + String(repeating: "[", count: 100_000)
        #expect(Parsed(brackets, with: decoder).reason == .tooDeep(limit: 512, byte: 517))
    }

    @Test("a record that fills the limit is read to its last byte")
    func largest() {
        let frame = #"{"method":"POST","path":"/","body":""}"#
        let room = Limits.requestBytes - frame.utf8.count
        for unit in ["a", "\\n", "\\u0041", "\u{e9}", "\\\\"] {
            let count = room / unit.utf8.count
            let body = String(repeating: unit, count: count)
            let record = #"{"method":"POST","path":"/","body":"\#(body)"}"#
            let parsed = Parsed(record, with: decoder)
            #expect(parsed.reason == nil)
            let meant = ["a": 1, "\u{e9}": 2][unit] ?? 1
            #expect(parsed.text.count == "POST /\n".utf8.count + count * meant)
        }
        let structure = #"{"a":["# + String(repeating: "1,", count: room / 2) + "1]}"
        #expect(Parsed(structure, with: decoder).reason == .missingField(.method))
        let keys = "{" + String(repeating: #""a":1,"#, count: room / 6) + #""a":1}"#
        #expect(Parsed(keys, with: decoder).reason == .missingField(.method))
    }

    @Test("mutated records never crash, and what is accepted is JSON to another decoder")
    func mutations() {
        var random = SplitMix64(state: 20_240_607)
        let seed = Array(Self.valid.utf8)
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u", "\\ud800", "\\udc00", "null", "1e5",
            "-0", "01",
            " ", "\n", "\0", "\u{c}", "\"path\":\"/\",", "\"text\":\"t\",", "true", "\u{e9}",
        ].map { Array($0.utf8) }
        var accepted = 0
        for round in 0..<60_000 {
            var record = seed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                mutate(&record, pieces, &random)
            }
            let parsed = Parsed(record, with: strict)
            let scored = Parsed(record, with: decoder)
            #expect(parsed == scored || parsed.reason == .notUTF8, "round \(round)")
            guard parsed.reason == nil else { continue }
            accepted += 1
            // The other decoder wants whole surrogate pairs even where nothing is read of them.
            let hasHalf = String(decoding: record, as: UTF8.self).contains("\\ud")
            let isJSON = (try? JSONSerialization.jsonObject(with: Data(record))) != nil
            #expect(isJSON || hasHalf, "round \(round): \(String(decoding: record, as: UTF8.self))")
        }
        #expect(accepted > 1_000)
    }

    @Test("mutated records of numbers never crash, and each view stands for itself")
    func mutatedNumbers() throws {
        let decoder = try RecordDecoder(InputSettings(limitBytes: 4_096))
        let wants = [
            InputWant([.text, .dense, .sparse], fieldNames: ["n", "o.p", "o.q"]), InputWant(.text),
        ]
        try decoder.want(wants)
        let textOnly = try RecordDecoder(InputSettings(limitBytes: 4_096))
        var random = SplitMix64(state: 4)
        let seed =
            Array(
                #"{"id":7,"x":[1,-2.5e-3,"nan","-inf"],"svm":"1:0.5 3:-inf\u0020900:1e4","n":1.5,"#
                    .utf8)
            + Array(#""o":{"p":true,"q":[],"r":{}},"method":"GET","path":"\/a","body":null}"#.utf8)
        let pieces = [
            "{", "}", "[", "]", ",", ":", "\"", "\\", "\\u0031", "\\ud800", "null", "1e400", "-",
            "01",
            "\"nan\"", "\"inf\",", " 2:1", "0:", "99999999999:1", "\"n\":1,", "\"o\":5,",
            "\"x\":[],",
            "\"svm\":\"\",", "true", ".5", "+", "e", "\0", "\u{e9}",
        ].map { Array($0.utf8) }
        var given = [InputViews: Int]()
        for round in 0..<60_000 {
            var record = seed
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                mutate(&record, pieces, &random)
            }
            let parsed = Parsed(record, with: decoder)
            let other = Parsed(record, with: textOnly)
            let input = decoder.input(of: 0)
            #expect(other.text == parsed.text, "round \(round)")
            #expect(input.views.contains(.text) == (other.reason == nil), "round \(round)")
            given[input.views, default: 0] += 1
            #expect(unsafe input.sparseIndices.count == input.sparseValues.count)
            let indices = unsafe Array(input.sparseIndices)
            #expect(zip(indices, indices.dropFirst()).allSatisfy { $0 < $1 })
            let lacking = wants[0].views.subtracting(input.views)
            guard parsed.reason == nil, !lacking.isEmpty else { continue }
            for view in [InputViews.text, .dense, .sparse, .fields] where lacking.contains(view) {
                let reason = decoder.refusal(of: 0, view)
                #expect(reason != .notAnObject, "round \(round)")
                #expect(!decoder.words(reason).isEmpty)
            }
        }
        #expect(given.count > 8)
        #expect(given[[.text, .dense, .sparse], default: 0] > 1_000)
    }

    private func mutate(
        _ record: inout [UInt8], _ pieces: [[UInt8]], _ random: inout SplitMix64
    ) {
        guard let at = record.indices.randomElement(using: &random) else { return }
        switch Int.random(in: 0..<6, using: &random) {
        case 0: record[at] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: record[at] = .random(in: .min ... .max, using: &random)
        case 2: record.remove(at: at)
        case 3: record.insert(contentsOf: pieces.randomElement(using: &random) ?? [], at: at)
        case 4: record.removeSubrange(at..<min(record.count, at + 12))
        default: record.insert(contentsOf: record[at..<min(record.count, at + 9)], at: at)
        }
    }
}

/// The same numbers in every run.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
