import Lifecycle
import Scoring
import Testing

@Suite("Rules that choose a class")
struct RuleTests {
    /// A scorer whose decisions are `decisions`, whatever the input.
    private static func scorer(
        _ decisions: [Double], classes: Int, rule: Model.Rule,
        probability: ProbabilityRule = .none
    ) throws -> Scorer {
        let weights = decisions.map { $0.isFinite ? 0 : $0 }
        return try Scorer(
            featurizer: Recipes.featurizer(Recipes.ngrams(.byte, 1...1, features: 1, norm: nil)),
            model: Model(
                task: .classification, classes: (0..<classes).map { "c\($0)" }, rule: rule,
                function: .linear(
                    LinearWeights(
                        weights: weights, intercepts: decisions.map { $0.isFinite ? $0 : 0 })),
                probability: probability),
            labels: [:], threshold: 0)
    }

    private static func verdict(
        _ decisions: [Double], classes: Int, rule: Model.Rule
    ) throws -> (verdict: Verdict, told: [Double]) {
        let (buffer, output) = (FeatureBuffer(), ScoreOutput())
        buffer.put(dense: [1])
        let verdict = try scorer(decisions, classes: classes, rule: rule).score(buffer, output)
        return (verdict, output.decisionList)
    }

    @Test(
        "one-vs-rest: the largest decision wins, the first among equals",
        arguments: [
            ([0.0, 0, 0], 0, 0.0), ([-3, -1, -2], 1, -1), ([1, 5, 5], 1, 5),
            ([-1, -1, 0.5], 2, 0.5),
        ])
    func oneVsRest(decisions: [Double], winner: Int, score: Double) throws {
        let (verdict, told) = try Self.verdict(decisions, classes: 3, rule: .oneVsRest)
        #expect(verdict == Verdict(score: score, classIndex: winner))
        #expect(told == decisions)
    }

    private static let votes: [(pairs: [Double], winner: Int, score: Double)] = [
        ([1.0, 1, 1], 0, 20.0 / 9), ([-1, 1, 1], 1, 20.0 / 9),
        ([1, -1, -1], 2, 20.0 / 9),
        // Each has a vote.
        ([1, -1, 1], 0, 1.0), ([-1, 2, -0.5], 0, 7.0 / 6),
        // 0 votes for the second of a pair.
        ([0, 0, 0], 2, 2.0), ([0, 1, 1], 1, 13.0 / 6),
    ]

    /// Pairs are (0,1), (0,2), (1,2); the score is the winner's votes and s / (3 (|s| + 1)), where
    /// s is the sum of its pairs, counted negative where it comes second.
    @Test(
        "one-vs-one: most votes win, the first among equals; 0 is a vote for the second",
        arguments: votes)
    func oneVsOne(pairs: [Double], winner: Int, score: Double) throws {
        let (verdict, told) = try Self.verdict(pairs, classes: 3, rule: .oneVsOne)
        #expect(verdict == Verdict(score: score, classIndex: winner))
        #expect(told == pairs)
    }

    private static let told: [(pairs: [Double], winner: Int, told: [Double])] = [
        ([1.0, 1, 1], 0, [20.0 / 9, 1.0, -2.0 / 9]),
        ([1, -1, 1], 0, [1.0, 1.0, 1.0]),
        ([-1, 2, -0.5], 0, [7.0 / 6, 10.0 / 9, 0.8]),
        ([0, 0, 0], 2, [2.0, 1, 0]),
    ]

    /// As scikit-learn's `_ovr_decision_function`: a pair's 0 counts for the first there.
    @Test(
        "one-vs-one told as one-vs-rest: votes and shares, the winner by LIBSVM's votes",
        arguments: told)
    func oneVsOneAsRest(pairs: [Double], winner: Int, told: [Double]) throws {
        let (verdict, got) = try Self.verdict(pairs, classes: 3, rule: .oneVsOneAsRest)
        #expect(verdict.classIndex == winner)
        #expect(verdict.score == got[winner])
        for (one, other) in zip(told, got) { #expect((one - other).magnitude < 1e-15) }
        #expect(got.count == 3)
    }

    @Test(
        "a decision that is not finite makes the score NaN, and no fault; NaN votes for the second",
        arguments: [Model.Rule.oneVsRest, .oneVsOne, .oneVsOneAsRest])
    func notFinite(rule: Model.Rule) throws {
        for bad in [Double.nan, .infinity, -.infinity] {
            let (verdict, told) = try Self.verdict([1, bad, 1], classes: 3, rule: rule)
            #expect(verdict.score.isNaN && verdict.fault == nil)
            #expect(told.count == 3)
        }
        let (verdict, _) = try Self.verdict([.nan, 1, -1], classes: 3, rule: .oneVsOne)
        #expect(verdict.classIndex == 0, "each has one vote")
        #expect(
            try Self.verdict([.nan, 1, 1], classes: 3, rule: .oneVsOne).verdict.classIndex == 1)
    }

    @Test("two classes: NaN is no decision for the positive class, and infinity a score of NaN")
    func single() throws {
        var verdict = try Self.verdict([.nan], classes: 2, rule: .single).verdict
        #expect(verdict.score.isNaN && verdict.classIndex == 1)
        verdict = try Self.verdict([.infinity], classes: 2, rule: .single).verdict
        #expect(verdict.score.isNaN && verdict.classIndex == 0)
    }

    @Test("a model whose decisions are not as many as its rule takes is refused")
    func wrongCount() {
        for (count, rule) in [
            (2, Model.Rule.single), (2, .oneVsRest), (2, .oneVsOne), (4, .oneVsOneAsRest),
        ] {
            let error = #expect(throws: SwerveError.self) {
                try Self.scorer(
                    [Double](repeating: 0, count: count), classes: rule == .single ? 2 : 3,
                    rule: rule)
            }
            #expect(error?.reason.contains("the model gives \(count) decisions") == true)
        }
    }

    @Test("a model of a tool that refuses what is not finite names the feature")
    func refused() throws {
        let model = Model(
            task: .classification, classes: ["0", "1"], positive: 1, rule: .single,
            function: .linear(LinearWeights(weights: [1, 1], intercepts: [0])),
            refusesNonFinite: true)
        let scorer = try Scorer(
            featurizer: Recipes.featurizer(Recipes.ngrams(.byte, 1...1, features: 2)),
            model: model, labels: [:], threshold: 0)
        let (buffer, output) = (FeatureBuffer(), ScoreOutput())
        for bad in [Double.nan, .infinity, -.infinity] {
            buffer.put(dense: [1, bad])
            #expect(scorer.score(buffer, output).fault == .notFinite(feature: 1))
            buffer.put(sparse: [Feature(index: 1, value: bad)], space: 2)
            let verdict = scorer.score(buffer, output)
            #expect(verdict.fault == .notFinite(feature: 1) && verdict.score.isNaN)
            #expect(output.decisionCount == 0)
        }
        buffer.put(dense: [1, 0])
        #expect(scorer.score(buffer, output) == Verdict(score: 1, classIndex: 1))
    }

    @Test("several rows of weights give the same in every form that features take")
    func forms() throws {
        let linear = LinearWeights(
            weights: [1, 10, 100, 2, 20, 200, 4, 40, 400], intercepts: [0.5, 0, -1])
        let scorer = try Scorer(
            featurizer: Recipes.featurizer(
                Recipes.ngrams(.byte, 1...1, features: 3, alternateSign: false, norm: nil)),
            model: Model(
                task: .classification, classes: ["a", "b", "c"], rule: .oneVsRest,
                function: .linear(linear)),
            labels: [:], threshold: 0)
        let (buffer, output) = (FeatureBuffer(), ScoreOutput())
        let counts = (0..<3).map { cell in
            ReferenceFeatures.features(
                of: Array("abcdef".utf8),
                by: Recipes.ngrams(.byte, 1...1, features: 3, alternateSign: false, norm: nil)
            ).first { $0.index == cell }?.value ?? 0
        }
        let expected = (0..<3).map { row in
            (0..<3).reduce(linear.intercepts[row]) {
                $0 + counts[$1] * linear.weights[$1 * 3 + row]
            }
        }
        _ = scorer.score(OwnedInput(text: Array("abcdef".utf8)), buffer, output)
        #expect(output.decisionList == expected)
        buffer.put(dense: counts)
        _ = scorer.score(buffer, output)
        #expect(output.decisionList == expected)
        buffer.put(
            sparse: [2, 0, 1].map { Feature(index: $0, value: counts[$0]) }
                + [Feature(index: 7, value: 9)], space: 3)
        _ = scorer.score(buffer, output)
        #expect(output.decisionList == expected)
    }
}
