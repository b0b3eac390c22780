import Lifecycle
import Scoring

/// How many features a spec may make for a model.
///
/// The tools of LIBSVM's kind count the features of a model up to the highest that the training
/// saw, so a spec may be a little wider than the model. One that is far wider is of another
/// training.
package enum FeatureWidth {
    /// The most features that go with a model of `count` without a word: as many as the next power
    /// of two, and a few in any case.
    package static func sensible(for count: Int) -> Int {
        var power = 1
        while power < count { power *= 2 }
        return max(power, count + few)
    }

    /// A spec for a model of `count` features, as far as one can be guessed.
    package static func suggestedSpec(for count: Int) -> String {
        guard count > few else { return #"{"steps":[{"dense":{"n_features":\#(count)}}]}"# }
        var power = 1
        while power < count { power *= 2 }
        return #"{"steps":[{"hashed_ngrams":{"analyzer":"byte","ngram_range":[1,3],"#
            + #""n_features":\#(min(power, Limits.hashedFeatures))}}]}"#
    }

    /// - Throws: `.refused` for a spec that is far wider, unless that is allowed; `.tooLarge` where
    ///   the weights would stand in more memory than `Limits.linearWeights`.
    static func check(
        _ features: Int, of model: Model, file: String, isWideAllowed: Bool
    ) throws(SwerveError) {
        let act = "building a scorer"
        let count = model.featureCount
        guard isWideAllowed || features <= sensible(for: count) else {
            throw SwerveError(
                .refused, act: act,
                reason: "the featurizer spec makes \(features) features, and \(file) has weights "
                    + "for \(count)",
                problem: Problem(.featurizerTooWide))
        }
        guard let rows = model.linear?.rows, features > count else { return }
        let (weights, isOver) = features.multipliedReportingOverflow(by: rows)
        guard !isOver, weights <= Limits.linearWeights else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "\(rows) decisions over the \(features) features of the spec are more than "
                    + "\(Limits.linearWeights) weights",
                remedy: "use the spec of its training")
        }
    }

    /// Trailing features that were 0 in all of a training are not rare where there are few.
    private static let few = 64
}
