import CText
import Lifecycle
import TestSupport
import Testing

@testable import Scoring

/// The way from a text to a decision without features, against features and the book.
@Suite("Text without features")
struct DirectTextTests {
    private static let recipes: [HashedNgrams] = [
        Recipes.ngrams(.byte, features: 1 << 18), Recipes.ngrams(.byte, features: 1),
        Recipes.ngrams(.byte, features: 2, norm: .l1), Recipes.ngrams(.byte, 3...3, features: 999),
        Recipes.ngrams(.byte, 2...5, features: 262_143, norm: .l1),
        Recipes.ngrams(.byte, 1...16, features: 1 << 20, norm: nil),
        Recipes.ngrams(.byte, 2...2, features: 65_521, alternateSign: false),
        Recipes.ngrams(.char, features: 1 << 18), Recipes.ngrams(.char, features: 7, norm: nil),
        Recipes.ngrams(.char, 1...2, features: 65_537, alternateSign: false, norm: .l1),
        Recipes.ngrams(.char, 3...4, lowercase: false),
        Recipes.ngrams(.word, 1...2, features: 1 << 18), Recipes.ngrams(.word, features: 3),
        Recipes.ngrams(.word, 2...3, features: 65_537, alternateSign: false, norm: .l1),
        Recipes.ngrams(.word, 1...4, norm: nil, options: Tokens.options(#"\b[a-z]+\b"#)),
        Recipes.ngrams(.charWordBoundaries), Recipes.ngrams(.byte, features: 300, binary: true),
        Recipes.ngrams(.word, features: 300, binary: true),
    ]

    private static func scorer(_ recipe: HashedNgrams, seed: UInt64 = 5) throws -> Scorer {
        var generator = SeededGenerator(seed: seed)
        let weights = (0..<recipe.featureCount).map { _ in
            Double.random(in: -1...1, using: &generator)
        }
        return try Scorer(
            featurizer: Recipes.featurizer(recipe),
            model: Model(
                classes: ["1", "-1"], weights: weights, intercept: -0.25, isLogistic: false),
            labels: [:], threshold: 0)
    }

    private static func agree(_ one: Double, _ other: Double) -> Bool {
        (one - other).magnitude <= 1e-12 * max(1, other.magnitude)
    }

    /// Scores three ways, and twice: nothing may be left in the cells.
    private static func check(
        _ scorer: Scorer, _ text: [UInt8], _ buffer: FeatureBuffer, isByTheBook: Bool = true
    ) throws {
        let output = ScoreOutput()
        let input = OwnedInput(text: text)
        let direct = scorer.score(input, buffer, output).score
        scorer.featurizer.features(of: text, into: buffer)
        let listed = scorer.score(buffer, output).score
        #expect(agree(direct, listed), "\(text.prefix(200))")
        #expect(scorer.score(input, buffer, output).score == direct)
        if isByTheBook {
            let expected = try #require(scorer.referenceScore(text))
            #expect(agree(direct, expected), "\(text.prefix(200))")
        }
    }

    @Test("decisions are those of the features, and those by the book", arguments: recipes.indices)
    func agreement(recipe: Int) throws {
        let scorer = try Self.scorer(Self.recipes[recipe])
        let buffer = FeatureBuffer()
        var generator = SeededGenerator(seed: UInt64(recipe))
        for round in 0..<120 {
            try Self.check(
                scorer, Vocabularies.text(round, upTo: round < 60 ? 20 : 300, &generator), buffer)
        }
        for length in 0...20 {
            try Self.check(scorer, Array("GET /a?b=1 \n zzzzzzz".utf8.prefix(length)), buffer)
        }
    }

    @Test("the short way is taken where it should be, and left where it must be")
    func choice() throws {
        for (index, recipe) in Self.recipes.enumerated() {
            let scorer = try Self.scorer(recipe)
            #expect((scorer.direct != nil) == (index < 15))
            // Another threshold does not build it again.
            #expect(try scorer.with(threshold: 1).direct === scorer.direct)
        }
        func model(_ weights: [Double], precision: Model.Precision = .double) -> Model {
            Model(
                task: .classification, classes: ["1", "0"], rule: .single,
                function: .linear(LinearWeights(weights: weights, intercepts: [0])),
                precision: precision)
        }
        let spec = FeaturizerSpec(hashedNgrams: Recipes.ngrams(.byte, features: 2))
        #expect(DirectText(spec, model([1, 2])) != nil)
        // Not finite, so large that sums overflow one way alone, too few, float32.
        #expect(DirectText(spec, model([1, .infinity])) == nil)
        #expect(DirectText(spec, model([1, .nan])) == nil)
        #expect(DirectText(spec, model([1, 1e300])) == nil)
        #expect(DirectText(spec, model([1])) == nil)
        #expect(DirectText(spec, model([1, 2], precision: .single)) == nil)
    }

    @Test("texts of more n-grams than a chunk, and of a megabyte, agree")
    func longTexts() throws {
        var generator = SeededGenerator(seed: 2)
        let letters = Array("abcdefghijklmnopqrstuvwxyz /?=&%0123456789".utf8)
        let text = (0..<1 << 20).map { _ in letters.randomElement(using: &generator) ?? 0 }
        let scorers = try Self.recipes.prefix(15).map { try Self.scorer($0) }
        let terms = try Vocabularies.scorer(
            Vocabularies.recipe(Vocabularies.Options(), &generator), &generator
        ).scorer
        let chunk = FeatureScratch.chunkNgrams
        var edges: [Int] = []
        for places in [chunk / 3, chunk] { edges += (places - 1)...(places + 2) }
        for scorer in scorers + [terms] {
            let buffer = FeatureBuffer()
            for size in edges {
                try Self.check(scorer, Array(text.prefix(size)), buffer, isByTheBook: false)
            }
        }
        for scorer in [scorers[0], terms] {
            try Self.check(scorer, text, FeatureBuffer(), isByTheBook: false)
        }
    }

    @Test("scorers of different spaces take turns with one buffer")
    func sharedBuffer() throws {
        let scorers = try Self.recipes.map { try Self.scorer($0) }
        let buffer = FeatureBuffer()
        let output = ScoreOutput()
        var generator = SeededGenerator(seed: 8)
        for round in 0..<40 {
            let input = OwnedInput(text: Vocabularies.text(round, upTo: 120, &generator))
            for scorer in scorers {
                #expect(
                    scorer.score(input, buffer, output)
                        == scorer.score(input, FeatureBuffer(), ScoreOutput()))
            }
        }
    }

    @Test("a record without a text has the fault and no score")
    func noText() throws {
        let verdict = try Self.scorer(Self.recipes[0]).score(
            OwnedInput(dense: [1]), FeatureBuffer(), ScoreOutput())
        #expect(verdict.fault == .missingView(.text) && verdict.score.isNaN)
    }

    @Test("every level of the machine counts as the plain loop does")
    func levels() throws {
        var generator = SeededGenerator(seed: 3)
        for round in 0..<80 {
            let text = Vocabularies.text(round, upTo: round < 40 ? 60 : 150, &generator) + [0x2F]
            for (features, alternate) in [(1 << 12, true), (1, true), (1_000, false)] {
                for lengths in [1...3, 2...2, 1...9] {
                    let expected = Self.plain(text, lengths, features, alternate)
                    for level in 0...ctext_level() {
                        let got = Self.counted(level, text, lengths, features, alternate)
                        #expect(got.met == expected.met && got.counts == expected.counts)
                    }
                }
            }
        }
    }

    /// The slots in the order in which they are met, and the count of each.
    private static func plain(
        _ text: [UInt8], _ lengths: ClosedRange<Int>, _ features: Int, _ alternate: Bool
    ) -> (met: [UInt32], counts: [Int32]) {
        let ngrams = ReferenceNgrams.occurrences(
            in: text, analyzer: .byte, lengths: lengths, lowercase: false)
        var met: [UInt32] = []
        var counts: [UInt32: Int32] = [:]
        for ngram in ngrams {
            let hash = Int64(Int32(bitPattern: MurmurHash3.hash32(ngram.key, seed: 0)))
            let slot = UInt32(hash.magnitude % UInt64(features))
            if counts[slot] == nil { met.append(slot) }
            counts[slot, default: 0] += alternate && hash < 0 ? -1 : 1
        }
        return (met, met.map { counts[$0] ?? 0 })
    }

    private static func counted(
        _ level: Int32, _ text: [UInt8], _ lengths: ClosedRange<Int>, _ features: Int,
        _ alternate: Bool
    ) -> (met: [UInt32], counts: [Int32]) {
        let ngrams = text.count * lengths.count
        var slots = [UInt32](repeating: 0, count: ngrams)
        var steps = [Int32](repeating: 0, count: ngrams)
        var cells = [Int32](repeating: 0, count: features)
        let weights = [Double](repeating: 0, count: features)
        var met = [UInt32](
            repeating: 0, count: min(features, ngrams) + Int(CTEXT_MET_SPARE))
        let count = unsafe ctext_count(
            level, text, text.count, text.count, lengths.lowerBound, lengths.upperBound,
            UInt32(features), alternate ? 1 : 0, &slots, &steps, &cells, weights, &met, 0)
        let found = Array(met.prefix(count))
        return (found, found.map { cells[Int($0)] >> 1 })
    }

    @Test("the hash of -2^31 has a slot in every space, at every level")
    func smallestHash() throws {
        let text = Array("\u{5087}\u{9325}\u{4E0B}".utf8)
        for features in [1 << 18, 1_000, 999_983] {
            for level in 0...ctext_level() {
                let got = Self.counted(level, text, 9...9, features, true)
                #expect(got.met == [UInt32((Int(Int32.max) - (features - 1)) % features)])
                #expect(got.counts == [-1])
            }
        }
    }
}
