import Lifecycle
import TestSupport
import Testing

@testable import Scoring

@Suite("Explanations")
struct ExplanationTests {
    private static func scorer(
        _ recipe: HashedNgrams, seed: UInt64 = 3, intercept: Double = 0.75
    ) throws -> Scorer {
        var generator = SeededGenerator(seed: seed)
        let weights = (0..<recipe.featureCount).map { _ in
            Double.random(in: -3...3, using: &generator)
        }
        return try Scorer(
            featurizer: Featurizer(recipe),
            model: Model(
                classes: ["1", "-1"], weights: weights, intercept: intercept, isLogistic: false),
            labels: [:], threshold: 0)
    }

    private static func ngrams(_ contribution: Explanation.Contribution) -> [NgramOrigin] {
        guard case .feature(_, _, _, .ngrams(let ngrams)) = contribution.subject else { return [] }
        return ngrams
    }

    @Test(
        "bias, contributions and rest add up to the decision, whatever is shown",
        arguments: HashedNgrams.Analyzer.allCases)
    func sums(analyzer: HashedNgrams.Analyzer) throws {
        let scorer = try Self.scorer(Recipes.ngrams(analyzer, features: 512))
        var generator = SeededGenerator(seed: 9)
        for top in [0, 1, 5, 10_000] {
            for _ in 0..<20 {
                let text = (0..<Int.random(in: 0...80, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                let input = OwnedInput(text: text)
                let explanation = try #require(scorer.explain(input, top: top))
                let sum = explanation.contributions.reduce(explanation.bias) { $0 + $1.value }
                let decision = scorer.score(text).score
                #expect((sum + explanation.rest - decision).magnitude <= 1e-12)
                #expect(explanation.decision == decision)
                #expect(explanation.contributions.count <= top)
                let amounts = explanation.contributions.map(\.value.magnitude)
                #expect(amounts == amounts.sorted(by: >))
                for contribution in explanation.contributions {
                    #expect(!Self.ngrams(contribution).isEmpty)
                }
            }
        }
    }

    @Test("a decision of the bias alone has no contributions and no rest")
    func empty() throws {
        let explanation = try #require(
            try Self.scorer(Recipes.ngrams(.byte)).explain(OwnedInput(text: []), top: 5))
        #expect(explanation.contributions.isEmpty)
        #expect(explanation.rest == 0 && explanation.restCount == 0)
        #expect(explanation.bias == 0.75)
    }

    @Test("n-grams that collide stand together, with their signs and counts")
    func collisions() throws {
        let recipe = Recipes.ngrams(.byte, 1...1, features: 1)
        let scorer = try Self.scorer(recipe)
        let explanation = try #require(
            scorer.explain(OwnedInput(text: Array("abcaaa".utf8)), top: 3))
        let only = try #require(explanation.contributions.first)
        #expect(explanation.contributions.count == 1)
        let ngrams = Self.ngrams(only)
        #expect(ngrams.map(\.text) == ["a", "b", "c"])
        #expect(ngrams.map(\.count) == [4, 1, 1])
        for ngram in ngrams {
            let cell = ReferenceFeatures.cell(of: Array(ngram.text.utf8), by: recipe)
            #expect(ngram.isNegative == cell.isNegative)
        }
    }

    @Test("places are counted from the beginning of the part that an n-gram begins in")
    func places() throws {
        // GET /ab?q=ab, line feed, ab
        let text = Array("GET /ab?q=ab\nab".utf8)
        let parts = RequestParts(method: 0..<3, path: 4..<7, query: 8..<12, body: 13..<15)
        let scorer = try Self.scorer(Recipes.ngrams(.byte, 2...2, features: 1 << 20))
        let explanation = try #require(
            scorer.explain(OwnedInput(text: text, parts: parts), top: 100))
        let found = explanation.contributions.flatMap(Self.ngrams)
        func places(_ ngram: String) -> [NgramOrigin.Place] {
            found.first { $0.text == ngram }?.places ?? []
        }
        #expect(
            places("ab") == [
                .init(part: "path", offset: 1), .init(part: "query", offset: 2),
                .init(part: "body", offset: 0),
            ])
        #expect(places("GE") == [.init(part: "method", offset: 0)])
        // A separator belongs to the part that it begins.
        #expect(places(" /") == [.init(part: "path", offset: 0)])
        #expect(places("b\n") == [.init(part: "query", offset: 3)])
        let plain = try #require(scorer.explain(OwnedInput(text: text), top: 100))
        #expect(
            plain.contributions.flatMap(Self.ngrams).first { $0.text == "GE" }?.places
                == [.init(part: "text", offset: 0)])
    }

    @Test("n-grams of lowered and folded text name the bytes that they came from")
    func sources() {
        let text = Array("A \t\u{130}B".utf8)
        let found = ReferenceNgrams.occurrences(
            in: text, analyzer: .char, lengths: 1...1, lowercase: true)
        #expect(
            found.map { String(decoding: $0.key, as: UTF8.self) } == [
                "a", " ", "i", "\u{307}", "b",
            ])
        #expect(found.map(\.source) == [0..<1, 1..<3, 3..<5, 3..<5, 5..<6])
        let words = ReferenceNgrams.occurrences(
            in: Array(" ab ".utf8), analyzer: .charWordBoundaries, lengths: 3...3, lowercase: true)
        #expect(words.map { String(decoding: $0.key, as: UTF8.self) } == [" ab", "ab "])
        #expect(words.map(\.source) == [1..<3, 1..<3])
        let broken = ReferenceNgrams.occurrences(
            in: [0x61, 0xE2, 0x82, 0x62], analyzer: .char, lengths: 1...1, lowercase: true)
        #expect(broken.map(\.source) == [0..<1, 1..<3, 3..<4])
        #expect(broken.map(\.key) == [[0x61], [0xEF, 0xBF, 0xBD], [0x62]])
    }
}
