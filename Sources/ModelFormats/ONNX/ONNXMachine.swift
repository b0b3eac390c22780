import Scoring

/// The one node of a graph that makes decisions of features.
struct ONNXMachine {
    enum Kind {
        /// LinearClassifier.
        case linear
        /// MatMul, and the Add after it.
        case product
        /// LinearRegressor and SVMRegressor.
        case regression
        /// SVMClassifier; its decisions of two classes are scikit-learn's, the file's negated.
        case votes
    }

    let kind: Kind
    let features: FeaturizerSpec
    var function: DecisionFunction
    /// The pairwise sigmoids of an SVMClassifier that has them.
    var probability: ProbabilityRule = .none
    var precision: Model.Precision = .single

    /// The decisions that it makes.
    var decisionCount: Int { function.decisionCount }
}
