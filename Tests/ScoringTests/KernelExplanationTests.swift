import Lifecycle
import TestSupport
import Testing

@testable import Scoring

@Suite("Explanations of kernels and of several classes")
struct KernelExplanationTests {
    private static func featurizer(_ text: String, features: Int? = nil) throws -> Featurizer {
        try Featurizer(
            FeaturizerSpec(parsing: Array(text.utf8), file: "spec"), modelFeatures: features)
    }

    private static let dense = #"{"steps":[{"dense":{}}]}"#

    private static func machine(
        _ kernel: Kernel, counts: [Int], seed: UInt64 = 5
    ) -> KernelMachine {
        var generator = SeededGenerator(seed: seed)
        func numbers(_ count: Int) -> [Double] {
            (0..<count).map { _ in Double.random(in: -2...2, using: &generator) }
        }
        let vectors = counts.reduce(0, +)
        return KernelMachine(
            kernel: kernel, featureCount: 3, vectors: numbers(vectors * 3), vectorCounts: counts,
            coefficients: numbers(vectors * max(1, counts.count - 1)),
            intercepts: numbers(max(1, counts.count * (counts.count - 1) / 2)))
    }

    private static func scorer(
        _ machine: KernelMachine, classes: [String], rule: Model.Rule
    ) throws -> Scorer {
        try Scorer(
            featurizer: featurizer(dense, features: 3),
            model: Model(
                task: .classification, classes: classes, rule: rule, function: .kernel(machine)),
            labels: [:], threshold: 0)
    }

    private static func sum(_ explanation: Explanation) -> Double {
        explanation.contributions.reduce(explanation.bias + explanation.rest) { $0 + $1.value }
    }

    @Test("of two classes the vectors that weigh most are told, each with its class")
    func twoClasses() throws {
        let machine = Self.machine(.rbf(gamma: 0.25), counts: [4, 5])
        let scorer = try Self.scorer(machine, classes: ["bad", "good"], rule: .single)
        let input = OwnedInput(dense: [0.5, -1, 2])
        for top in [0, 1, 4, 20] {
            let explanation = try #require(scorer.explain(input, top: top))
            #expect((Self.sum(explanation) - explanation.decision).magnitude <= 1e-12)
            #expect(explanation.contributions.count == min(top, 9))
            #expect(explanation.restCount == 9 - min(top, 9))
            for contribution in explanation.contributions {
                guard
                    case .vector(let index, let weight, let kernel, let name) = contribution.subject
                else {
                    Issue.record("a kernel is explained by vectors")
                    continue
                }
                #expect(contribution.value == weight * kernel)
                #expect(weight == machine.coefficients[index])
                #expect(name == (index < 4 ? "bad" : "good"))
            }
        }
    }

    @Test(
        "of several classes the decision between the winner and the runner-up is told",
        arguments: [Model.Rule.oneVsOne, .oneVsOneAsRest])
    func pairs(rule: Model.Rule) throws {
        let classes = ["a", "b", "c", "d"]
        var generator = SeededGenerator(seed: 8)
        for seed in 1...20 as ClosedRange<UInt64> {
            let machine = Self.machine(.rbf(gamma: 0.5), counts: [2, 3, 2, 4], seed: seed)
            let scorer = try Self.scorer(machine, classes: classes, rule: rule)
            let input = OwnedInput(
                dense: (0..<3).map { _ in Double.random(in: -2...2, using: &generator) })
            let output = ScoreOutput()
            let winner = scorer.score(input, FeatureBuffer(), output).classIndex
            let explanation = try #require(scorer.explain(input, top: 3))
            #expect((Self.sum(explanation) - explanation.decision).magnitude <= 1e-12)
            let pair = [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)][explanation.decisionIndex]
            #expect(pair.0 == winner || pair.1 == winner)
            if rule == .oneVsOne {
                #expect(
                    (output.decision(explanation.decisionIndex) - explanation.decision).magnitude
                        <= 1e-12)
            }
        }
    }

    @Test("a linear kernel is explained by features, as the hyperplane that it is")
    func linearKernel() throws {
        let scorer = try Self.scorer(
            Self.machine(.linear, counts: [3, 3]), classes: ["1", "-1"], rule: .single)
        let explanation = try #require(
            scorer.explain(OwnedInput(dense: [0.5, -1, 2]), top: 3))
        #expect((Self.sum(explanation) - explanation.decision).magnitude <= 1e-12)
        let names = explanation.contributions.map { contribution -> String in
            guard case .feature(_, _, _, .named(let name)) = contribution.subject else { return "" }
            return name
        }
        #expect(Set(names) == ["x[0]", "x[1]", "x[2]"])
    }

    @Test("of one-vs-rest the winner's decision is told")
    func oneVsRest() throws {
        let weights = LinearWeights(
            weights: [1, -1, 0.5, 2, 0, -3, 0.25, 1, 1], intercepts: [0.1, 0.2, 0.3])
        let scorer = try Scorer(
            featurizer: Self.featurizer(Self.dense, features: 3),
            model: Model(
                task: .classification, classes: ["a", "b", "c"], rule: .oneVsRest,
                function: .linear(weights)), labels: [:], threshold: 0)
        let explanation = try #require(
            scorer.explain(OwnedInput(dense: [0, 0, 4]), top: 1))
        // Of class c: 4 * 1 + 0.3, more than b's 4 * 1 + 0.2.
        #expect(explanation.decisionIndex == 2)
        #expect(explanation.decision == 4.3 && explanation.bias == 0.3)
        #expect(explanation.contributions.map(\.value) == [4])
    }

    @Test("every feature of a union has the name of its source")
    func union() throws {
        let spec = """
            {"steps":[{"union":[{"lexical":{}},{"fields":["bytes"]},{"hashed_ngrams":\
            {"analyzer":"byte","ngram_range":[1,1],"n_features":4}},{"tfidf_ngrams":\
            {"analyzer":"char","ngram_range":[1,2],"vocabulary":["ge","/"],"idf":[1,1]}}]}]}
            """
        let featurizer = try Self.featurizer(spec)
        let count = featurizer.featureCount
        #expect(count == 30 + 1 + 4 + 2)
        let scorer = try Scorer(
            featurizer: featurizer,
            model: Model(
                classes: ["1", "-1"], weights: (0..<count).map { 1 + Double($0) }, intercept: 0,
                isLogistic: false), labels: [:], threshold: 0)
        let input = OwnedInput(
            text: Array("GET /\n".utf8),
            parts: RequestParts(method: 0..<3, path: 4..<5, query: 5..<5, body: 6..<6),
            fields: ["bytes": 7])
        let explanation = try #require(scorer.explain(input, top: count))
        #expect((Self.sum(explanation) - explanation.decision).magnitude <= 1e-12 * 1_000)
        var named: Set<String> = []
        var ngrams: [Int: [String]] = [:]
        for contribution in explanation.contributions {
            guard case .feature(let index, _, _, let origin) = contribution.subject else {
                continue
            }
            switch origin {
            case .named(let name): named.insert(name)
            case .ngrams(let found): ngrams[index] = found.map(\.text)
            }
        }
        #expect(named.isSuperset(of: ["bytes", "len_text", "len_path", "n_upper", "entropy"]))
        #expect(ngrams[35] == ["ge"] && ngrams[36] == ["/"])
        #expect(ngrams.keys.contains { (31..<35).contains($0) })
    }
}
