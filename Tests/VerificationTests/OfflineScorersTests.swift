import Lifecycle
import Scoring
import Testing
import Verification

/// What a checker expects of a model is what the service says, for every kind of model.
@Suite("Scores and labels apart from the stream")
struct OfflineScorersTests {
    struct Kind: Sendable, CustomTestStringConvertible {
        let name: String
        let classes: [String]
        let rule: Model.Rule
        let decisions: [Double]
        var task: ModelTask = .classification
        var positive = 0
        var threshold = 0.0
        var labels: [String: String] = [:]
        let label: String?
        let score: Double

        var testDescription: String { name }
    }

    static let kinds = [
        Kind(
            name: "two classes, the second is the positive", classes: ["0", "1"], rule: .single,
            decisions: [0.5], positive: 1, label: "1", score: 0.5),
        Kind(
            name: "two classes below a threshold", classes: ["1", "-1"], rule: .single,
            decisions: [0.5], threshold: 0.75, labels: ["attack": "1"], label: "-1", score: 0.5),
        Kind(
            name: "a label with a quote", classes: ["1", "-1"], rule: .single, decisions: [0.5],
            labels: ["a\"b": "1"], label: "a\\\"b", score: 0.5),
        Kind(
            name: "one class", classes: ["in"], rule: .single, decisions: [-0.5], label: "in",
            score: -0.5),
        Kind(
            name: "one against the rest", classes: ["a", "b", "c"], rule: .oneVsRest,
            decisions: [-3, -1, -2], label: "b", score: -1),
        Kind(
            name: "each against each", classes: ["a", "b", "c"], rule: .oneVsOne,
            decisions: [1, -1, -1], label: "c", score: 20.0 / 9),
        Kind(
            name: "regression", classes: [], rule: .single, decisions: [7.25], task: .regression,
            label: nil, score: 7.25),
    ]

    private static func scorer(_ kind: Kind) throws -> Scorer {
        let spec = """
            {"steps":[{"hashed_ngrams":{"analyzer":"byte","ngram_range":[1,1],"n_features":1,\
            "alternate_sign":false,"lowercase":false,"norm":null}}]}
            """
        let zeros = [Double](repeating: 0, count: kind.decisions.count)
        return try Scorer(
            featurizer: Featurizer(FeaturizerSpec(parsing: Array(spec.utf8), file: "spec")),
            model: Model(
                task: kind.task, classes: kind.classes, positive: kind.positive, rule: kind.rule,
                function: .linear(LinearWeights(weights: zeros, intercepts: kind.decisions))),
            labels: kind.labels, threshold: kind.threshold)
    }

    private static let request = Array(#"{"method":"GET","path":"/","query":"q","body":""}"#.utf8)

    @Test("label, score and decisions", arguments: kinds)
    func expected(kind: Kind) throws {
        let scorers = try OfflineScorers()
        try scorers.add(try Self.scorer(kind), version: 1)
        let found = scorers.scores(version: 1, value: Self.request, isThorough: true)
        #expect(!found.isEmpty)
        for one in found {
            #expect(one.label == kind.label.map { Array($0.utf8) })
            #expect(ExpectedScore.agree(kind.score, one.score))
        }
        #expect(found.first?.decisions == (kind.rule == .single ? nil : kind.decisions))
    }

    @Test("a checker takes the service's prediction, and finds another label", arguments: kinds)
    func checked(kind: Kind) throws {
        for isRight in [true, false] {
            let scorers = try OfflineScorers()
            try scorers.add(try Self.scorer(kind), version: 1)
            var checker = StreamChecker(partitions: 1, scoring: scorers)
            checker.fed(
                InputRecord(key: [1], id: nil, value: Self.request),
                at: StreamPlace(partition: 0, offset: 0))
            checker.announced(try StreamFixture.deployment(epoch: 1, stable: 1))
            var fields: [String: JSONValue] = [
                "model": "m", "version": 1, "epoch": 1, "role": "stable",
                "score": .double(kind.score),
                "source": ["topic": "t", "partition": 0, "offset": 0],
            ]
            if let label = kind.label {
                let text = try JSONValue(
                    parsing: Array("\"\(label)\"".utf8), act: "reading a label")
                fields["label"] = isRight ? text : "no such class"
            } else if !isRight {
                fields["label"] = "no such class"
            }
            if kind.rule != .single {
                fields["decision"] = .array(kind.decisions.map { .double($0) })
            }
            let reader = PredictionReader(model: try ModelName("m"), topic: "t")
            let prediction = try #require(reader.read(JSONValue.object(fields).bytes))
            checker.predicted(prediction, key: [1], partition: 0)
            let findings = checker.findings()
            #expect(findings[.wrongScore] == 0)
            #expect(findings[.wrongLabel] == (isRight ? 0 : 1))
        }
    }

    @Test("other decisions behind the same label and score are found")
    func decisions() throws {
        let kind = Self.kinds[4]
        let scorers = try OfflineScorers()
        try scorers.add(try Self.scorer(kind), version: 1)
        var checker = StreamChecker(partitions: 1, scoring: scorers)
        checker.fed(
            InputRecord(key: [1], id: nil, value: Self.request),
            at: StreamPlace(partition: 0, offset: 0))
        checker.announced(try StreamFixture.deployment(epoch: 1, stable: 1))
        var prediction = Prediction(
            version: 1, epoch: 1, role: .stable, score: kind.score, label: Array("b".utf8),
            partition: 0, offset: 0, id: nil)
        prediction.decisions = [-3, -1, -2.5]
        checker.predicted(prediction, key: [1], partition: 0)
        #expect(checker.findings()[.wrongScore] == 1)
    }
}
