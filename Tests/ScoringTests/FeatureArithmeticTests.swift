import Lifecycle
import Scoring
import TestSupport
import Testing

@Suite("Features of numbers, and the arithmetic of scalers")
struct FeatureArithmeticTests {
    private let buffer = FeatureBuffer()

    private func features(
        _ source: FeatureSource, _ transforms: [FeatureTransform] = [], _ input: OwnedInput,
        modelFeatures: Int? = nil
    ) throws -> [Feature] {
        let featurizer = try Featurizer(
            FeaturizerSpec(source: source, transforms: transforms), modelFeatures: modelFeatures)
        featurizer.features(of: input, into: buffer)
        return buffer.sortedFeatures()
    }

    private func values(
        _ source: FeatureSource, _ transforms: [FeatureTransform], _ input: OwnedInput
    ) throws -> [Double] {
        try features(source, transforms, input).map(\.value)
    }

    @Test("scikit-learn's scalers round at each step")
    func scalers() throws {
        var generator = SeededGenerator(seed: 4)
        func numbers() -> [Double] {
            (0..<50).map { _ in .random(in: -1e3...1e3, using: &generator) }
        }
        let (x, mean, scale) = (numbers(), numbers(), numbers())
        let input = OwnedInput(dense: x)
        let standard = StandardScaler(mean: mean, scale: scale)
        #expect(
            try values(.dense(count: 50), [.standardScaler(standard)], input)
                == x.indices.map { index in
                    let centred = x[index] - mean[index]
                    return centred / scale[index]
                })
        let minMax = MinMaxScaler(scale: scale, min: mean, clip: nil)
        #expect(
            try values(.dense(count: 50), [.minMaxScaler(minMax)], input)
                == x.indices.map { index in
                    let scaled = x[index] * scale[index]
                    return scaled + mean[index]
                })
    }

    @Test("clipping keeps to its range, and lets NaN pass")
    func clip() throws {
        let scaler = MinMaxScaler(
            scale: [1, 1, 1, 1, 1], min: [0, 0, 0, 0, 0], clip: 0...1)
        let got = try values(
            .dense(count: 5), [.minMaxScaler(scaler)],
            OwnedInput(dense: [-5, 0.25, .infinity, -.infinity, .nan]))
        #expect(Array(got[..<4]) == [0, 0.25, 1, 0])
        #expect(got[4].isNaN)
    }

    @Test(
        "svm-scale's own output is met on every vector",
        .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
    func svmScale() throws {
        let range = String(
            decoding: try SharedData.bytes("conformance/models/csic_num.range"), as: UTF8.self)
        let spec: JSONValue = [
            "steps": [["dense": ["n_features": 30]], ["svm_scale": ["range": .string(range)]]]
        ]
        let featurizer = try Featurizer(FeaturizerSpec(json: spec, act: "test"))
        var inputs: [String: [Double]] = [:]
        for line in try ReferenceVectors.lines("inputs_num.jsonl") {
            inputs[line["id"]?.string ?? ""] = line["x"]?.array?.map(Self.number)
        }
        var compared = 0
        for expected in try ReferenceVectors.lines("inputs_svm_csic.jsonl") {
            let id = try #require(expected["id"]?.string)
            guard let dense = inputs[id] else { continue }
            compared += 1
            featurizer.features(of: OwnedInput(dense: dense), into: buffer)
            let got = buffer.sortedFeatures().filter { $0.value != 0 }
            let pairs = try #require(expected["svm"]?.string).split(separator: " ").map {
                $0.split(separator: ":")
            }
            #expect(got.map { "\($0.index + 1)" } == pairs.map { String($0[0]) }, "\(id)")
            for (feature, pair) in zip(got, pairs) {
                let number = try #require(Double(pair[1]))
                // The program prints six digits.
                let isClose =
                    number.isFinite
                    ? (feature.value - number).magnitude <= 5.1e-6 * number.magnitude
                    : "\(feature.value)" == "\(number)" || feature.value.isNaN && number.isNaN
                #expect(isClose, "\(id): \(feature) \(pair)")
            }
        }
        #expect(compared == 250)
    }

    private static func number(_ json: JSONValue) -> Double {
        json.double ?? Double(json.string ?? "") ?? .zero
    }

    @Test("what a range file leaves out, or cannot scale, becomes 0; what is absent is scaled")
    func svmScaleEdges() throws {
        let scale = SVMScale(
            lower: -1, upper: 1,
            bounds: [.init(lowest: 0, highest: 4), nil, .init(lowest: 2, highest: 2)])
        let got = try values(
            .sparse(count: 4), [.svmScale(scale)],
            OwnedInput(sparse: [Feature(index: 1, value: 7), Feature(index: 2, value: 9)]))
        #expect(got == [-1, 0, 0, 0])
    }

    @Test("norms divide, and a vector of zeros stays")
    func normalizers() throws {
        let input = OwnedInput(dense: [3, -4, 0])
        #expect(try values(.dense(count: 3), [.normalizer(.l2)], input) == [0.6, -0.8, 0])
        #expect(try values(.dense(count: 3), [.normalizer(.l1)], input) == [3.0 / 7, -4.0 / 7, 0])
        #expect(try values(.dense(count: 3), [.maxNormalizer], input) == [0.75, -1, 0])
        let zeros = OwnedInput(dense: [0, 0])
        for step in [FeatureTransform.normalizer(.l2), .normalizer(.l1), .maxNormalizer] {
            #expect(try values(.dense(count: 2), [step], zeros) == [0, 0])
        }
    }

    @Test("a norm that scikit-learn takes for 0 leaves an array as it is, and divides a sparse row")
    func tinyNorms() throws {
        for step in [FeatureTransform.normalizer(.l2), .normalizer(.l1), .maxNormalizer] {
            let dense = OwnedInput(dense: [0, -2e-15])
            #expect(try values(.dense(count: 2), [step], dense) == [0, -2e-15])
            let sparse = OwnedInput(sparse: [Feature(index: 1, value: -2e-15)])
            #expect(try values(.sparse(count: 2), [step], sparse) == [-1])
        }
        #expect(
            try values(.dense(count: 1), [.normalizer(.l1)], OwnedInput(dense: [2.3e-15])) == [1])
    }

    @Test("float32 rounds each feature, counts among them")
    func single() throws {
        #expect(
            try values(.dense(count: 2), [.single], OwnedInput(dense: [0.1, 1e300]))
                == [Double(Float(0.1)), .infinity])
        let ngrams = Recipes.ngrams(.byte, features: 1 << 10)
        let text = Array("GET /index.html\n".utf8)
        #expect(
            try features(.hashedNgrams(ngrams), [.single], OwnedInput(text: text))
                == Recipes.features(text, ngrams).map {
                    Feature(index: $0.index, value: Double(Float($0.value)))
                })
    }

    @Test("sparse input keeps its indices, scaled without offsets too")
    func sparse() throws {
        let input = OwnedInput(sparse: [Feature(index: 0, value: 3), Feature(index: 2, value: 8)])
        #expect(try features(.sparse(count: nil), [], input, modelFeatures: 3) == input.sparse)
        let scaler = StandardScaler(mean: nil, scale: [2, 2, 4])
        #expect(
            try features(.sparse(count: nil), [.standardScaler(scaler)], input)
                == [Feature(index: 0, value: 1.5), Feature(index: 2, value: 2)])
        // Beyond the space: known to nobody but a distance.
        #expect(
            try features(.sparse(count: 2), [], input) == [Feature(index: 0, value: 3)])
    }

    @Test("a union sets its elements side by side, whatever form they have")
    func union() throws {
        let ngrams = Recipes.ngrams(.byte, features: 1 << 8, norm: nil)
        let text = Array("GET /a?b=1\n".utf8)
        let input = OwnedInput(text: text, dense: [1.5, 0, -2], fields: ["f": 7])
        let dense = FeaturizerSpec(
            source: .dense(count: 3),
            transforms: [.standardScaler(StandardScaler(mean: [1, 1, 1], scale: nil))])
        let fields = FeaturizerSpec(source: .fields(FieldList(names: ["f"], missing: 0)))
        let got = try features(
            .union([
                FeaturizerSpec(source: .union([dense, fields])),
                FeaturizerSpec(hashedNgrams: ngrams), FeaturizerSpec(source: .lexical), dense,
            ]), [], input)
        let lexical = try features(.lexical, [], input)
        let expected =
            [0.5, -1, -3, 7].enumerated().map { Feature(index: $0, value: $1) }
            + Recipes.features(text, ngrams).map { Feature(index: $0.index + 4, value: $0.value) }
            + lexical.map { Feature(index: $0.index + 260, value: $0.value) }
            + [0.5, -1, -3].enumerated().map { Feature(index: $0 + 290, value: $1) }
        #expect(got.filter { $0.value != 0 } == expected.filter { $0.value != 0 })
        // A scaler behind it sees all of them.
        let all = try features(
            .union([dense, FeaturizerSpec(hashedNgrams: ngrams)]),
            [
                .standardScaler(
                    StandardScaler(mean: [Double](repeating: 1, count: 259), scale: nil))
            ], input)
        #expect(all.count == 259)
        #expect(all[0].value == -0.5)
    }

    @Test("what an input lacks is a fault, and the next input is none the worse")
    func faults() throws {
        let dense = try Featurizer(FeaturizerSpec(source: .dense(count: 2)))
        let fields = try Featurizer(
            FeaturizerSpec(source: .fields(FieldList(names: ["a", "b"], missing: nil))))
        let union = try Featurizer(
            FeaturizerSpec(source: .union([FeaturizerSpec(source: .lexical), fields.spec])))
        let cases: [(Featurizer, OwnedInput, InputFault)] = [
            (dense, OwnedInput(text: []), .missingView(.dense)),
            (dense, OwnedInput(dense: [1]), .denseCount(got: 1, wanted: 2)),
            (fields, OwnedInput(fields: ["a": 1]), .missingField(1)),
            (union, OwnedInput(fields: ["a": 1, "b": 2]), .missingView(.text)),
            (union, OwnedInput(text: [], fields: ["b": 2]), .missingField(0)),
        ]
        for (featurizer, input, fault) in cases {
            featurizer.features(of: input, into: buffer)
            #expect(buffer.fault == fault)
            #expect(buffer.sortedFeatures().isEmpty)
        }
        union.features(of: OwnedInput(text: [], fields: ["a": 1, "b": 2]), into: buffer)
        #expect(buffer.fault == nil)
        #expect(buffer.sortedFeatures().suffix(2).map(\.value) == [1, 2])
        #expect(fields.fieldNames == ["a", "b"])
        #expect(union.needs == [.text, .fields] && union.readsParts && !dense.readsParts)
    }
}
