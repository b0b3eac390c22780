/// How decisions become probabilities.
package enum ProbabilityRule: Sendable, Equatable {
    /// The model gives none.
    case none
    /// The logistic function of each decision, as LIBLINEAR's and scikit-learn's logistic
    /// regression; with more than two classes divided by their sum, and the same for all where all
    /// are 0.
    case logistic
    /// scikit-learn's softmax of one decision a class.
    case softmax
    /// scikit-learn's loss `modified_huber`: (clip(d, -1, 1) + 1) / 2; with more than two classes
    /// divided by their sum, and the same for all where all are 0.
    case modifiedHuber
    /// scikit-learn's `OneVsRestClassifier` of more than two classes: each class by itself, divided
    /// by their sum; where all are 0, they stay 0.
    case oneVsRest(Link)
    /// LIBSVM's pairwise sigmoids: 1 / (1 + exp(a d + b)), clipped to [1e-7, 1 - 1e-7], one pair of
    /// numbers a pair of classes.
    ///
    /// With `couples` also two classes go through the iterative coupling, as in scikit-learn;
    /// LIBSVM takes the one sigmoid there.
    case pairwise(a: [Double], b: [Double], couples: Bool)
    /// scikit-learn's sigmoid calibration of two classes: 1 / (1 + exp(a d + b)) of the positive.
    case sigmoid(a: Double, b: Double)
    /// The decisions are the probabilities: those of a calibrated ensemble.
    case decisions

    /// From one decision to the probability of its class against all others.
    package enum Link: String, Sendable {
        case logistic
        case modifiedHuber = "modified_huber"

        @inline(__always)
        func probability(_ decision: Double) -> Double {
            switch self {
            case .logistic: Exponential.logistic(decision)
            case .modifiedHuber:
                // Written so that NaN passes, as it does through numpy's clip.
                ((decision < -1 ? -1 : decision > 1 ? 1 : decision) + 1) / 2
            }
        }
    }
}
