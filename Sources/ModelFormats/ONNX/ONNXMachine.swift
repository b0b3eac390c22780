import Scoring

/// A node of a graph that makes decisions of features, or several that are scored as one.
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
        /// Several of the others.
        case several
    }

    let kind: Kind
    /// The node, for errors.
    let op: ONNXOperator
    var features: FeaturizerSpec
    var function: DecisionFunction
    /// The pairwise sigmoids of an SVMClassifier that has them.
    var probability: ProbabilityRule = .none
    var precision: Model.Precision = .single
    /// How many classes it gives probabilities of.
    var classes = 0
    /// What formulas call its first decision.
    var base = 0

    /// The decisions that it makes.
    var decisionCount: Int { function.decisionCount }
    /// What formulas call its decisions, and its probabilities of classes.
    var numbers: Range<Int> { base..<base + max(decisionCount, classes) }
    var decisions: [ONNXFormula] { (base..<base + decisionCount).map(ONNXFormula.decision) }

    /// Whether it is several hyperplanes of which only some are wanted.
    func isPart(in used: Set<Int>) -> Bool {
        guard case .linear = function else { return false }
        let wanted = numbers.count(where: used.contains)
        return wanted > 0 && wanted < decisionCount
    }

    func with(_ function: DecisionFunction) -> ONNXMachine {
        var changed = self
        changed.function = function
        changed.base = 0
        return changed
    }
}
