import Foundation
import Lifecycle
import Scoring
import TestSupport
import Testing

@Suite("Scorer")
struct ScorerTests {
    private static let featurizer = Recipes.featurizer(Recipes.ngrams(.byte, features: 256))

    private static func model(
        _ weights: [Double]? = nil, intercept: Double = 0.25, logistic: Bool = false
    ) -> Model {
        let weights = weights ?? (0..<256).map { Double($0 % 7) - 3 }
        return Model(
            classes: ["1", "-1"], weights: weights, intercept: intercept, isLogistic: logistic)
    }

    private static func scorer(
        _ model: Model = model(), labels: [String: String] = [:], threshold: Double = 0
    ) throws -> Scorer {
        try Scorer(featurizer: featurizer, model: model, labels: labels, threshold: threshold)
    }

    @Test("a decision agrees with the one by the book")
    func decision() throws {
        let scorer = try Self.scorer()
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<100 {
            let text = (0..<Int.random(in: 0...60, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let verdict = scorer.score(text)
            let expected = try #require(scorer.referenceScore(text))
            #expect(SelfTest.agree(expected: expected, got: verdict.score))
            #expect(verdict.classIndex == (expected > 0 ? 0 : 1))
        }
        #expect(scorer.score([]) == Verdict(score: 0.25, classIndex: 0))
    }

    @Test("the first class needs a decision above the threshold, not at it")
    func threshold() throws {
        #expect(try Self.scorer(threshold: 0.25).score([]).classIndex == 1)
        #expect(try Self.scorer(threshold: 0.249).score([]).classIndex == 0)
    }

    @Test("one featurization serves two scorers with equal featurizers")
    func sharing() throws {
        let stable = try Self.scorer()
        let candidate = try Self.scorer(Self.model(intercept: -9))
        #expect(stable.featurizer == candidate.featurizer)
        let buffer = FeatureBuffer()
        let text = Array("GET /".utf8)
        stable.featurizer.features(of: text, into: buffer)
        #expect(stable.score(buffer, ScoreOutput()) == stable.score(text))
        #expect(candidate.score(buffer, ScoreOutput()) == candidate.score(text))
        #expect(Self.featurizer != Recipes.featurizer(Recipes.ngrams(.byte, features: 128)))
    }

    @Test("labels take their names from the map, the rest their class")
    func labels() throws {
        #expect(try Self.scorer().labels == ["1", "-1"])
        let scorer = try Self.scorer(labels: ["normal": "-1", "at\"tack": "+1"])
        #expect(scorer.labels == ["at\"tack", "normal"])
        #expect(scorer.labelBytes[1] == Array("normal".utf8))
        #expect(scorer.labelJSON[0] == Array("\"at\\\"tack\"".utf8))
        #expect(try Self.scorer(labels: ["attack": "1"]).labels == ["attack", "-1"])
    }

    @Test(
        "labels that do not fit the model are refused",
        arguments: [
            (["attack": "2"], "names class '2'"),
            (["1": "attack"], "write it attack=1; its classes are"),
            (["a": "1", "b": "1"], "'a' and 'b' both name class '1'"),
            (["-1": "1"], "two classes would be called '-1'"),
            (["": "1"], "empty name"),
        ])
    func wrongLabels(labels: [String: String], words: String) {
        let error = #expect(throws: SwerveError.self) { try Self.scorer(labels: labels) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test("another threshold and other labels share the weights and change what they name alone")
    func overridden() throws {
        let scorer = try Self.scorer(labels: ["attack": "1", "normal": "-1"], threshold: 0.25)
        let lower = try scorer.with(threshold: 0.125)
        #expect(scorer.score([]) == Verdict(score: 0.25, classIndex: 1))
        #expect(lower.score([]) == Verdict(score: 0.25, classIndex: 0))
        #expect(lower.labels == ["attack", "normal"])
        let weights = try [scorer, lower].map { one in
            try unsafe #require(one.model.linear).weights.withUnsafeBufferPointer {
                Int(bitPattern: $0.baseAddress)
            }
        }
        #expect(weights[0] == weights[1])

        let renamed = try scorer.with(labels: ["bad": "1"])
        #expect(renamed.labels == ["bad", "-1"] && renamed.threshold == 0.25)
        #expect(renamed.labelJSON[0] == Array("\"bad\"".utf8))
        #expect(try renamed.with().labels == ["bad", "-1"])
        for wrong in [Double.nan, .infinity] {
            #expect(throws: SwerveError.self) { try scorer.with(threshold: wrong) }
        }
        let error = #expect(throws: SwerveError.self) { try scorer.with(labels: ["bad": "2"]) }
        #expect(error?.reason.contains("names class '2'") == true)
    }

    @Test("weights that are not as many as the features, and a threshold of NaN, are refused")
    func wrongShape() {
        #expect(throws: SwerveError.self) { try Self.scorer(Self.model([1, 2])) }
        #expect(throws: SwerveError.self) { try Self.scorer(threshold: .nan) }
    }

    @Test("a score that is not finite is recognisable")
    func notFinite() throws {
        let huge = [Double](repeating: .greatestFiniteMagnitude, count: 256)
        let verdict = try Self.scorer(Self.model(huge)).score(
            [UInt8](repeating: 0x61, count: 50))
        #expect(!verdict.isFinite)
    }

    @Test("a logistic model gives the probability of its first class, others none")
    func probability() throws {
        func probability(_ decision: Double, logistic: Bool) throws -> Double? {
            let scorer = try Self.scorer(Self.model(intercept: decision, logistic: logistic))
            let output = ScoreOutput()
            _ = scorer.score(OwnedInput(text: []), FeatureBuffer(), output)
            scorer.addProbabilities(output)
            return output.probabilityList.first
        }
        #expect(try probability(1, logistic: false) == nil)
        for step in -800...800 {
            let decision = Double(step)
            let expected = 1 / (1 + exp(-decision))
            let got = try #require(try probability(decision, logistic: true))
            #expect((expected - got).magnitude <= 4e-16 * max(expected, 1e-300))
        }
        #expect(try probability(0, logistic: true) == 0.5)
        #expect(try probability(.infinity, logistic: true) == 1)
        #expect(try probability(-.infinity, logistic: true) == 0)
        #expect(try probability(.nan, logistic: true)?.isNaN == true)
    }

    @Test("the self-test names the input whose decision differs")
    func selfTest() throws {
        let scorer = try Self.scorer()
        let good = GoldenInput(text: [], decision: 0.25)
        try SelfTest.run(scorer, on: [good, GoldenInput(text: [], decision: 0.25 + 9e-10)])
        for wrong in [0.25 + 1.1e-9, -0.25, .nan, .infinity] {
            let error = #expect(throws: SwerveError.self) {
                try SelfTest.run(scorer, on: [good, GoldenInput(text: [], decision: wrong)])
            }
            #expect(error?.code == .invalid)
            #expect(error?.reason.contains("golden input 2 of 2: expected") == true)
            #expect(error?.reason.contains("got 0.25") == true)
        }
    }
}
