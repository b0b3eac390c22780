import Lifecycle
import TestSupport
import Testing

@testable import Scoring

/// Ensembles over real features: hyperplanes side by side, machines, explanations.
@Suite("Ensembles and their features")
struct EnsembleTests {
    private static let members = 3

    private static func numbers(_ count: Int, _ generator: inout SeededGenerator) -> [Double] {
        (0..<count).map { _ in Double.random(in: -2...2, using: &generator) }
    }

    private static func calibration(_ each: Int, _ kind: Int) -> Calibration {
        var generator = SeededGenerator(seed: 7)
        let count = members * each
        switch kind {
        case 0:
            let slopes = (0..<count).map { _ in -Double.random(in: 0.5...2, using: &generator) }
            return Calibration(
                members: members, curves: .sigmoid(a: slopes, b: numbers(count, &generator)))
        case 1:
            return Calibration(
                members: members,
                curves: .isotonic(
                    IsotonicCurves(
                        starts: (0...count).map { $0 * 3 },
                        x: (0..<count).flatMap { _ in [-2.0, 0.25, 3] },
                        y: (0..<count).flatMap { [0.05, 0.3 + Double($0) / 100, 0.9] })))
        default:
            return Calibration(members: members, curves: .temperature(beta: [0.5, 1, 1.5]))
        }
    }

    private static func model(
        classes: Int, features: Int, _ kind: Int, function: DecisionFunction? = nil
    ) -> Model {
        var generator = SeededGenerator(seed: 11)
        let each = classes == 2 ? 1 : classes
        let linear = LinearWeights(
            weights: numbers(members * each * features, &generator),
            intercepts: numbers(members * each, &generator))
        return Model(
            task: .classification, classes: (0..<classes).map { "c\($0)" },
            positive: classes == 2 ? 1 : 0, rule: classes == 2 ? .single : .oneVsRest,
            function: function ?? .linear(linear), probability: .decisions,
            calibration: calibration(each, kind))
    }

    private static func machine(_ counts: [Int], seed: UInt64) -> KernelMachine {
        var generator = SeededGenerator(seed: seed)
        let vectors = counts.reduce(0, +)
        return KernelMachine(
            kernel: .rbf(gamma: 0.3), featureCount: 3, vectors: numbers(vectors * 3, &generator),
            vectorCounts: counts,
            coefficients: numbers(vectors * (counts.count - 1), &generator),
            intercepts: numbers(counts.count * (counts.count - 1) / 2, &generator))
    }

    private static func dense(_ model: Model) throws -> Scorer {
        try Scorer(
            featurizer: Featurizer(
                FeaturizerSpec(parsing: Array(#"{"steps":[{"dense":{}}]}"#.utf8), file: "spec"),
                modelFeatures: model.featureCount), model: model, labels: [:],
            threshold: model.rule == .single ? 0.5 : 0)
    }

    @Test("what is told of machines is what each of them tells alone", arguments: [2, 3])
    func machines(classes: Int) throws {
        let counts = [Int](repeating: 3, count: classes)
        let machines = (0..<Self.members).map { Self.machine(counts, seed: UInt64($0)) }
        let model = Self.model(classes: classes, features: 3, 0, function: .kernels(machines))
        let scorer = try Self.dense(model)
        let each = classes == 2 ? 1 : classes
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<20 {
            let input = OwnedInput(dense: Self.numbers(3, &generator))
            let output = ScoreOutput()
            _ = scorer.score(input, FeatureBuffer(), output)
            var raw: [Double] = []
            for machine in machines {
                let alone = try Self.dense(
                    Model(
                        task: .classification, classes: model.classes,
                        positive: classes == 2 ? 1 : 0,
                        rule: classes == 2 ? .single : .oneVsOneAsRest,
                        function: .kernel(machine))
                ).with(threshold: 0)
                let own = ScoreOutput()
                _ = alone.score(input, FeatureBuffer(), own)
                raw += own.decisionList
            }
            #expect(raw.count == Self.members * each)
            let rows = Model(
                task: .classification, classes: model.classes, positive: model.positive,
                rule: model.rule,
                function: .linear(
                    LinearWeights(weights: raw.map { _ in 0 }, intercepts: raw)),
                probability: .decisions, calibration: model.calibration)
            let expected = ScoreOutput()
            _ = try Self.dense(rows).score(OwnedInput(dense: [0]), FeatureBuffer(), expected)
            #expect(output.decisionList == expected.decisionList)
        }
    }

    @Test(
        "bias, contributions and rest add up to the probability that is told",
        arguments: [2, 3], [0, 1, 2])
    func explained(classes: Int, kind: Int) throws {
        let scorer = try Self.dense(Self.model(classes: classes, features: 5, kind))
        var generator = SeededGenerator(seed: 21)
        for top in [0, 2, 9] {
            for _ in 0..<10 {
                let input = OwnedInput(dense: Self.numbers(5, &generator))
                let explanation = try #require(scorer.explain(input, top: top))
                let verdict = scorer.score(input, FeatureBuffer(), ScoreOutput())
                let sum = explanation.contributions.reduce(explanation.bias) { $0 + $1.value }
                #expect((sum + explanation.rest - verdict.score).magnitude <= 1e-12)
                #expect(explanation.decision == verdict.score)
                #expect(explanation.decisionIndex == (classes == 2 ? 0 : verdict.classIndex))
                #expect(explanation.contributions.count == min(5, top))
            }
        }
    }

    @Test("machines of two classes are explained by their vectors, votes are not")
    func explainedMachines() throws {
        let two = (0..<Self.members).map { Self.machine([2, 3], seed: UInt64($0)) }
        let scorer = try Self.dense(
            Self.model(classes: 2, features: 3, 0, function: .kernels(two)))
        let input = OwnedInput(dense: [0.5, -1, 0.25])
        let explanation = try #require(scorer.explain(input, top: 20))
        let sum = explanation.contributions.reduce(explanation.bias) { $0 + $1.value }
        #expect((sum - explanation.decision).magnitude <= 1e-12)
        #expect(explanation.contributions.count == 15 && explanation.restCount == 0)
        let votes = (0..<Self.members).map { Self.machine([2, 1, 2], seed: UInt64($0)) }
        let several = try Self.dense(
            Self.model(classes: 3, features: 3, 0, function: .kernels(votes)))
        #expect(several.explain(input, top: 3) == nil)
    }

    /// The same features, weights and counts, with and without the list of features.
    @Test("several rows over a text are what they are over its features", arguments: 1...10)
    func rows(count: Int) throws {
        var generator = SeededGenerator(seed: UInt64(count))
        let terms = try Vocabularies.recipe(Vocabularies.Options(), &generator)
        let plainTerms = try Vocabularies.recipe(
            Vocabularies.Options(norm: .l1, hasIDF: false), &generator)
        for spec in [
            FeaturizerSpec(hashedNgrams: Recipes.ngrams(.byte, features: 1 << 12)),
            FeaturizerSpec(hashedNgrams: Recipes.ngrams(.char, features: 999, norm: .l1)),
            FeaturizerSpec(source: .tfidfNgrams(terms)),
            FeaturizerSpec(source: .tfidfNgrams(plainTerms)),
        ] {
            let featurizer = try Featurizer(spec)
            var weights = Self.numbers(featurizer.featureCount * count, &generator)
            // Some features weigh nothing, and some in one row only.
            for feature in stride(from: 0, to: featurizer.featureCount, by: 3) {
                for row in 1..<max(1, count) { weights[feature * count + row] = 0 }
                if feature.isMultiple(of: 2) { weights[feature * count] = 0 }
            }
            let linear = LinearWeights(
                weights: weights, intercepts: Self.numbers(count, &generator))
            let model = Model(
                task: .classification, classes: (0..<max(2, count)).map { "c\($0)" },
                positive: count == 1 ? 1 : 0, rule: count < 3 ? .single : .oneVsRest,
                function: .linear(linear), probability: count < 3 ? .decisions : .softmax,
                calibration: count < 3
                    ? Calibration(members: count, curves: .temperature(beta: linear.intercepts))
                    : nil)
            let scorer = try Scorer(
                featurizer: featurizer, model: model, labels: [:], threshold: 0)
            #expect(scorer.direct != nil)
            let (buffer, output, listed) = (FeatureBuffer(), ScoreOutput(), ScoreOutput())
            for round in 0..<60 {
                let text = Vocabularies.text(round, upTo: 200, &generator)
                let verdict = scorer.score(OwnedInput(text: text), buffer, output)
                scorer.addProbabilities(output)
                featurizer.features(of: text, into: buffer)
                let other = scorer.score(buffer, listed)
                scorer.addProbabilities(listed)
                #expect(verdict.classIndex == other.classIndex)
                #expect(output.decisionCount == listed.decisionCount)
                for (one, two) in zip(
                    output.decisionList + output.probabilityList,
                    listed.decisionList + listed.probabilityList)
                {
                    #expect((one - two).magnitude <= 1e-12 * max(1, two.magnitude))
                }
            }
        }
    }
}
