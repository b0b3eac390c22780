/// How decisions become probabilities.
package enum ProbabilityRule: Sendable, Equatable {
    /// The model gives none.
    case none
    /// LIBLINEAR's logistic regression: the logistic function of each decision, and with more than
    /// two classes divided by their sum.
    case logistic
    /// LIBSVM's pairwise sigmoids: 1 / (1 + exp(a d + b)), clipped to [1e-7, 1 - 1e-7], one pair of
    /// numbers a pair of classes.
    ///
    /// With `couples` also two classes go through the iterative coupling, as in scikit-learn;
    /// LIBSVM takes the one sigmoid there.
    case pairwise(a: [Double], b: [Double], couples: Bool)
    /// scikit-learn's sigmoid calibration of two classes: 1 / (1 + exp(a d + b)) of the positive.
    case sigmoid(a: Double, b: Double)
}
