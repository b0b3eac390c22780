import Foundation
import Lifecycle
import Scoring
import Testing

/// Score, probability and threshold of the other of two classes.
@Suite("Positive class")
struct PositiveTests {
    private static func scorer(
        _ model: Model, threshold: Double = 0
    ) throws -> Scorer {
        try Scorer(
            featurizer: Featurizer(FeaturizerSpec(source: .dense(count: model.featureCount))),
            model: model, labels: [:], threshold: threshold)
    }

    private struct Told: Equatable {
        let score: Double
        let label: String
        let probability: [Double]
    }

    private static func told(_ scorer: Scorer, _ x: [Double]) -> Told {
        let output = ScoreOutput()
        let verdict = scorer.score(OwnedInput(dense: x), FeatureBuffer(), output)
        scorer.addProbabilities(output)
        return Told(
            score: verdict.score, label: scorer.labels[verdict.classIndex],
            probability: output.probabilityList)
    }

    private static func linear(
        _ probability: ProbabilityRule = .none, positive: Int = 1
    ) -> Model {
        Model(
            task: .classification, classes: ["attack", "normal"], positive: positive, rule: .single,
            function: .linear(LinearWeights(weights: [0.1, -0.3], intercepts: [0.7])),
            probability: probability)
    }

    private static let machine = KernelMachine(
        kernel: .rbf(gamma: 0.3), featureCount: 2, vectors: [1, 2, -1, 0.5, 3, 1],
        vectorCounts: [1, 2], coefficients: [1, -0.25, -0.75], intercepts: [0.125])

    private static let models: [Model] = [
        linear(), linear(.logistic), linear(.logistic, positive: 0), linear(.modifiedHuber),
        linear(.sigmoid(a: -2, b: 0.25)), linear(.sigmoid(a: -2, b: 0.25), positive: 0),
        linear(.pairwise(a: [-2], b: [0.5], couples: false)),
        linear(.pairwise(a: [-2], b: [0.5], couples: true)),
        Model(
            task: .classification, classes: ["attack", "normal"], positive: 1, rule: .single,
            function: .kernel(machine), probability: .pairwise(a: [-1], b: [0.1], couples: true)),
        Model(
            task: .oneClass, classes: ["1", "-1"], rule: .single, function: .kernel(machine)),
    ]

    private static let inputs: [[Double]] = [
        [0, 0], [1, 2], [-3, 0.25], [10, -4], [-7, 0], [0, 7.0 / 3],
    ]

    @Test(
        "every decision is the same number with the other sign, every label the same",
        arguments: models)
    func turned(model: Model) throws {
        let other = model.classes[1 - model.positive]
        let turned = try model.speaking(of: other, act: "test")
        #expect(turned.positiveClass == other && model.positiveClass != other)
        let plain = try Self.scorer(model)
        let scorer = try Self.scorer(turned, threshold: model.turnedThreshold(0))
        #expect(scorer.positiveLabel == other)
        for x in Self.inputs {
            let (before, after) = (Self.told(plain, x), Self.told(scorer, x))
            #expect(after.score == -before.score)
            #expect(after.label == before.label)
            #expect(after.probability.count == before.probability.count)
            for (one, of) in zip(before.probability, after.probability) {
                #expect((one + of - 1).magnitude < 1e-12)
            }
        }
        #expect(try turned.speaking(of: model.classes[model.positive], act: "test") == model)
    }

    @Test("a decision of exactly the threshold keeps its label, whatever the threshold")
    func ties() throws {
        let model = Model(
            task: .classification, classes: ["attack", "normal"], positive: 1, rule: .single,
            function: .linear(LinearWeights(weights: [1], intercepts: [0])))
        let turned = try model.speaking(of: "attack", act: "test")
        for threshold in [0, -0.0, 0.5, -3, 1e300, .leastNonzeroMagnitude, (0.0).nextDown] {
            let plain = try Self.scorer(model, threshold: threshold)
            let scorer = try Self.scorer(turned, threshold: model.turnedThreshold(threshold))
            for x in [threshold, threshold.nextUp, threshold.nextDown, 0, -0.0] {
                #expect(Self.told(plain, [x]).label == Self.told(scorer, [x]).label)
            }
        }
        // Twice is as before.
        #expect(turned.turnedThreshold(model.turnedThreshold(0)) == 0)
    }

    @Test("an ensemble's score is the other class's probability")
    func ensemble() throws {
        let model = Model(
            task: .classification, classes: ["attack", "normal"], positive: 1, rule: .single,
            function: .linear(LinearWeights(weights: [1, 2], intercepts: [0, 0.5])),
            probability: .decisions,
            calibration: Calibration(members: 2, curves: .sigmoid(a: [-1, -2], b: [0.1, -0.2])))
        let turned = try model.speaking(of: "attack", act: "test")
        let plain = try Self.scorer(model, threshold: Calibration.threshold(positive: 1))
        let threshold = model.turnedThreshold(plain.threshold)
        #expect(threshold == Calibration.threshold(positive: 0))
        #expect(turned.turnedThreshold(threshold) == plain.threshold)
        let scorer = try Self.scorer(turned, threshold: threshold)
        for x in [-3, -0.25, 0, 0.1, 2.0] {
            let (before, after) = (Self.told(plain, [x]), Self.told(scorer, [x]))
            #expect((before.score + after.score - 1).magnitude < 1e-15)
            #expect(after.probability == [after.score] && after.label == before.label)
        }
        #expect(model.turned([0.25]) == [0.75])
    }

    @Test("more classes and regressions have no positive one, and an unknown class is named")
    func refusals() throws {
        let several = Model(
            task: .classification, classes: ["a", "b", "c"], rule: .oneVsRest,
            function: .linear(LinearWeights(weights: [1, 2, 3], intercepts: [0, 0, 0])))
        let regression = Model(
            task: .regression, classes: [], rule: .single,
            function: .linear(LinearWeights(weights: [1], intercepts: [0])))
        for (model, words) in [
            (several, "with 3 classes"), (regression, "a regression has no classes"),
            (Self.linear(), "no class 'b'"),
        ] {
            let error = try #require(throws: SwerveError.self) {
                try model.speaking(of: "b", act: "test")
            }
            #expect(error.reason.contains(words), "\(error)")
        }
    }

    @Test("a class is named by its label or by the model's own name, unless these are two classes")
    func names() throws {
        func own(_ wanted: String, _ labels: [String: String]) throws -> String {
            try LabelNames.ownClass(wanted, labels: labels, classes: ["1", "-1"], act: "test")
        }
        #expect(try own("attack", ["attack": "1"]) == "1")
        #expect(try own("attack", ["attack": "+1"]) == "1")
        #expect(try own("-1", ["attack": "1"]) == "-1")
        #expect(try own("+1", [:]) == "1")
        #expect(try own("1", ["1": "1"]) == "1")
        #expect(throws: SwerveError.self) { try own("-1", ["-1": "1"]) }
    }
}
