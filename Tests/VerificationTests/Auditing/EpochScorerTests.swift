import Inputs
import Lifecycle
import Scoring
import Testing

@testable import Verification

/// What an audit expects of a model is what the service says, for every kind of model.
@Suite("Scores and labels apart from the stream")
struct EpochScorerTests {
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

    /// A registry whose files are gone.
    private struct NoArtifacts: ArtifactSource {
        func artifact(_ digest: Digest) throws(SwerveError) -> Artifact {
            throw SwerveError(.notFound, act: "a test", reason: "its files are gone")
        }
    }

    /// Epoch 1 serves the model of this kind as version 1.
    private static func scoring(
        _ kind: Kind, thoroughEvery: Int = 0
    ) throws -> (EpochScorer, Deployment) {
        let deployment = try LiveAuditFixture.deployment(epoch: 1, stable: 1)
        let shelf = ScorerShelf(
            NoArtifacts(), loaded: [(deployment.stable.digest, try scorer(kind))])
        return (
            try EpochScorer(
                RecordForm(InputSettings()), shelf, thoroughEvery: thoroughEvery), deployment
        )
    }

    @Test("label, score and decisions", arguments: kinds)
    func expected(kind: Kind) throws {
        let (scorer, deployment) = try Self.scoring(kind, thoroughEvery: 1)
        guard
            case .scored(let found, let id) = scorer.opinion(
                of: 1, in: deployment, value: Self.request, schema: nil)
        else {
            Issue.record("no score")
            return
        }
        #expect(found.label == kind.label.map { Array($0.utf8) } && id == nil)
        #expect(ExpectedScore.agree(kind.score, found.score))
        #expect(found.decisions == (kind.rule == .single ? nil : kind.decisions))
        // The reference is asked where it has a word of its own.
        #expect(scorer.thoroughlyScored == (found.reference == nil ? 0 : 1))
        #expect(found.reference.map { ExpectedScore.agree(kind.score, $0) } ?? true)
    }

    @Test("the slow reference has a word at every n-th score, and a prediction must agree with it")
    func reference() throws {
        let (scorer, deployment) = try Self.scoring(Self.kinds[0], thoroughEvery: 4)
        let references = (0..<8).map { _ in
            guard
                case .scored(let found, _) = scorer.opinion(
                    of: 1, in: deployment, value: Self.request, schema: nil)
            else { return Double?.none }
            return found.reference
        }
        #expect(references.map { $0 != nil } == [0, 0, 0, 1, 0, 0, 0, 1].map { $0 == 1 })
        #expect(scorer.thoroughlyScored == 2)
        var expected = ExpectedScore(score: 0.5, label: nil)
        let prediction = Prediction(
            version: 1, epoch: 1, role: .stable, score: 0.5, label: nil, partition: 0, offset: 0,
            id: nil)
        #expect(expected.agrees(with: prediction))
        expected.reference = 0.6
        #expect(!expected.agrees(with: prediction))
    }

    @Test("what is held against a prediction is the reference's too, where it is asked for")
    func checkedByReference() throws {
        let (scorer, deployment) = try Self.scoring(Self.kinds[0], thoroughEvery: 2)
        let prediction = Prediction(
            version: 1, epoch: 1, role: .stable, score: 0.5, label: Array("1".utf8),
            partition: 0, offset: 0, id: nil)
        for _ in 0..<4 {
            let found = prediction.withBytes { bytes in
                RecordBytes.with(key: nil, value: Self.request) {
                    scorer.check(bytes, under: EpochRule(deployment), $0)
                }
            }
            #expect(found == ScoreCheck(score: .right))
        }
        #expect(scorer.thoroughlyScored == 2)
    }

    @Test("a prediction is held against its record alike, whichever way its score is computed")
    func bothWays() throws {
        let request = Array(#"{"id":"a/b","method":"GET","path":"/","query":"","body":""}"#.utf8)
        // The second is asked by the reference too, which takes the longer way.
        let scorers = try [0, 1].map { try Self.scoring(Self.kinds[0], thoroughEvery: $0) }
        for (score, label, id, wanted) in [
            (0.5, "1", "a/b", ScoreCheck(score: .right)),
            (0.5, "1", #"a\/b"#, ScoreCheck(score: .right)),
            (0.5, "1", "a", ScoreCheck(score: .right, isIDRight: false)),
            (0.5, "1", nil, ScoreCheck(score: .right, isIDRight: false)),
            (0.5, "0", "a/b", ScoreCheck(score: .otherLabel)),
            (0.5, "10", "b", ScoreCheck(score: .otherLabel, isIDRight: false)),
            (0.5, nil, "a/b", ScoreCheck(score: .otherLabel)),
            (0.6, "1", "a/b", ScoreCheck(score: .otherScore(0.5))),
            (0.6, "0", "b", ScoreCheck(score: .otherScore(0.5), isIDRight: false)),
        ] as [(Double, String?, String?, ScoreCheck)] {
            let prediction = Prediction(
                version: 1, epoch: 1, role: .stable, score: score,
                label: label.map { Array($0.utf8) }, partition: 0, offset: 0,
                id: id.map { Array($0.utf8) })
            for (scorer, deployment) in scorers {
                let found = prediction.withBytes { bytes in
                    RecordBytes.with(key: nil, value: request) {
                        scorer.check(bytes, under: EpochRule(deployment), $0)
                    }
                }
                #expect(found == wanted, "\(score) \(label ?? "-") \(id ?? "-")")
            }
        }
    }

    @Test("of and probability are held against the model's, whichever way its score is computed")
    func ofAndProbability() throws {
        let request = Array(#"{"method":"GET","path":"/","query":"","body":""}"#.utf8)
        let right = ScoreCheck(score: .right)
        for number in [0, 3, 6] {
            let kind = Self.kinds[number]
            let positive = number == 0 ? "1" : number == 3 ? "in" : nil
            for (of, probabilities, wanted) in [
                (nil, nil, right), (positive, nil, right),
                ("0", nil, ScoreCheck(score: .otherClass)),
                (nil, [0.5], ScoreCheck(score: .otherProbability)),
                (nil, [0.5, 0.5], ScoreCheck(score: .otherProbability)),
            ] as [(String?, [Double]?, ScoreCheck)] {
                var prediction = Prediction(
                    version: 1, epoch: 1, role: .stable, score: kind.score,
                    label: kind.label.map { Array($0.utf8) }, partition: 0, offset: 0, id: nil)
                prediction.of = of.map { Array($0.utf8) }
                prediction.probabilities = probabilities
                for thoroughEvery in [0, 1] {
                    let (scorer, deployment) = try Self.scoring(
                        kind, thoroughEvery: thoroughEvery)
                    let found = prediction.withBytes { bytes in
                        RecordBytes.with(key: nil, value: request) {
                            scorer.check(bytes, under: EpochRule(deployment), $0)
                        }
                    }
                    #expect(found == wanted, "\(kind.name) \(of ?? "-") \(probabilities ?? [])")
                }
            }
        }
        var expected = ExpectedScore(score: 0.5, label: nil)
        expected.probabilities = [0.25, 0.75]
        var prediction = Prediction(
            version: 1, epoch: 1, role: .stable, score: 0.5, label: nil, partition: 0, offset: 0,
            id: nil)
        for (found, isRight) in [
            (nil, false), ([0.25], false), ([0.25, 0.75], true), ([0.75, 0.25], false),
        ] as [([Double]?, Bool)] {
            prediction.probabilities = found
            #expect(expected.hasProbabilities(of: prediction) == isRight)
        }
    }

    @Test("files that are gone, versions that the epoch does not have: nobody can say")
    func unknown() throws {
        let (scorer, deployment) = try Self.scoring(Self.kinds[0])
        for version in [2, 3] {
            guard
                case .unknown = scorer.opinion(
                    of: version, in: deployment, value: Self.request, schema: nil)
            else {
                Issue.record("version \(version) has a score")
                continue
            }
        }
    }

    @Test("an audit takes the service's prediction, and finds another label", arguments: kinds)
    func checked(kind: Kind) throws {
        for isRight in [true, false] {
            var fields: [String: JSONValue] = [
                "model": "m", "version": 1, "epoch": 1, "role": "stable",
                "score": .double(kind.score),
                "source": ["topic": "in", "partition": 0, "offset": 0],
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
            let findings = try Self.findings(kind, JSONValue.object(fields))
            #expect(findings[.wrongScore].count == 0)
            #expect(findings[.wrongLabel].count == (isRight ? 0 : 1))
        }
    }

    @Test("other decisions behind the same label and score are found")
    func decisions() throws {
        let kind = Self.kinds[4]
        let findings = try Self.findings(
            kind,
            [
                "model": "m", "version": 1, "epoch": 1, "role": "stable",
                "score": .double(kind.score), "label": "b", "decision": [-3, -1, -2.5],
                "source": ["topic": "in", "partition": 0, "offset": 0],
            ])
        #expect(findings[.wrongScore].count == 1)
    }

    /// What is found where one record was fed, and this answers it.
    private static func findings(_ kind: Kind, _ prediction: JSONValue) throws -> AuditFindings {
        let (scorer, deployment) = try scoring(kind)
        let terms = AuditTerms(
            model: try ModelName("m"), group: "g", topics: LiveAuditFixture.topics, ledger: nil,
            delivery: .exactlyOnce)
        var audit = LiveAudit(terms, partitions: 1, letterPartitions: 1, scoring: scorer) { _ in
            EpochBook.Epoch(deployment: deployment, by: "", at: "", reason: "")
        }
        let place = StreamPlace(partition: 0, offset: 0)
        audit.fed(key: [1], value: request, at: place)
        try audit.take(
            StreamRecord(at: place, key: [1], value: prediction.bytes), of: terms.topics.output)
        return audit.report().findings
    }
}
