import Lifecycle
import ModelFormats
import Scoring
import TestSupport
import Testing

@Suite(
    "LIBLINEAR's own models and decisions",
    .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
struct ConformanceTests {
    private static let specs = [
        "ll_l2l2_byte18": "\"analyzer\":\"byte\",\"ngram_range\":[1,3],\"n_features\":262144",
        "ll_l2l1_char16na":
            "\"analyzer\":\"char\",\"ngram_range\":[1,3],\"n_features\":65536,\"alternate_sign\":false",
        "ll_l1l2_char16": "\"analyzer\":\"char\",\"ngram_range\":[1,3],\"n_features\":65536",
        "ll_lr_char16": "\"analyzer\":\"char\",\"ngram_range\":[1,3],\"n_features\":65536",
    ]

    @Test("decision, label and probability agree on every vector", arguments: specs.keys.sorted())
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
            let expected = try #require(line["decision"]?.array?.first?.double)
            let verdict = scorer.score(OwnedInput(text: text), buffer, output)
            scorer.addProbabilities(output)
            #expect(SelfTest.agree(expected: expected, got: verdict.score), "\(id)")
            largest = max(
                largest, (expected - verdict.score).magnitude / max(1, expected.magnitude))
            let label = try #require(line["label"]?.int)
            #expect(scorer.labels[verdict.classIndex] == "\(label)", "\(id)")
            if text.count < 2_000 {
                let reference = try #require(scorer.referenceScore(text))
                #expect(SelfTest.agree(expected: expected, got: reference), "\(id)")
            }
            if let probability = line["proba"]?.array?.first?.double {
                let got = try #require(output.probabilityList.first)
                #expect(SelfTest.agree(expected: probability, got: got), "\(id)")
            } else {
                #expect(output.probabilityList.isEmpty)
            }
        }
        // Far below the tolerance: what remains is the order of the sums.
        #expect(largest < 1e-12)
    }

    @Test(
        "models for later are refused by name",
        arguments: [
            ("ll_cs_weblog", "Crammer-Singer"), ("ll_ovr_weblog", "nr_class is 4"),
            ("ll_svr_char16", "regression"),
        ])
    func later(model: String, words: String) throws {
        let file = NamedBytes(
            name: model, bytes: try SharedData.bytes("conformance/models/\(model).model"))
        let error = #expect(throws: SwerveError.self) {
            try LiblinearModel.parse(file)
        }
        #expect(error?.reason.contains(words) == true, "\(String(describing: error))")
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
