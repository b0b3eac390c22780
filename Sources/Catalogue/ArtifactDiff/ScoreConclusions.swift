import Lifecycle
import Registry
import Scoring

/// What a difference of two versions means for scores and verdicts, in plain sentences.
///
/// As the artifacts say; a deployment's settings may say otherwise. Sums are rounded: two scores
/// also differ by what rounding makes of them, as far as the self-test allows.
struct ScoreConclusions {
    let before: ArtifactSide
    let after: ArtifactSide
    let weights: ArtifactDiff.Weights

    var sentences: [String] {
        if before.version.digest == after.version.digest {
            return ["the same artifact: no score and no verdict can change"]
        }
        guard case .compared(let difference, _) = weights, let one = before.scorer,
            let other = after.scorer
        else { return ["nothing is known of how far a score can change"] }
        return [score(difference, one.featurizer)]
            + (one.positiveClass == other.positiveClass
                ? [margin(difference, one, other)] + names(one, other)
                : [
                    "a score above the threshold means class \(one.positiveClass) in "
                        + "\(before.name) and class \(other.positiveClass) in \(after.name): "
                        + "verdicts cannot be compared"
                ])
    }

    private func score(_ difference: WeightDifference, _ featurizer: Featurizer) -> String {
        switch difference.scoreBound {
        case .atMost(0): return "no score can change: weights and intercept are equal"
        case .atMost where difference.changedCount == 0:
            let change = difference.interceptAfter - difference.interceptBefore
            return "every score changes by \(change), the change of the intercept"
        case .atMost(let bound):
            let norm = featurizer.spec.hashedNgrams?.norm?.rawValue ?? "no"
            return "no score can change by more than \(bound), since the features of an input "
                + "have \(norm) norm 1"
        case .noNorm:
            return "a score can change without a bound, since the features are not normalised"
        case .beyondDouble:
            return "a score can change by more than a double holds"
        }
    }

    private func margin(
        _ difference: WeightDifference, _ one: Scorer, _ other: Scorer
    ) -> String {
        let isShifted = one.threshold != other.threshold
        let shift =
            isShifted
            ? "the threshold moves from \(one.threshold) to "
                + "\(other.threshold): " : ""
        switch difference.marginBound(
            thresholdBefore: one.threshold, thresholdAfter: other.threshold)
        {
        case .atMost(0) where !isShifted:
            return "no record can change the side of the threshold, \(one.threshold)"
        case .atMost(let bound):
            return shift + "a verdict can change only where the score of \(before.name) is within "
                + "\(bound) of \(isShifted ? "its threshold" : "the threshold"), \(one.threshold)"
        case .noNorm, .beyondDouble:
            return shift + "any verdict can change"
        }
    }

    private func names(_ one: Scorer, _ other: Scorer) -> [String] {
        guard one.labels != other.labels else { return [] }
        let renamed = zip(one.labels, other.labels).filter { $0 != $1 }
            .map { "\($0) is called \($1)" }
        return ["verdicts are named otherwise: " + renamed.joined(separator: ", ")]
    }
}

extension Scorer {
    /// The class that a score above the threshold means.
    fileprivate var positiveClass: String {
        model.classes.indices.contains(model.positive) ? model.classes[model.positive] : ""
    }
}
