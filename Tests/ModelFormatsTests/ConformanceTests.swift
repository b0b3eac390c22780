import Lifecycle
import ModelFormats
import Scoring
import TestSupport
import Testing

@Suite(
    "LIBLINEAR's own models and decisions",
    .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
struct ConformanceTests {
    private static let char16 = "\"analyzer\":\"char\",\"ngram_range\":[1,3],\"n_features\":65536"
    private static let byte16 = "\"analyzer\":\"byte\",\"ngram_range\":[1,3],\"n_features\":65536"
    private static let specs = [
        "ll_l2l2_byte18": "\"analyzer\":\"byte\",\"ngram_range\":[1,3],\"n_features\":262144",
        "ll_l2l1_char16na": "\(char16),\"alternate_sign\":false", "ll_l1l2_char16": char16,
        "ll_lr_char16": char16, "ll_svr_char16": char16, "ll_cs_weblog": byte16,
        "ll_ovr_weblog": byte16,
    ]

    @Test("decisions, label and probability agree on every vector", arguments: specs.keys.sorted())
    func vectors(model: String) throws {
        let keys = try #require(Self.specs[model])
        let scorer = try ScorerLoader.build(
            ParsedModel(
                parsing: NamedBytes(
                    name: model, bytes: try SharedData.bytes("conformance/models/\(model).model"))),
            file: model,
            featurizer: NamedBytes(
                name: "spec", bytes: Array("{\"steps\":[{\"hashed_ngrams\":{\(keys)}}]}".utf8)),
            labels: [:], threshold: 0)
        let texts = try ReferenceVectors.texts()
        let buffer = FeatureBuffer()
        let output = ScoreOutput()
        let lines = try ReferenceVectors.lines("\(model).jsonl")
        #expect(lines.count == 250)
        var largest = 0.0
        for line in lines {
            let id = try #require(line["id"]?.string)
            let text = try #require(texts[id])
            let expected = try #require(line["decision"]?.array).compactMap(\.double)
            let verdict = scorer.score(OwnedInput(text: text), buffer, output)
            scorer.addProbabilities(output)
            #expect(SelfTest.agree(expected: expected, got: output.decisionList), "\(id)")
            for (one, other) in zip(expected, output.decisionList) {
                largest = max(largest, (one - other).magnitude / max(1, one.magnitude))
            }
            #expect(verdict.score == Self.score(output.decisionList), "\(id)")
            if scorer.model.task == .classification {
                let label = try #require(line["label"]?.int)
                #expect(scorer.labels[verdict.classIndex] == "\(label)", "\(id)")
            }
            if let reference = text.count < 2_000 ? scorer.referenceScore(text) : nil {
                #expect(SelfTest.agree(expected: expected, got: [reference]), "\(id)")
            }
            if let probabilities = line["proba"]?.array?.compactMap(\.double) {
                #expect(output.probabilityCount == 1)
                let got = try #require(output.probabilityList.first)
                #expect(SelfTest.agree(expected: probabilities[0], got: got), "\(id)")
            } else {
                #expect(output.probabilityList.isEmpty)
            }
        }
        // Far below the tolerance: what remains is the order of the sums.
        #expect(largest < 1e-12, "\(model): \(largest)")
    }

    /// The largest decision of several.
    private static func score(_ decisions: [Double]) -> Double { decisions.max() ?? .nan }

    @Test("the regression has no classes, the others those of their files")
    func classes() throws {
        func parsed(_ name: String) throws -> Model {
            try LiblinearModel.parse(
                NamedBytes(
                    name: name, bytes: try SharedData.bytes("conformance/models/\(name).model")))
        }
        let regression = try parsed("ll_svr_char16")
        #expect(regression.task == .regression && regression.classes.isEmpty)
        for name in ["ll_cs_weblog", "ll_ovr_weblog"] {
            let model = try parsed(name)
            #expect(model.classes == ["0", "1", "2", "3"] && model.rule == .oneVsRest)
        }
    }

    @Test("a model of a larger space than the spec's is refused")
    func wrongSpace() throws {
        let file = NamedBytes(
            name: "model", bytes: try SharedData.bytes("conformance/models/ll_lr_char16.model"))
        #expect(throws: SwerveError.self) {
            try ScorerLoader.build(
                ParsedModel(parsing: file), file: "model",
                featurizer: NamedBytes(
                    name: "spec",
                    bytes: Array(
                        #"{"steps":[{"hashed_ngrams":{"analyzer":"byte","n_features":32768}}]}"#
                            .utf8)),
                labels: [:], threshold: 0)
        }
    }
}
