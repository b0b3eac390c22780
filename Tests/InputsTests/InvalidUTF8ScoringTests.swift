import Foundation
import Inputs
import Lifecycle
import Scoring
import Testing

/// Requests that are no UTF-8: byte features see their very bytes, character features U+FFFD.
///
/// Held against sums that this file computes by itself, as scikit-learn's HashingVectorizer would.
@Suite("Scores of bytes that are no UTF-8")
struct InvalidUTF8ScoringTests {
    struct Request: Sendable, CustomTestStringConvertible {
        /// Of the path, behind `/`.
        let bytes: [UInt8]
        /// What character features see instead.
        let characters: String
        var testDescription: String { "\(bytes)" }
    }

    private static let requests = [
        Request(bytes: [0xFF], characters: "\u{FFFD}"),
        Request(bytes: [0x61, 0xC3, 0x28], characters: "a\u{FFFD}("),
        Request(bytes: [0xE2, 0x82, 0x62], characters: "\u{FFFD}b"),
        Request(
            bytes: [0xC0, 0xAF, 0xED, 0xA0, 0x80],
            characters: String(repeating: "\u{FFFD}", count: 5)),
        Request(bytes: [0xF0, 0x9F, 0x98, 0xC3, 0xA9], characters: "\u{FFFD}é"),
        Request(bytes: [0x80, 0x80, 0x27, 0xFE], characters: "\u{FFFD}\u{FFFD}'\u{FFFD}"),
    ]

    /// The request in each format, all of the text `GET /` + bytes + LF.
    private func texts(_ bytes: [UInt8]) throws -> [[UInt8]] {
        let plan = try LogPlan(.nginx(#""$request" $status"#, escape: .backslash))
        let escaped = bytes.flatMap { byte in
            Array("\\x\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))".utf8)
        }
        let text = Array("GET /".utf8) + bytes + [0x0A]
        func line(_ path: [UInt8]) -> [UInt8] {
            Array("\"GET /".utf8) + path + Array(" HTTP/1.1\" 200".utf8)
        }
        let records: [(InputSettings.Format, [UInt8])] = [
            (.text, text), (.log(LogSettings(plan: plan)), line(bytes)),
            (.log(LogSettings(plan: plan)), line(escaped)),
            (
                .json(.standard),
                Array(#"{"method":"GET","path":"/"#.utf8) + bytes + Array(#""}"#.utf8)
            ),
            (
                .json(.standard),
                Array("{\"text_b64\":\"\(Data(text).base64EncodedString())\"}".utf8)
            ),
        ]
        return try records.map { format, record in
            let parsed = Parsed(record, with: try RecordDecoder(InputSettings(format: format)))
            #expect(parsed.reason == nil)
            return parsed.text
        }
    }

    private static let features = 64
    private static let weights = (0..<features).map { Double(($0 &* 37) % 64) / 32 - 1 }

    private func score(_ text: [UInt8], _ analyzer: HashedNgrams.Analyzer) throws -> Double {
        let ngrams = HashedNgrams(
            analyzer: analyzer, ngramRange: 1...3, featureCount: Self.features,
            alternateSign: true, lowercase: false, norm: .l2, binary: false)
        let scorer = try Scorer(
            featurizer: Featurizer(ngrams),
            model: Model(
                classes: ["1", "-1"], weights: Self.weights, intercept: -0.25, isLogistic: false),
            labels: [:], threshold: 0)
        return scorer.score(OwnedInput(text: text), FeatureBuffer(), ScoreOutput()).score
    }

    /// Of n-grams of 1 to 3 of these pieces, by their bytes.
    private func expected(_ pieces: [[UInt8]]) -> Double {
        var sums = [Double](repeating: 0, count: Self.features)
        for length in 1...3 {
            for start in pieces.indices.dropLast(length - 1) {
                let hash = murmur(pieces[start..<(start + length)].flatMap { $0 })
                let place = Int(hash.magnitude) % Self.features
                sums[place] += hash < 0 ? -1 : 1
            }
        }
        let norm = sums.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return zip(sums, Self.weights).reduce(-0.25) { $0 + $1.0 / norm * $1.1 }
    }

    /// MurmurHash3, x86, 32 bits, seed 0.
    private func murmur(_ bytes: [UInt8]) -> Int32 {
        func turned(_ word: UInt32, _ bits: UInt32) -> UInt32 {
            word << bits | word >> (32 - bits)
        }
        func mixed(_ word: UInt32) -> UInt32 { turned(word &* 0xCC9E_2D51, 15) &* 0x1B87_3593 }
        var hash: UInt32 = 0
        var rest = bytes[...]
        while rest.count >= 4 {
            let word = rest.prefix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            hash = turned(hash ^ mixed(word), 13) &* 5 &+ 0xE654_6B64
            rest = rest.dropFirst(4)
        }
        if !rest.isEmpty {
            hash ^= mixed(rest.reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) })
        }
        hash ^= UInt32(bytes.count)
        hash = (hash ^ hash >> 16) &* 0x85EB_CA6B
        hash = (hash ^ hash >> 13) &* 0xC2B2_AE35
        return Int32(bitPattern: hash ^ hash >> 16)
    }

    @Test("byte features see the very bytes, in every format", arguments: requests)
    func bytes(_ request: Request) throws {
        let wanted = Array("GET /".utf8) + request.bytes + [0x0A]
        let score = expected(wanted.map { [$0] })
        for text in try texts(request.bytes) {
            #expect(text == wanted)
            #expect(abs(try self.score(text, .byte) - score) < 1e-12)
        }
    }

    @Test("character features see U+FFFD for what is none, in every format", arguments: requests)
    func characters(_ request: Request) throws {
        let score = expected(
            "GET /\(request.characters)\n".unicodeScalars.map { Array(String($0).utf8) })
        for text in try texts(request.bytes) {
            #expect(abs(try self.score(text, .char) - score) < 1e-12)
        }
        // The two kinds of features do not see the same.
        let wanted = Array("GET /".utf8) + request.bytes + [0x0A]
        #expect(abs(expected(wanted.map { [$0] }) - score) > 1e-6)
    }
}
