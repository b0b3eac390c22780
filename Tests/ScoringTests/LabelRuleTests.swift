import Lifecycle
import Scoring
import Testing

/// `svm-predict` chooses by votes, `svm-predict -b 1` by the largest probability.
@Suite("Label rules")
struct LabelRuleTests {
    private static func scorer(
        _ decisions: [Double], _ probability: ProbabilityRule, classes: Int, positive: Int = 0,
        by rule: LabelRule = .probability, threshold: Double = 0
    ) throws -> Scorer {
        try Scorer(
            featurizer: Featurizer(FeaturizerSpec(source: .dense(count: 1))),
            model: Model(
                task: .classification, classes: (0..<classes).map { "c\($0)" }, positive: positive,
                rule: classes == 2 ? .single : .oneVsOne,
                function: .linear(
                    LinearWeights(
                        weights: [Double](repeating: 0, count: decisions.count),
                        intercepts: decisions)),
                probability: probability
            ).choosing(by: rule), labels: [:], threshold: threshold)
    }

    private static func label(_ scorer: Scorer) -> (label: String, probability: [Double]) {
        let output = ScoreOutput()
        let verdict = scorer.score(OwnedInput(dense: [0]), FeatureBuffer(), output)
        scorer.addProbabilities(output)
        return (scorer.labels[verdict.classIndex], output.probabilityList)
    }

    @Test("of several classes the largest probability wins, where the votes say otherwise")
    func several() throws {
        // Each class has a vote; the third's is by far the surest.
        let rule = ProbabilityRule.pairwise(a: [-1, -1, -1], b: [0, 0, 0], couples: false)
        let decisions = [0.1, -5, 0.1]
        let votes = try Self.scorer(decisions, rule, classes: 3, by: .votes)
        let largest = try Self.scorer(decisions, rule, classes: 3)
        #expect(Self.label(votes).label == "c0")
        #expect(Self.label(largest).label == "c2")
        #expect(Self.label(largest).probability == Self.label(votes).probability)
        #expect(
            try Self.label(votes.with(labelRule: .probability)).label == "c2"
                && Self.label(largest.with(labelRule: .votes)).label == "c0")
        let output = ScoreOutput()
        let verdict = largest.score(OwnedInput(dense: [0]), FeatureBuffer(), output)
        // One vote, of the pair with the first class; the shares as ever.
        let sum = 5 - 0.1
        #expect(verdict.score == 1 + sum / (3 * (sum + 1)))
    }

    @Test("of two classes the sigmoid's half decides, the first class at the half itself")
    func two() throws {
        for (b, expected) in [(0.5, "c1"), (-0.5, "c0"), (0, "c0")] {
            let rule = ProbabilityRule.pairwise(a: [-1], b: [b], couples: false)
            #expect(try Self.label(Self.scorer([0], rule, classes: 2)).label == expected)
            // Whichever class the score speaks of.
            #expect(
                try Self.label(Self.scorer([0], rule, classes: 2, positive: 1)).label == expected)
        }
        let rule = ProbabilityRule.pairwise(a: [-1], b: [0.5], couples: false)
        #expect(try Self.label(Self.scorer([0.1], rule, classes: 2, by: .votes)).label == "c0")
        #expect(try Self.label(Self.scorer([0.1], rule, classes: 2)).label == "c1")
    }

    @Test("a model turned to its other class has no threshold of anybody's choice")
    func turned() throws {
        let rule = ProbabilityRule.pairwise(a: [-1], b: [0.5], couples: false)
        let threshold = (0.0).nextDown
        let votes = try Self.scorer(
            [0.1], rule, classes: 2, positive: 1, by: .votes, threshold: threshold)
        let largest = try votes.with(labelRule: .probability)
        #expect(Self.label(largest).label == "c1")
        #expect(try largest.with(labelRule: .votes).threshold == threshold)
    }

    @Test("without such probabilities, and beside a threshold, it is refused")
    func refusals() throws {
        let none = try #require(throws: SwerveError.self) {
            try Self.scorer([0], .logistic, classes: 2)
        }
        #expect(none.reason.contains("no probabilities of pairs"))
        let rule = ProbabilityRule.pairwise(a: [-1], b: [0.5], couples: false)
        let both = try #require(throws: SwerveError.self) {
            try Self.scorer([0], rule, classes: 2, threshold: 0.5)
        }
        #expect(both.reason.contains("a threshold of 0.5"))
        let scorer = try Self.scorer([0], rule, classes: 2)
        #expect(throws: SwerveError.self) { try scorer.with(threshold: 0.5) }
        #expect(try scorer.with(threshold: 0.5, labelRule: .votes).threshold == 0.5)
    }
}
