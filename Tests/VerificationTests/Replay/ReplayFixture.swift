import Lifecycle
import Scoring
import Verification

/// Versions that are asked about records.
enum ReplayFixture {
    /// A linear model whose score is the length of what it reads.
    ///
    /// - Parameters:
    ///   - classes: of the model, the positive one first.
    ///   - labels: classes by name.
    ///   - alerts: the labels that are alerts.
    static func version(
        _ number: Int, classes: [String] = ["1", "-1"],
        labels: [String: String] = ["attack": "1", "normal": "-1"],
        alerts: [String] = ["attack"], threshold: Double = 0
    ) throws -> ReplayVersion {
        let spec = """
            {"steps":[{"hashed_ngrams":{"analyzer":"byte","ngram_range":[1,1],"n_features":1,\
            "alternate_sign":false,"lowercase":false,"norm":null}}]}
            """
        let scorer = try Scorer(
            featurizer: Featurizer(FeaturizerSpec(parsing: Array(spec.utf8), file: "spec")),
            model: Model(
                task: .classification, classes: classes, positive: 0, rule: .single,
                function: .linear(LinearWeights(weights: [1], intercepts: [0]))),
            labels: labels, threshold: threshold)
        return ReplayVersion(version: number, scorer: scorer, labels: alerts)
    }
}
