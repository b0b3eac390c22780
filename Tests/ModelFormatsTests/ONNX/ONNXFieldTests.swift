import Lifecycle
import ModelFormats
import Scoring
import TestSupport
import Testing

/// Files that skl2onnx writes with the options that people give it, against scikit-learn.
@Suite(
    "ONNX: files of the field",
    .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
struct ONNXFieldTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let folder: String
        let file: String
        let tolerance: Double
        var testDescription: String { "\(folder)/\(file)" }
    }

    private static let cases = [
        Case(folder: "03-calibrated-ensemble", file: "m.onnx", tolerance: 1e-5),
        Case(folder: "04-softmax", file: "m.onnx", tolerance: 1e-5),
        Case(folder: "14-onnx-options", file: "cols.onnx", tolerance: 1e-5),
        Case(folder: "14-onnx-options", file: "double.onnx", tolerance: 1e-9),
    ]

    private static func json(_ path: String) throws -> JSONValue {
        try JSONValue(
            parsing: SharedData.bytes("field/\(path)"), act: "reading \(path)", limit: 1 << 20)
    }

    @Test("labels and probabilities are scikit-learn's", arguments: cases)
    func agrees(of one: Case) throws {
        let file = NamedBytes(
            name: one.file, bytes: try SharedData.bytes("field/\(one.folder)/\(one.file)"))
        let parsed = try ONNXModel.parse(file)
        let scorer = try ScorerLoader.build(
            parsed, file: one.file, featurizer: nil, labels: [:], threshold: parsed.threshold)
        let right = try #require(Self.json("\(one.folder)/expect.json")["right"])
        let rows = try SharedData.bytes("field/\(one.folder)/records.jsonl").split(separator: 10)
        let (buffer, output) = (FeatureBuffer(), ScoreOutput())
        #expect(rows.count == 8)
        for (place, row) in rows.enumerated() {
            let x = try JSONValue(parsing: Array(row), act: "test")["x"]?.array ?? []
            let verdict = scorer.score(
                OwnedInput(dense: x.compactMap(\.double)), buffer, output)
            scorer.addProbabilities(output)
            #expect(scorer.labels[verdict.classIndex] == right["label"]?.array?[place].string)
            let expected = try #require(right["probability"]?.array?[place].array)
                .compactMap(\.double)
            let got = output.probabilityList
            let pairs = got.count == 1 ? [(got[0], expected[1])] : Array(zip(got, expected))
            #expect(!pairs.isEmpty)
            for (one_, other) in pairs {
                #expect((one_ - other).magnitude <= one.tolerance)
            }
        }
    }

    @Test("PCA before support vectors is a step of its own")
    func pca() throws {
        let path = "field/14-onnx-options/pca.onnx"
        let file = NamedBytes(name: "pca.onnx", bytes: try SharedData.bytes(path))
        let parsed = try ONNXModel.parse(file)
        #expect(parsed.model.featureCount == 3)
        #expect(
            parsed.featurizer?.transforms.contains {
                if case .matrix(let matrix) = $0 { matrix.inputCount == 6 } else { false }
            } == true)
    }
}
