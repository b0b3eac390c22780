import Lifecycle
import Testing

@testable import Verification

/// Reading out of a record's bytes gives what the reader gives of a copy.
@Suite("Predictions out of a record's bytes")
struct PredictionScannerTests {
    private static let whole =
        #"{"model":"m","version":7,"epoch":12,"role":"canary","score":-0.0051223447106,"#
        + #""label":"attack","of":"attack","source":{"topic":"in","partition":3,"offset":42},"#
        + #""probability":0.25,"id":"r-\"1"}"#

    private static func scanned(
        _ text: String, readsIDs: Bool = true
    ) throws -> Verification.Prediction? {
        var scanner = PredictionScanner(
            model: try ModelName("m"), topic: "in", readsIDs: readsIDs)
        return unsafe Array(text.utf8).withUnsafeBufferPointer { unsafe scanner.read($0) }
    }

    private static func read(_ text: String) throws -> Verification.Prediction? {
        PredictionReader(model: try ModelName("m"), topic: "in").read(Array(text.utf8))
    }

    @Test("a worker's prediction, whole, and cut or changed at any place")
    func same() throws {
        let found = try #require(try Self.scanned(Self.whole))
        #expect(try found == Self.read(Self.whole))
        #expect(found.version == 7 && found.epoch == 12 && found.role == .canary)
        #expect(found.label == Array("attack".utf8) && found.id == Array(#"r-\"1"#.utf8))
        #expect(found.source == StreamPlace(partition: 3, offset: 42))
        #expect(found.score == -0.0051223447106)
        #expect(found.of == Array("attack".utf8) && found.probabilities == [0.25])
        #expect(try Self.scanned(Self.whole, readsIDs: false)?.id == nil)
        let bytes = Array(Self.whole.utf8)
        for end in 0..<bytes.count {
            let cut = String(decoding: bytes[..<end], as: UTF8.self)
            #expect(try Self.scanned(cut) == Self.read(cut), "\(end)")
            for other in [UInt8(ascii: "0"), UInt8(ascii: "\""), UInt8(ascii: "}")] {
                var changed = bytes
                changed[end] = other
                let text = String(decoding: changed, as: UTF8.self)
                #expect(try Self.scanned(text) == Self.read(text), "\(text)")
            }
        }
    }

    @Test("fields in another order, a stranger's words, and one after the other")
    func others() throws {
        let other =
            #"{"epoch":12,"model":"m","version":7,"role":"stable","score":1,"#
            + #""source":{"topic":"in","partition":3,"offset":42}}"#
        for text in [other, "hello", "", "{}", Self.whole + " "] {
            #expect(try Self.scanned(text) == Self.read(text), "\(text)")
        }
        var scanner = PredictionScanner(model: try ModelName("m"), topic: "in")
        let normal = Self.whole.replacing(#""label":"attack""#, with: #""label":"normal""#)
        for text in [Self.whole, Self.whole, normal, Self.whole] {
            let found = unsafe Array(text.utf8).withUnsafeBufferPointer {
                unsafe scanner.read($0)
            }
            #expect(try found == Self.read(text))
        }
        #expect(unsafe scanner.read(nil) == nil)
    }

    @Test("behind others, of any label, partition and epoch, cut or changed at any place")
    func behindOthers() throws {
        var scanner = PredictionScanner(model: try ModelName("m"), topic: "in")
        func scanned(_ text: String) -> Verification.Prediction? {
            unsafe Array(text.utf8).withUnsafeBufferPointer { unsafe scanner.read($0) }
        }
        let others = (0..<9).map { number in
            Self.whole.replacing(#""label":"attack""#, with: #""label":"\#(number % 3)""#)
                .replacing(#""partition":3"#, with: #""partition":\#(number / 2)"#)
                .replacing(#""epoch":12"#, with: #""epoch":\#(12 + number / 5)"#)
        }
        for text in others + others.reversed() {
            let found = try #require(scanned(text))
            #expect(try found == Self.read(text), "\(text)")
        }
        let bytes = Array(Self.whole.utf8)
        for end in 0..<bytes.count {
            #expect(try scanned(Self.whole) == Self.read(Self.whole))
            let cut = String(decoding: bytes[..<end], as: UTF8.self)
            #expect(try scanned(cut) == Self.read(cut), "\(end)")
            var changed = bytes
            changed[end] = UInt8(ascii: "1")
            let text = String(decoding: changed, as: UTF8.self)
            #expect(try scanned(text) == Self.read(text), "\(text)")
        }
    }

    @Test("labels and ids of more bytes than a worker writes are strangers'")
    func long() throws {
        let long = String(repeating: "x", count: 70_000)
        for text in [
            Self.whole.replacing("r-", with: long),
            Self.whole.replacing(#""label":"attack""#, with: #""label":"\#(long)""#),
        ] {
            #expect(try Self.scanned(text) == nil && Self.read(text) == nil)
        }
    }

    // MARK: - What is no JSON

    /// Read by a scanner that has seen the usual one before, by a new one, and by the reader.
    private static func readings(_ bytes: [UInt8]) throws -> [Verification.Prediction?] {
        let model = try ModelName("m")
        var warm = PredictionScanner(model: model, topic: "in")
        var fresh = warm
        let before = unsafe Array(whole.utf8).withUnsafeBufferPointer { unsafe warm.read($0) }
        #expect(before != nil)
        return unsafe bytes.withUnsafeBufferPointer {
            unsafe [
                warm.read($0), fresh.read($0),
                PredictionReader(model: model, topic: "in").read(bytes),
            ]
        }
    }

    @Test(
        "what no reader of JSON takes is no prediction",
        arguments: [
            (#""version":7"#, #""version":07"#), (#""epoch":12"#, #""epoch":012"#),
            (#""offset":42"#, #""offset":00042"#), (#""partition":3"#, #""partition":03"#),
            (#""score":-0.00"#, #""score":-00.00"#), (#""score":-0.00"#, #""score":-.00"#),
            (#""score":-0.0051223447106"#, #""score":1."#), ("0.25", "00.25"), ("0.25", ".25"),
            ("0.25", "inf"), ("0.25", "1e999"), ("0.25", "1.e5"), ("0.25", "+1"),
            (#":"attack","of""#, ":\"att\nack\",\"of\""),
            (#":"attack","of""#, ":\"att\u{1}ack\",\"of\""),
            (#":"attack","of""#, #":"\qattack","of""#),
            (#""of":"attack""#, "\"of\":\"\t\""), (#""of":"attack""#, #""of":"\u12""#),
            ("r-", "r\n"), ("r-", "r\u{0}"), ("r-", #"\q"#), ("r-", #"\u12"#), ("r-", #"\u+123"#),
            ("r-", #"\ud800"#), ("r-", #"\udc00\ud800"#),
        ])
    func noJSON(_ from: String, _ to: String) throws {
        let text = Self.whole.replacing(from, with: to, maxReplacements: 1)
        #expect(text != Self.whole)
        #expect(throws: SwerveError.self) {
            try JSONValue(parsing: Array(text.utf8), act: "reading")
        }
        #expect(try Self.readings(Array(text.utf8)) == [nil, nil, nil], "\(text.printable)")
    }

    @Test(
        "bytes that are not UTF-8 are no prediction, in no text of it",
        arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xC3], [0x80]] as [[UInt8]],
        [#":"att"#, #""of":"att"#, #""id":"r"#])
    func noUTF8(_ bytes: [UInt8], _ behind: String) throws {
        let parts = Self.whole.split(separator: behind, maxSplits: 1)
        let text = Array((parts[0] + behind).utf8) + bytes + Array(parts[1].utf8)
        #expect(try Self.readings(text) == [nil, nil, nil])
    }

    @Test("one label is the same however JSON spells it, and so is the class that is spoken of")
    func spelled() throws {
        let usual = try Self.read(Self.whole)
        for (from, to) in [
            (#""label":"attack""#, #""label":"\u0061ttack""#),
            (#""of":"attack""#, #""of":"attac\u006B""#),
        ] {
            let text = Self.whole.replacing(from, with: to)
            #expect(try Self.readings(Array(text.utf8)) == [usual, usual, usual])
        }
    }

    @Test("escapes and other scripts in an id are read at once, and stay as they are")
    func escapes() throws {
        for id in [#"\u00e9"#, #"\"\\\/\b\f\n\r\t"#, "é\u{202e}😀"] {
            let text = Self.whole.replacing(#"r-\"1"#, with: id)
            let found = try Self.readings(Array(text.utf8))
            #expect(found.allSatisfy { $0?.id == Array(id.utf8) })
            let reader = PredictionReader(model: try ModelName("m"), topic: "in")
            #expect(reader.fast(Array(text.utf8)) != nil)
        }
        let pair = Self.whole.replacing("r-", with: #"\ud83d\ude00"#)
        #expect(try Self.readings(Array(pair.utf8)).allSatisfy { $0 != nil })
    }
}
