import Lifecycle
import TestSupport
import Testing

@testable import Scoring

/// Scores of text are the same to the last bit, whichever machine makes them.
///
/// They are added in one order, that of the n-grams' first times, in four sums: so a version's
/// scores stay what they were when its predictions are replayed. Held here
/// against that order written out.
@Suite("The order in which scores of text are summed")
struct SummationOrderTests {
    private static let intercept = -0.25

    /// Four sums, which the terms go to in turn.
    private struct Sums {
        var dots = [0.0, 0, 0, 0]
        var norms = [0.0, 0, 0, 0]

        mutating func add(_ value: Double, weight: Double, lane: Int, isL1: Bool) {
            norms[lane] += isL1 ? value.magnitude : value * value
            dots[lane] += value * weight
        }

        func decision(_ norm: HashedNgrams.Norm?) -> Double {
            let dot = (dots[0] + dots[1]) + (dots[2] + dots[3])
            let sum = (norms[0] + norms[1]) + (norms[2] + norms[3])
            let divisor =
                switch norm {
                case .l2: sum.squareRoot()
                case .l1: sum
                case nil: 1.0
                }
            return dot / (divisor == 0 ? 1 : divisor) + SummationOrderTests.intercept
        }
    }

    /// Counts by feature, and the features in the order of their first times.
    private struct Counts {
        var counts: [Int: Int] = [:]
        var order: [Int] = []

        mutating func add(_ feature: Int, _ step: Int) {
            if counts[feature] == nil { order.append(feature) }
            counts[feature, default: 0] += step
        }
    }

    /// What n-grams are cut of, one byte a unit; nil for a text that is not ASCII.
    private static func units(
        _ text: [UInt8], _ analyzer: HashedNgrams.Analyzer, lowercase: Bool
    ) -> [UInt8]? {
        guard analyzer == .char else { return text }
        guard text.allSatisfy({ $0 < 0x80 }) else { return nil }
        return ReferenceNgrams.prepared(text, lowercase: lowercase).map {
            UInt8(truncatingIfNeeded: $0.scalar.value)
        }
    }

    /// The first bytes of the n-grams that are counted together, shorter ones first.
    private static func chunks(_ count: Int, lengths: Int) -> [Range<Int>] {
        let places = FeatureScratch.chunkNgrams / lengths
        return stride(from: 0, to: count, by: places).map { $0..<min(count, $0 + places) }
    }

    private static func plainly(
        _ text: [UInt8], _ recipe: HashedNgrams, _ weights: [Double]
    ) -> Double? {
        guard let units = units(text, recipe.analyzer, lowercase: recipe.lowercase) else {
            return nil
        }
        var counts = Counts()
        for chunk in chunks(units.count, lengths: recipe.ngramRange.count) {
            for length in recipe.ngramRange {
                for place in chunk where place + length <= units.count {
                    let hash = Int32(
                        bitPattern: MurmurHash3.hash32(units[place..<place + length], seed: 0))
                    counts.add(
                        Int(hash.magnitude) % recipe.featureCount,
                        recipe.alternateSign && hash < 0 ? -1 : 1)
                }
            }
        }
        var sums = Sums()
        let whole = counts.order.count / 4 * 4
        for (position, feature) in counts.order.enumerated() {
            sums.add(
                Double(counts.counts[feature] ?? 0), weight: weights[feature],
                lane: position < whole ? position % 4 : 0, isL1: recipe.norm == .l1)
        }
        return sums.decision(recipe.norm)
    }

    private static func plainly(
        _ text: [UInt8], _ recipe: TfidfNgrams, _ weights: [Double]
    ) -> Double? {
        guard let units = units(text, recipe.analyzer, lowercase: recipe.lowercase) else {
            return nil
        }
        let features = Dictionary(
            uniqueKeysWithValues: recipe.vocabulary.enumerated().map { ($1, $0) })
        var counts = Counts()
        for place in units.indices {
            for length in 1...3 where place + length <= units.count {
                guard let feature = features[Array(units[place..<place + length])] else { continue }
                counts.add(feature, 1)
            }
        }
        var sums = Sums()
        for (position, feature) in counts.order.enumerated() {
            sums.add(
                Double(counts.counts[feature] ?? 0) * (recipe.idf?[feature] ?? 1),
                weight: weights[feature], lane: position % 4, isL1: recipe.norm == .l1)
        }
        return sums.decision(recipe.norm)
    }

    /// Every length around the groups that are hashed at once, empty, one letter over and over, cut
    /// ones, and random bytes; short and long by turns.
    private static func texts(_ generator: inout SeededGenerator) -> [[UInt8]] {
        let request = Array("POST /shop/pay.jsp?id=3&name=O%27Hara HTTP/1.1\nmode=insert&x=1".utf8)
        var texts = (0...90).map { length in
            (0..<length).map { request[$0 % request.count] }
        }
        texts += (0...50).map { [UInt8](repeating: 0x61, count: $0) }
        texts += (0..<80).map { Vocabularies.text($0, upTo: 400, &generator) }
        let chunk = FeatureScratch.chunkNgrams
        for length in [chunk / 3 - 1, chunk / 3, chunk / 3 + 1, chunk - 1, chunk, chunk + 9] {
            texts.append((0..<length).map { _ in request.randomElement(using: &generator) ?? 0 })
        }
        return texts.shuffled(using: &generator)
    }

    private static let hashed: [HashedNgrams] = [
        Recipes.ngrams(.byte, features: 1 << 18), Recipes.ngrams(.byte, features: 1),
        Recipes.ngrams(.byte, features: 16, norm: .l1), Recipes.ngrams(.byte, features: 1_000),
        Recipes.ngrams(.byte, 2...2, features: 77, alternateSign: false, norm: nil),
        Recipes.ngrams(.byte, 3...3, features: 64), Recipes.ngrams(.byte, 2...5, features: 4_096),
        Recipes.ngrams(.byte, 1...16, features: 65_537), Recipes.ngrams(.char, features: 1 << 18),
        Recipes.ngrams(.char, 1...2, features: 300, norm: .l1),
    ]

    private static func weights(_ count: Int, _ generator: inout SeededGenerator) -> [Double] {
        (0..<count).map { _ in Double.random(in: -1...1, using: &generator) }
    }

    private static func check(
        _ scorer: Scorer, _ texts: [[UInt8]], _ plainly: ([UInt8]) -> Double?
    ) throws {
        try #require(scorer.direct != nil)
        let buffer = FeatureBuffer()
        let output = ScoreOutput()
        var held = 0
        for text in texts {
            guard let expected = plainly(text) else { continue }
            let score = scorer.score(OwnedInput(text: text), buffer, output).score
            #expect(score.bitPattern == expected.bitPattern, "\(text.prefix(100))")
            held += 1
        }
        #expect(held > 150)
    }

    @Test("of hashed n-grams", arguments: hashed.indices)
    func hashedNgrams(index: Int) throws {
        let recipe = Self.hashed[index]
        var generator = SeededGenerator(seed: UInt64(index))
        let weights = Self.weights(recipe.featureCount, &generator)
        let scorer = try Scorer(
            featurizer: Recipes.featurizer(recipe),
            model: Model(
                classes: ["1", "-1"], weights: weights, intercept: Self.intercept,
                isLogistic: false), labels: [:], threshold: 0)
        try Self.check(scorer, Self.texts(&generator)) { Self.plainly($0, recipe, weights) }
    }

    @Test(
        "of terms",
        arguments: [
            Vocabularies.Options(), Vocabularies.Options(norm: .l1, hasIDF: false),
            Vocabularies.Options(lengths: 2...3, norm: nil),
            Vocabularies.Options(analyzer: .byte, lengths: 1...2, lowercase: false),
        ])
    func terms(options: Vocabularies.Options) throws {
        var generator = SeededGenerator(seed: 3)
        let recipe = try Vocabularies.recipe(options, &generator)
        let weights = Self.weights(recipe.featureCount, &generator)
        let scorer = try Scorer(
            featurizer: Featurizer(FeaturizerSpec(source: .tfidfNgrams(recipe))),
            model: Model(
                classes: ["1", "0"], weights: weights, intercept: Self.intercept,
                isLogistic: false), labels: [:], threshold: 0)
        try Self.check(scorer, Self.texts(&generator)) { Self.plainly($0, recipe, weights) }
    }

    @Test("of a long text between short ones")
    func longText() throws {
        let recipe = Self.hashed[0]
        var generator = SeededGenerator(seed: 11)
        let weights = Self.weights(recipe.featureCount, &generator)
        let scorer = try Scorer(
            featurizer: Recipes.featurizer(recipe),
            model: Model(
                classes: ["1", "-1"], weights: weights, intercept: Self.intercept,
                isLogistic: false), labels: [:], threshold: 0)
        let long = (0..<1 << 18).map { _ in UInt8.random(in: 32...126, using: &generator) }
        let buffer = FeatureBuffer()
        for text in [Array("GET /a\n".utf8), long, [], Array("GET /b?c=d\n".utf8)] {
            let score = scorer.score(OwnedInput(text: text), buffer, ScoreOutput()).score
            let expected = try #require(Self.plainly(text, recipe, weights))
            #expect(score.bitPattern == expected.bitPattern)
        }
    }
}
