import Lifecycle
import ModelFormats
import Scoring
import TestSupport
import Testing

/// What onnxruntime says, on every vector.
@Suite(
    "ONNX: onnxruntime's decisions",
    .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
struct ONNXConformanceTests {
    struct Export: Sendable, CustomTestStringConvertible {
        let name: String
        /// What is compared: a column of the scores as the decision, or all that they are.
        let told: Told
        /// How far a decision or probability may be from the tool's, times its magnitude above 1:
        /// onnxruntime sums in float32, and thousands of terms of 10 cancel out in an SVC.
        let tolerance: Double
        /// The recipe beside a file that is only the end of a pipeline.
        var featurizer: String?
        var testDescription: String { name }
    }

    enum Told { case column(Int), decisions, probabilities }

    private static let exports = [
        Export(
            name: "sk_hv_lsvc_tail", told: .column(1), tolerance: 1e-6,
            featurizer: """
                {"steps":[{"hashed_ngrams":{"analyzer":"char","ngram_range":[1,3],"n_features":65536}}]}
                """),
        Export(name: "sk_lsvc_num", told: .column(1), tolerance: 1e-6),
        Export(name: "sk_sgd_num", told: .column(1), tolerance: 2e-6),
        Export(name: "sk_ocsvm_rbf", told: .column(0), tolerance: 1e-5),
        Export(name: "sk_svc_rbf", told: .column(0), tolerance: 1e-4),
        Export(name: "sk_svc_rbf_prob", told: .probabilities, tolerance: 5e-5),
        Export(name: "sk_svc_rbf_platt", told: .probabilities, tolerance: 5e-5),
        Export(name: "sk_svc_multi_ovo", told: .decisions, tolerance: 5e-6),
        Export(name: "sk_svc_multi_ovr", told: .decisions, tolerance: 1e-6),
        Export(name: "sk_tfidf_lsvc", told: .column(1), tolerance: 2e-6),
        Export(name: "sk_tfidf_lsvc_nolower", told: .column(1), tolerance: 2e-6),
    ]

    private static func number(_ value: JSONValue) throws -> Double {
        try #require(value.double ?? value.string.flatMap { Double($0) })
    }

    private static func inputs(_ export: Export) throws -> [String: OwnedInput] {
        if export.name.hasPrefix("sk_tfidf") || export.featurizer != nil {
            return try ReferenceVectors.texts().mapValues { OwnedInput(text: $0) }
        }
        var inputs: [String: OwnedInput] = [:]
        for line in try ReferenceVectors.lines("inputs_num.jsonl") {
            inputs[try #require(line["id"]?.string)] = OwnedInput(
                dense: try #require(line["x"]?.array).map(number))
        }
        return inputs
    }

    private static func scorer(_ export: Export) throws -> Scorer {
        let file = NamedBytes(
            name: "\(export.name).onnx",
            bytes: try SharedData.bytes("conformance/models/\(export.name).onnx"))
        let parsed = try ParsedModel(parsing: file)
        return try ScorerLoader.build(
            parsed, file: file.name,
            featurizer: export.featurizer.map { NamedBytes(name: "spec", bytes: Array($0.utf8)) },
            labels: [:], threshold: parsed.threshold)
    }

    @Test("decisions, probabilities and labels agree on every vector", arguments: exports)
    func vectors(export: Export) throws {
        let scorer = try Self.scorer(export)
        let inputs = try Self.inputs(export)
        let buffer = FeatureBuffer()
        let output = ScoreOutput()
        let lines = try ReferenceVectors.lines("\(export.name).onnx.jsonl")
        #expect(lines.count == 250)
        var largest = 0.0
        for line in lines {
            let id = try #require(line["id"]?.string)
            let told = line["probabilities"] ?? line["output_probability"] ?? line["scores"]
            let all = try #require(told?.array).map(Self.number)
            let verdict = scorer.score(try #require(inputs[id]), buffer, output)
            #expect(verdict.fault == nil)
            guard all.allSatisfy(\.isFinite) else {
                #expect(!verdict.isFinite, "\(id)")
                continue
            }
            scorer.addProbabilities(output)
            let (expected, got): ([Double], [Double]) =
                switch export.told {
                case .column(let column): ([all[column]], output.decisionList)
                case .decisions: (all, output.decisionList)
                case .probabilities: ([all[1]], output.probabilityList)
                }
            #expect(expected.count == got.count)
            for (one, other) in zip(expected, got) {
                largest = max(largest, (one - other).magnitude / max(1, one.magnitude))
            }
            let label = try Self.number(
                try #require((line["label"] ?? line["output_label"])?.array?.first))
            // None of the decisions is so near to the threshold that float32 could turn it.
            #expect(scorer.labels[verdict.classIndex] == "\(Int(label))", "\(id)")
        }
        #expect(largest <= export.tolerance, "\(export.name): \(largest)")
        #expect(largest > 0)
    }
}
