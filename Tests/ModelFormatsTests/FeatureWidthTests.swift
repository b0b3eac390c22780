import Lifecycle
import ModelFormats
import Scoring
import Testing

@Suite("FeatureWidth")
struct FeatureWidthTests {
    @Test(
        "a spec may be as wide as the next power of two, and a few features wider in any case",
        arguments: [
            (1, 65), (16, 80), (30, 94), (100, 164), (130, 256), (65_536, 65_600),
            (65_500, 65_564), (40_000, 65_536), (261_977, 262_144), (1 << 24, (1 << 24) + 64),
        ])
    func sensible(count: Int, most: Int) {
        #expect(FeatureWidth.sensible(for: count) == most)
    }

    @Test(
        "a suggested spec is read, and goes with the model",
        arguments: [1, 30, 64, 65, 100, 65_536, 261_977, 1 << 24])
    func suggested(count: Int) throws {
        let text = FeatureWidth.suggestedSpec(for: count)
        let spec = try FeaturizerSpec(parsing: Array(text.utf8), file: "suggested")
        let features = try Featurizer(spec).featureCount
        #expect((count...FeatureWidth.sensible(for: count)).contains(features))
    }

    @Test("decisions of many classes over a wide spec are refused before memory is taken")
    func manyClasses() throws {
        let classes = (1...100).map { "\($0)" }
        let rows = [String](repeating: "1", count: 100).joined(separator: " ")
        let model = """
            solver_type L2R_L2LOSS_SVC_DUAL
            nr_class 100
            label \(classes.joined(separator: " "))
            nr_feature 2
            bias -1
            w
            \(rows)\u{20}
            \(rows)\u{20}

            """
        let spec = #"{"steps":[{"hashed_ngrams":{"analyzer":"byte","n_features":16777216}}]}"#
        let parsed = try ParsedModel(
            parsing: NamedBytes(name: "m", bytes: Array(model.utf8)))
        let error = try #require(throws: SwerveError.self) {
            try ScorerLoader.build(
                parsed, file: "m", featurizer: NamedBytes(name: "s", bytes: Array(spec.utf8)),
                labels: [:], threshold: 0)
        }
        #expect(error.code == .tooLarge, "\(error)")
        #expect(error.description.contains("100 decisions over the 16777216 features"))
    }
}
