import Lifecycle
import ModelFormats
import Scoring
import TestSupport
import Testing

/// LIBSVM files whose indices begin at 0: `svm-train` takes them.
@Suite("Indices from 0")
struct ZeroBasedTests {
    /// The same model with every index one less.
    private static func shifted(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.split(separator: " ", omittingEmptySubsequences: false).map { word in
                let pair = word.split(separator: ":")
                guard pair.count == 2, let index = Int(pair[0]) else { return String(word) }
                return "\(index - 1):\(pair[1])"
            }.joined(separator: " ")
        }.joined(separator: "\n")
    }

    private static func parsed(
        _ text: String, isZeroBased: Bool
    ) throws(SwerveError) -> ParsedModel {
        try ParsedModel(
            parsing: NamedBytes(name: "z.model", bytes: Array(text.utf8)), isZeroBased: isZeroBased)
    }

    private static func scorer(_ text: String, _ spec: String, isZeroBased: Bool) throws -> Scorer {
        try ScorerLoader.build(
            parsed(text, isZeroBased: isZeroBased), file: "z.model",
            featurizer: NamedBytes(name: "spec.json", bytes: Array(spec.utf8)), labels: [:],
            threshold: 0, reading: ModelReading(isZeroBased: isZeroBased))
    }

    private static let samples = [
        LibsvmSamples.two, LibsvmSamples.three, LibsvmSamples.oneClass,
    ]

    @Test("the same model with indices one less is the same model", arguments: samples)
    func same(text: String) throws {
        let shifted = Self.shifted(text)
        #expect(shifted != text)
        #expect(
            try Self.parsed(shifted, isZeroBased: true).model
                == Self.parsed(text, isZeroBased: false).model)
        let error = try #require(throws: SwerveError.self) {
            try Self.parsed(shifted, isZeroBased: false)
        }
        #expect(error.reason.contains("has an index below 1"))
        #expect(error.remedy.contains("zero_based=True") && error.remedy.contains("zero-based"))
    }

    @Test("its records have indices from 0 too, and numbers of x as ever")
    func records() throws {
        let sparse = #"{"steps":[{"sparse":{"n_features":4}}]}"#
        let one = try Self.scorer(LibsvmSamples.two, sparse, isZeroBased: false)
        let zero = try Self.scorer(Self.shifted(LibsvmSamples.two), sparse, isZeroBased: true)
        #expect(zero.featurizer.inputName == "sparse from 0")
        #expect(one.featurizer.inputName == "sparse")
        let (buffer, output) = (FeatureBuffer(), ScoreOutput())
        let features = [Feature(index: 0, value: 0.5), Feature(index: 2, value: -2)]
        let shifted = features.map { Feature(index: $0.index - 1, value: $0.value) }
        let expected = one.score(OwnedInput(sparse: features), buffer, output).score
        #expect(zero.score(OwnedInput(sparse: shifted), buffer, output).score == expected)
        // An index 0 is none of a model whose indices begin at 1.
        #expect(one.score(OwnedInput(sparse: shifted), buffer, output).fault == .indexZero)
        let dense = #"{"steps":[{"dense":{"n_features":4}}]}"#
        let byPlace = try Self.scorer(Self.shifted(LibsvmSamples.two), dense, isZeroBased: true)
        #expect(
            byPlace.score(OwnedInput(dense: [0.5, 0, -2, 0]), buffer, output).score == expected)
    }

    @Test("a spec may say it itself, within a union too, and says it again")
    func spec() throws {
        let text = #"{"steps":[{"union":[{"sparse":{"n_features":3,"zero_based":true}}]}]}"#
        let spec = try FeaturizerSpec(parsing: Array(text.utf8), file: "spec.json")
        #expect(try FeaturizerSpec(parsing: spec.json.bytes, file: "again") == spec)
        #expect(try Featurizer(spec).readsIndexZero)
        #expect(spec.zeroBased == spec)
        let plain = #"{"steps":[{"union":[{"sparse":{"n_features":3}}]}]}"#
        #expect(try FeaturizerSpec(parsing: Array(plain.utf8), file: "s").zeroBased == spec)
    }

    @Test("golden lines keep an index 0")
    func golden() throws {
        let input = GoldenInput(
            input: OwnedInput(sparse: [
                Feature(index: -1, value: 1.5), Feature(index: 4, value: 2),
            ]), decision: [1])
        let bytes = try GoldenFile.encode([input])
        #expect(String(decoding: bytes, as: UTF8.self).contains(#""svm":"0:1.5 5:2.0""#))
        #expect(try GoldenFile.parse(NamedBytes(name: "g", bytes: bytes)) == [input])
    }

    @Test("of other formats it is refused")
    func others() throws {
        let error = try #require(throws: SwerveError.self) {
            try ParsedModel(parsing: Samples.model(), isZeroBased: true)
        }
        #expect(error.reason.contains("liblinear") && error.remedy.contains("zero-based"))
    }

    @Test(
        "the shared file gives what svm-predict gives",
        .enabled(if: SharedData.isPresent, Comment(rawValue: SharedData.absence)))
    func shared() throws {
        let text = String(
            decoding: try SharedData.bytes("field/13-zero-based-libsvm/z.model"), as: UTF8.self)
        let spec = String(
            decoding: try SharedData.bytes("field/13-zero-based-libsvm/f.json"), as: UTF8.self)
        let scorer = try Self.scorer(text, spec, isZeroBased: true)
        let lines = try SharedData.bytes("field/13-zero-based-libsvm/x.jsonl").split(separator: 10)
        let (buffer, output) = (FeatureBuffer(), ScoreOutput())
        for (line, expected) in zip(lines, [0.26672139249511395, -0.967671713427384]) {
            let x = try JSONValue(parsing: Array(line), act: "test")["x"]?.array ?? []
            let got = scorer.score(
                OwnedInput(dense: x.compactMap(\.double)), buffer, output
            ).score
            #expect((got - expected).magnitude < 1e-12)
        }
    }
}
