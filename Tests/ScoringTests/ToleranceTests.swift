import Lifecycle
import Scoring
import Testing

@Suite("How far a decision may be from the expected one")
struct ToleranceTests {
    /// Two support vectors at the input, so that both kernel values are 1: the decision is small,
    /// and the sum of |coefficient times kernel value| is `2 * weight + 0.5`.
    private static func scorer(
        weight: Double, precision: Model.Precision = .double, rule: Model.Rule = .single
    ) throws -> Scorer {
        let isSingle = rule == .single
        let machine = KernelMachine(
            kernel: .rbf(gamma: 1), featureCount: 1, vectors: isSingle ? [1, 1] : [1, 1, 1],
            vectorCounts: isSingle ? [2] : [1, 1, 1],
            coefficients: isSingle
                ? [weight + 0.5, -weight] : [weight, -weight, 1, weight, -weight, 1],
            intercepts: isSingle ? [0] : [0, 0, 0])
        return try Scorer(
            featurizer: Recipes.featurizer(Recipes.ngrams(.byte, 1...1, features: 1)),
            model: Model(
                task: .classification, classes: isSingle ? ["a", "b"] : ["a", "b", "c"],
                rule: rule, function: .kernel(machine), precision: precision),
            labels: [:], threshold: 0)
    }

    private static func agrees(_ scorer: Scorer, _ difference: Double) -> Bool {
        let (buffer, output) = (FeatureBuffer(), ScoreOutput())
        buffer.put(dense: [1])
        _ = scorer.score(buffer, output)
        var expected = output.decisionList
        expected[0] += difference
        return SelfTest.agree(expected: expected, got: output, of: buffer, by: scorer)
    }

    @Test("of support vectors: 1e-13 of the sum of the terms' magnitudes, and 1e-12")
    func kernel() throws {
        let small = try Self.scorer(weight: 1)
        #expect(Self.agrees(small, 1.2e-12) && !Self.agrees(small, 1.3e-12))
        #expect(!Self.agrees(small, 1e-9), "tighter than a linear model's")
        let large = try Self.scorer(weight: 1e6)
        #expect(Self.agrees(large, 1.9e-7) && !Self.agrees(large, 2.1e-7))
        #expect(!Self.agrees(large, .nan) && !Self.agrees(large, .infinity))
    }

    @Test("told as one-vs-rest: a third of what a class's pairs may be off together")
    func asRest() throws {
        let scorer = try Self.scorer(weight: 1e6, rule: .oneVsOneAsRest)
        // The first class's pairs have three terms of a million between them.
        #expect(Self.agrees(scorer, 0.99e-7) && !Self.agrees(scorer, 1.01e-7))
    }

    @Test("of a model that counts in float32: 1e-5 of the terms")
    func single() throws {
        let scorer = try Self.scorer(weight: 1, precision: .single)
        #expect(Self.agrees(scorer, 3e-5) && !Self.agrees(scorer, 4e-5))
        let linear = try Scorer(
            featurizer: Recipes.featurizer(Recipes.ngrams(.byte, 1...1, features: 1)),
            model: Model(
                task: .regression, classes: [], rule: .single,
                function: .linear(LinearWeights(weights: [100], intercepts: [0])),
                precision: .single),
            labels: [:], threshold: 0)
        #expect(Self.agrees(linear, 9e-4) && !Self.agrees(linear, 1.1e-3))
    }

    @Test("an input that the model refuses has no decisions to agree on")
    func refused() throws {
        let scorer = try Self.scorer(weight: 1)
        let (buffer, output) = (FeatureBuffer(), ScoreOutput())
        #expect(!SelfTest.agree(expected: [], got: output, of: buffer, by: scorer))
        #expect(!SelfTest.agree(expected: [0], got: output, of: buffer, by: scorer))
    }
}
