import Foundation
import Lifecycle
import Scoring
import TestSupport
import Testing

@Suite("Lexical features")
struct LexicalFeatureTests {
    private let buffer = FeatureBuffer()
    private let featurizer: Featurizer

    init() throws { featurizer = try Featurizer(FeaturizerSpec(source: .lexical)) }

    /// All 30, zeros included.
    private func features(_ input: OwnedInput) -> [Double] {
        featurizer.features(of: input, into: buffer)
        #expect(buffer.fault == nil)
        return buffer.sortedFeatures().map(\.value)
    }

    private func features(_ text: String) -> [Double] {
        features(OwnedInput(text: Array(text.utf8)))
    }

    private func agree(_ one: [Double], _ other: [Double]) -> Bool {
        one.count == other.count && zip(one, other).allSatisfy { ($0 - $1).magnitude <= 1e-12 }
    }

    private static func request(_ parts: [[UInt8]]) -> OwnedInput {
        var text = parts[0] + [0x20] + parts[1]
        let pathEnd = text.count
        if !parts[2].isEmpty { text += [0x3F] + parts[2] }
        let queryEnd = text.count
        text += [0x0A] + parts[3]
        return OwnedInput(
            text: text,
            parts: RequestParts(
                method: 0..<parts[0].count, path: (parts[0].count + 1)..<pathEnd,
                query: (queryEnd - parts[2].count)..<queryEnd, body: (queryEnd + 1)..<text.count))
    }

    @Test(
        "every vector of the reference agrees",
        .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
    func vectors() throws {
        let texts = try ReferenceVectors.texts()
        let lines = try ReferenceVectors.lines("features.jsonl")
        #expect(lines.count > 200)
        for line in lines {
            let id = try #require(line["id"]?.string)
            let expected = try #require(line["x"]?.array).compactMap(\.double)
            let text = try #require(texts[id])
            let got = features(OwnedInput(text: text))
            #expect(agree(got, expected), "\(id): \(got) \(expected)")
        }
    }

    @Test("random requests agree with the definition, counted by the book")
    func random() {
        var generator = SeededGenerator(seed: 30)
        let pieces = [
            "%", "%2", "%41", "%2e", "%2E%2e", "+", "..", "...", "--", "---", "/*", "/*/", "#", "&",
            "=", "select", "SeLeCt", "javascript", "xjavascript", "JAVASCRIPT", "benchmark", "_or",
            "or", " or ", "etc/passwd", "\u{7F}", "\n", "?", "'\"`", "<>()", "é", "POST", "\0",
            "incinc", "document.cookie", "configuration", "averyveryverylongtoken",
        ].map { Array($0.utf8) }
        for _ in 0..<600 {
            let parts = (0..<4).map { _ in
                (0..<Int.random(in: 0...9, using: &generator)).flatMap { _ -> [UInt8] in
                    Bool.random(using: &generator)
                        ? pieces.randomElement(using: &generator) ?? []
                        : [.random(in: .min ... .max, using: &generator)]
                }
            }
            let expected = ReferenceFeatures.lexical(
                method: parts[0], path: parts[1], query: parts[2], body: parts[3]
            ) {
                Foundation.log2($0)
            }
            let got = features(Self.request(parts))
            #expect(agree(got, expected), "\(parts): \(got) \(expected)")
        }
    }

    @Test("a long text agrees too, above all tables")
    func long() {
        let parts = [
            Array("POST".utf8), Array("/a".utf8), [],
            (0..<70_000).map { UInt8(truncatingIfNeeded: ($0 &* 2_654_435_761) >> 13) },
        ]
        let expected = ReferenceFeatures.lexical(
            method: parts[0], path: parts[1], query: parts[2], body: parts[3]
        ) {
            Foundation.log2($0)
        }
        #expect(agree(features(Self.request(parts)), expected))
        let even = features(OwnedInput(text: [UInt8](repeating: 0x41, count: 100_000)))
        #expect(even[21] == 0)
    }

    @Test("the parts are those of the record, whatever stands in them")
    func parts() {
        let named = Self.request(["GET", "/a?b c", "d\ne", "f"].map { Array($0.utf8) })
        let values = features(named)
        #expect(Array(values[1...3]) == [6, 3, 1])
        var plain = named
        plain.parts = nil
        #expect(Array(features(plain)[1...3]) == [2, 5, 3])
    }

    @Test(
        "a text of any shape is split, and none is an error",
        arguments: [
            ("", [0, 0, 0, 0]), ("\n", [1, 0, 0, 0]), ("GET", [3, 3, 0, 0]),
            ("GET /a?b", [8, 2, 1, 0]), ("GET /a?\nx", [9, 2, 0, 1]), ("a?b\nc d", [7, 1, 1, 3]),
            ("GET  ?? \n\n", [10, 1, 2, 1]), (" ", [1, 0, 0, 0]), ("POST", [4, 4, 0, 0]),
        ] as [(String, [Double])])
    func shapes(text: String, lengths: [Double]) {
        let values = features(text)
        #expect(Array(values[0...3]) == lengths)
        #expect(!values.contains { !$0.isFinite })
        #expect(values[29] == 0)
    }

    @Test("names and features are as many, and no name comes twice")
    func names() {
        #expect(LexicalFeatures.names.count == 30)
        #expect(Set(LexicalFeatures.names).count == 30)
        #expect(features("POST /\n").last == 1)
    }
}
