import Foundation
import Lifecycle
import Scoring
import TestSupport
import Testing

@Suite("Featurizer")
struct FeaturizerTests {
    private static let alphabets: [[String]] = [
        ["a", "b"], ["G", "E", "T", " ", "/", "?", "=", "%", "\n"],
        [" ", "\t", "\n", "\u{1C}", "x", "Y"],
        ["a", "Σ", "ς", "İ", "'", "é", "\u{A0}", "\u{2028}", "日", "😀", " ", "\u{345}"],
    ]

    private static let recipes: [HashedNgrams] = [
        Recipes.ngrams(.byte, features: 1 << 18),
        Recipes.ngrams(.byte, features: 1),
        Recipes.ngrams(.byte, 2...5, features: 1_000, norm: .l1),
        Recipes.ngrams(.byte, 3...3, features: 300_007, alternateSign: false),
        Recipes.ngrams(.byte, 1...16, features: 1 << 20, norm: nil),
        Recipes.ngrams(.char, features: 1 << 24),
        Recipes.ngrams(.char, 1...1, features: 7, binary: true),
        Recipes.ngrams(.char, 2...4, features: 65_521, lowercase: false, norm: .l1),
        Recipes.ngrams(.charWordBoundaries, 1...3),
        Recipes.ngrams(.charWordBoundaries, 3...7, features: 999, norm: nil),
        Recipes.ngrams(.word, 1...2, features: 1 << 20),
        Recipes.ngrams(.word, 2...4, features: 999),
        Recipes.ngrams(.word, 1...16, lowercase: false, binary: true),
        Recipes.ngrams(.word, options: Tokens.options(#"\w+"#, accents: .unicode)),
        Recipes.ngrams(.word, 1...2, options: Tokens.options(#"\b[a-z]{1,}\b"#, stops: ["get"])),
        Recipes.ngrams(.word, 1...1, norm: .l1, options: Tokens.options(#"\S+"#, accents: .ascii)),
        Recipes.ngrams(.char, 1...3, options: TextOptions(stripAccents: .unicode)),
        Recipes.ngrams(.charWordBoundaries, 2...5, options: TextOptions(stripAccents: .ascii)),
    ]

    @Test("fast path, plain hash and reference agree on random texts", arguments: recipes.indices)
    func agreement(recipe: Int) {
        let ngrams = Self.recipes[recipe]
        let buffer = FeatureBuffer()
        var generator = SeededGenerator(seed: UInt64(recipe))
        for round in 0..<150 {
            let text = Self.text(round, &generator)
            let fast = Recipes.features(text, ngrams, buffer)
            #expect(fast == Recipes.features(text, ngrams, buffer, generic: true), "\(text)")
            #expect(fast == ReferenceFeatures.features(of: text, by: ngrams), "\(text)")
        }
    }

    private static func text(_ round: Int, _ generator: inout SeededGenerator) -> [UInt8] {
        let length = Int.random(in: 0...(round < 100 ? 12 : 300), using: &generator)
        let kind = round % (alphabets.count + 1)
        guard kind < alphabets.count else {
            return (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
        }
        return (0..<length).flatMap { _ -> [UInt8] in
            Array((alphabets[kind].randomElement(using: &generator) ?? "").utf8)
        }
    }

    @Test("more n-grams than one chunk are counted once each")
    func chunks() {
        let text = [UInt8](repeating: 0x41, count: 5_000)
        let ngrams = Recipes.ngrams(.byte, alternateSign: false, norm: nil)
        #expect(Recipes.features(text, ngrams).map(\.value).sorted() == [4_998, 4_999, 5_000])
    }

    @Test("a buffer serves featurizers of different spaces in turn")
    func sharedBuffer() {
        let buffer = FeatureBuffer()
        let text = Array("GET /a?b=c\n".utf8)
        for recipe in Self.recipes + Self.recipes.reversed() {
            #expect(
                Recipes.features(text, recipe, buffer)
                    == Recipes.features(text, recipe, FeatureBuffer()))
        }
    }

    @Test("an empty text has no features")
    func empty() {
        for recipe in Self.recipes {
            #expect(Recipes.features([], recipe).isEmpty)
        }
        #expect(Recipes.features(Array(" \t\n".utf8), Self.recipes[8]).isEmpty)
    }

    @Test("a cancelled feature stays stored as zero, and counts as one when binary")
    func cancelled() throws {
        // With one feature, n-grams of either sign meet in it.
        var generator = SeededGenerator(seed: 3)
        var met = 0
        while met < 5 {
            let text = (0..<6).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let features = Recipes.features(text, Recipes.ngrams(.byte, 1...1, features: 1))
            guard features == [Feature(index: 0, value: 0)] else { continue }
            met += 1
            let binary = Recipes.ngrams(.byte, 1...1, features: 1, binary: true)
            #expect(Recipes.features(text, binary) == [Feature(index: 0, value: 1)])
        }
    }

    @Test("a buffer gives its memory back")
    func memory() throws {
        // 200 buffers of 4 MiB: kept, they would be 800 MiB. The rest of the tests takes far less.
        let before = try Self.residentPages()
        for _ in 0..<200 {
            let ngrams = Recipes.ngrams(.byte, features: 1 << 20)
            #expect(Recipes.features([0x41], ngrams).count == 1)
        }
        let grownBytes = (try Self.residentPages() - before) * 4_096
        #expect(grownBytes < 400 << 20)
    }

    private static func residentPages() throws -> Int {
        let statm = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
        return try #require(Int(statm.split(separator: " ")[1]))
    }

    @Test("the hash of -2^31 has an index in every space")
    func smallestHash() {
        let text = Array("\u{5087}\u{9325}\u{4E0B}".utf8)
        for features in [1 << 18, 1_000, 999_983] {
            let ngrams = Recipes.ngrams(.char, 3...3, features: features, norm: nil)
            let index = (Int(Int32.max) - (features - 1)) % features
            #expect(Recipes.features(text, ngrams) == [Feature(index: index, value: -1)])
        }
    }
}
