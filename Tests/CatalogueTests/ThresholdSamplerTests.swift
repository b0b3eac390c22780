import Inputs
import Lifecycle
import ModelFormats
import Scoring
import TestSupport
import Testing

@testable import Catalogue

@Suite("scoring a file for the choice of a threshold")
struct ThresholdSamplerTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private static let act = "choosing a threshold of m@1"

    /// A scorer of one number, whose score is that number.
    private func scorer(
        _ model: String, labels: [String: String] = [:], threshold: Double = 0,
        reading: ModelReading = ModelReading()
    ) throws -> Scorer {
        let parsed = try ParsedModel(
            parsing: NamedBytes(name: "m.model", bytes: Array(model.utf8)))
        let spec = #"{"steps":[{"dense":{"n_features":1}}]}"#
        return try ScorerLoader.build(
            parsed, file: "m.model",
            featurizer: NamedBytes(name: "f.json", bytes: Array(spec.utf8)), labels: labels,
            threshold: threshold, reading: reading)
    }

    private static func liblinear(
        classes: String, solver: String = "L2R_L2LOSS_SVC_DUAL", weights: String = "1"
    ) -> String {
        let count = classes.split(separator: " ").count
        let label = classes.isEmpty ? "" : "label \(classes)\n"
        return """
            solver_type \(solver)
            nr_class \(max(2, count))
            \(label)nr_feature 1
            bias -1
            w
            \(weights)

            """
    }

    private func sampled(
        _ lines: String, _ scorer: Scorer, labelField: String? = "label",
        isLabelNeeded: Bool = true
    ) throws -> ThresholdSampler.Sampled {
        let sampler = try ThresholdSampler(
            scorer, labelField: labelField, isLabelNeeded: isLabelNeeded, act: Self.act)
        return try sampler.sample(of: try folder.write("in.jsonl", lines))
    }

    @Test("a line's class is its name or the model's own, as text, number, true or false")
    func labels() throws {
        let named = try scorer(
            Self.liblinear(classes: "1 -1"), labels: ["attack": "1", "normal": "-1"])
        let result = try sampled(
            """
            {"x":[1],"label":"attack"}
            {"x":[2],"label":1}
            {"x":[3],"label":"1.0"}

            {"x":[4],"label":"normal"}
            {"x":[5],"label":-1}
            {"x":[6],"label":null}
            {"x":[7]}
            """, named)
        #expect(result.sample.positives == [1, 2, 3])
        #expect(result.sample.negatives == [4, 5])
        #expect(result.sample.unknown == [6, 7])
        #expect(result.failures == 0 && result.firstFailure == nil)
        let truth = try scorer(Self.liblinear(classes: "1 0"), labels: ["True": "1", "False": "0"])
        let told = try sampled(
            "{\"x\":[1],\"is_bad\":true}\n{\"x\":[2],\"is_bad\":false}\n", truth,
            labelField: "is_bad")
        #expect(told.sample.positives == [1] && told.sample.negatives == [2])
        // The field decision is another's here.
        let other = try sampled("{\"x\":[1],\"label\":1,\"decision\":\"block\"}\n", named)
        #expect(other.sample.positives == [1])
    }

    @Test("lines without score or class are left out, and the first says why")
    func failures() throws {
        let named = try scorer(
            Self.liblinear(classes: "1 -1"), labels: ["attack": "1", "normal": "-1"])
        let result = try sampled(
            "{\"x\":[1]}\n{\"x\":[1],\"label\":\"spam\"}\n[1]\n{\"x\":[\"a\"]}\n"
                + "{\"x\":[1],\"label\":[1]}\n", named)
        #expect(result.sample.count == 1 && result.failures == 4)
        #expect(result.firstFailure?.hasPrefix("line 2: the label 'spam'") == true)
        #expect(result.firstFailure?.contains("-1, 1, attack, normal") == true)
    }

    @Test(
        "a label that is no class leaves no line out where nobody named its field or needs it",
        arguments: [(nil, true), ("label", false)] as [(String?, Bool)])
    func strangeLabels(field: String?, isNeeded: Bool) throws {
        let named = try scorer(
            Self.liblinear(classes: "1 -1"), labels: ["attack": "1", "normal": "-1"])
        let result = try sampled(
            "{\"x\":[1],\"label\":\"attack\"}\n{\"x\":[2],\"label\":\"spam\"}\n"
                + "{\"x\":[3],\"label\":[1]}\n{\"x\":[4]}\n", named, labelField: field,
            isLabelNeeded: isNeeded)
        #expect(result.sample.positives == [1] && result.sample.unknown == [2, 3, 4])
        #expect(result.failures == 0 && result.strangeLabels == 2)
        #expect(result.firstStrangeLabel?.hasPrefix("line 2: the label 'spam'") == true)
    }

    @Test("a version whose label follows its probabilities is refused before a line is scored")
    func probabilityRule() throws {
        let model = """
            svm_type c_svc
            kernel_type rbf
            gamma 0.5
            nr_class 2
            total_sv 2
            rho 0
            label 1 -1
            probA -1
            probB 0
            nr_sv 1 1
            SV
            1 1:1\u{20}
            -1 1:2\u{20}

            """
        _ = try ThresholdSampler(try scorer(model), labelField: nil, act: Self.act)
        let scorer = try scorer(model, reading: ModelReading(labelRule: .probability))
        let error = #expect(throws: SwerveError.self) {
            try ThresholdSampler(scorer, labelField: nil, act: Self.act)
        }
        #expect(error?.code == .refused && error?.reason.contains("larger probability") == true)
        #expect(error?.remedy.contains("label rule votes") == true)
    }

    @Test("the class that a high score means is the positive one, whatever it is called")
    func positive() throws {
        let normal = try scorer(
            Self.liblinear(classes: "-1 1"), labels: ["attack": "1", "normal": "-1"])
        #expect(
            try ThresholdSampler(normal, labelField: "label", act: Self.act).className == "normal")
        let result = try sampled("{\"x\":[1],\"label\":\"normal\"}\n", normal)
        #expect(result.sample.positives == [1])
    }

    @Test("a regression and several classes are refused with the reason")
    func refusals() throws {
        let cases = [
            (Self.liblinear(classes: "", solver: "L2R_L2LOSS_SVR"), "a regression"),
            (Self.liblinear(classes: "1 2 3", weights: "1 2 3"), "the largest of 3 decisions"),
        ]
        for (model, words) in cases {
            let scorer = try scorer(model)
            let error = #expect(throws: SwerveError.self) {
                try ThresholdSampler(scorer, labelField: "label", act: Self.act)
            }
            #expect(error?.code == .refused && error?.reason.contains(words) == true)
            #expect(error?.act == Self.act && error?.remedy.isEmpty == false)
        }
    }

    @Test("a report has the present threshold and the chosen one among its candidates")
    func report() throws {
        let scorer = try scorer(Self.liblinear(classes: "1 -1"), threshold: 2.5)
        let lines = (1...10).map { #"{"x":[\#($0)],"label":\#($0 > 6 ? 1 : -1)}"# }
        let version = VersionReference(model: try ModelName("m"), version: 1)
        func report(_ budget: ThresholdBudget?, perDay: Double? = 100) throws -> JSONValue {
            ThresholdReport(
                try sampled(lines.joined(separator: "\n"), scorer), of: version, className: "1",
                present: scorer.threshold, requestsPerDay: perDay, budget: budget
            ).json
        }
        let met = try report(.alerts(perDay: 30, ofRequests: 100))
        let threshold = try #require(met["threshold"]?.double)
        #expect((7..<8).contains(threshold) && met["met"] == true)
        let rows = try #require(met["candidates"]?.array)
        #expect(rows.compactMap { $0["threshold"]?.double }.sorted(by: >).count == rows.count)
        let chosen = try #require(rows.first { $0["chosen"] == true })
        #expect(chosen["alerts"] == 3 && chosen["alerts_per_day"] == .double(30))
        #expect(chosen["precision"]?.double == 1 && chosen["recall"] == .double(0.75))
        #expect(chosen["recall_95"]?.array?.count == 2)
        let present = try #require(rows.first { $0["present"] == true })
        #expect(present["threshold"] == .double(2.5) && present["alerts"] == 8)
        #expect(present["precision"] == .double(0.5) && present["recall"]?.double == 1)
        let none = try report(nil, perDay: nil)
        #expect(none["met"] == .null && none["threshold"] == .null)
        #expect(none["candidates"]?.array?.first?["alerts_per_day"] == nil)
        let unmet = try report(.alerts(perDay: 5, ofRequests: 100))
        #expect(unmet["met"] == false && unmet["threshold"] == .null)
        #expect(unmet["reason"]?.string?.contains("1 of 10 requests") == true)
    }
}
