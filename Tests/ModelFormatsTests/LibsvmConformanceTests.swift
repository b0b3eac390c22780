import Lifecycle
import ModelFormats
import Scoring
import TestSupport
import Testing

@Suite(
    "LIBSVM's own models and decisions",
    .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
struct LibsvmConformanceTests {
    private static let models = [
        "svm_c_linear", "svm_c_rbf", "svm_c_rbf_b1", "svm_eps_svr", "svm_multi_rbf_b1",
        "svm_nu_poly", "svm_nu_svr_b1", "svm_one_rbf", "svm_one_sigmoid",
    ]

    /// The features of `"svm"` text, indices from 0.
    private static func features(_ text: String) throws -> [Feature] {
        try text.split(separator: " ").map { word in
            let parts = word.split(separator: ":")
            return Feature(
                index: try #require(Int(parts[0])) - 1, value: try #require(Double(parts[1])))
        }
    }

    private static func number(_ value: JSONValue) throws -> Double {
        try #require(value.double ?? value.string.flatMap { Double($0) })
    }

    private static func inputs(_ model: String) throws -> [String: [Feature]] {
        let file = model.contains("multi") ? "inputs_svm_hp.jsonl" : "inputs_svm_csic.jsonl"
        var inputs: [String: [Feature]] = [:]
        for line in try ReferenceVectors.lines(file) {
            inputs[try #require(line["id"]?.string)] = try features(
                try #require(line["svm"]?.string))
        }
        return inputs
    }

    @Test(
        "kernels that cancel each other out are summed as LIBSVM sums them: equal to the last bit",
        arguments: ["svm_c_linear", "svm_nu_poly"])
    func inOrder(model: String) throws {
        let parsed = try ParsedModel(
            parsing: NamedBytes(
                name: model, bytes: try SharedData.bytes("conformance/models/\(model).model"))
        ).model
        let scorer = try Scorer(
            featurizer: Featurizer(Samples.ngrams(features: parsed.featureCount)), model: parsed,
            labels: [:], threshold: 0)
        let inputs = try Self.inputs(model)
        let buffer = FeatureBuffer()
        let output = ScoreOutput()
        for line in try ReferenceVectors.lines("\(model).jsonl") {
            let id = try #require(line["id"]?.string)
            let expected = try Self.number(try #require(line["decision"]?.array?.first))
            buffer.put(sparse: try #require(inputs[id]), space: parsed.featureCount)
            _ = scorer.score(buffer, output)
            let got = output.decision(0)
            #expect(got == expected || got.isNaN && expected.isNaN, "\(id): \(expected) \(got)")
        }
    }

    @Test(
        "decisions, label and probabilities agree on every vector, vectorised and by the formula",
        arguments: models)
    func vectors(model: String) throws {
        let parsed = try ParsedModel(
            parsing: NamedBytes(
                name: model, bytes: try SharedData.bytes("conformance/models/\(model).model"))
        ).model
        // A wider space, as a featurizer may have: what no support vector has counts as LIBSVM's.
        let scorer = try Scorer(
            featurizer: Featurizer(Samples.ngrams(features: 32)), model: parsed.widened(to: 32),
            labels: [:], threshold: 0)
        let inputs = try Self.inputs(model)
        let lines = try ReferenceVectors.lines("\(model).jsonl")
        #expect(lines.count >= 250)
        let buffer = FeatureBuffer()
        let (output, plain) = (ScoreOutput(), ScoreOutput())
        var (largest, largestProbability) = (0.0, 0.0)
        for line in lines {
            let id = try #require(line["id"]?.string)
            let expected = try #require(line["decision"]?.array).map(Self.number)
            buffer.put(sparse: try #require(inputs[id]), space: 32)
            let tolerances = scorer.tolerances(buffer, expected: expected, plain)
            let verdict = scorer.score(buffer, output)
            scorer.addProbabilities(output)
            #expect(output.decisionCount == expected.count && plain.decisionCount == expected.count)
            for (position, one) in expected.enumerated() {
                for other in [output.decision(position), plain.decision(position)] {
                    if one.isNaN || other.isNaN {
                        #expect(one.isNaN && other.isNaN, "\(id)")
                    } else {
                        let difference = (one - other).magnitude
                        #expect(difference <= tolerances[position], "\(id): \(one) \(other)")
                        largest = max(largest, difference / tolerances[position])
                    }
                }
            }
            #expect(verdict.score.isNaN == expected.contains(where: \.isNaN), "\(id)")
            switch parsed.task {
            case .regression: #expect(verdict.classIndex == 0)
            case .classification, .oneClass:
                let label = Int(try Self.number(try #require(line["label"])))
                #expect(scorer.labels[verdict.classIndex] == "\(label)", "\(id)")
            }
            let probabilities = try line["proba"]?.array?.map(Self.number) ?? []
            #expect(
                output.probabilityCount == (probabilities.count == 2 ? 1 : probabilities.count))
            for (one, other) in zip(probabilities, output.probabilityList) {
                #expect((one - other).magnitude <= 1e-9, "\(id)")
                largestProbability = max(largestProbability, (one - other).magnitude)
            }
        }
        // Far below the tolerances: what remains is the order of the sums.
        #expect(largest < 0.1 && largestProbability < 1e-10)
    }
}
