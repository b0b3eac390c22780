package import Lifecycle

/// What was trained: how features become decisions, and what decisions mean.
package struct Model: Sendable, Equatable {
    /// How many decisions there are, and how they choose a class.
    package enum Rule: String, Sendable {
        /// One decision against the threshold: two classes, one-class, the value of a regression.
        case single
        /// One decision a class; the largest wins, the first among equals.
        case oneVsRest
        /// One decision a pair of classes, (0,1), (0,2) … (1,2) …; above 0 is a vote for the first,
        /// anything else (NaN too) for the second; most votes win, the first among equals.
        case oneVsOne
        /// Votes as in `oneVsOne`; what is told is one decision a class, scikit-learn's
        /// `decision_function_shape='ovr'`.
        case oneVsOneAsRest
    }

    /// How exact the numbers are that the model was exported with.
    package enum Precision: String, Sendable {
        case double
        /// Weights and inputs are float32, as in ONNX.
        case single
    }

    package let task: ModelTask
    /// The classes as the tool prints them, in the model's order; empty for a regression.
    package let classes: [String]
    /// With `Rule.single` and two classes: which of them a decision above the threshold means.
    package let positive: Int
    package let rule: Rule
    package let function: DecisionFunction
    package let probability: ProbabilityRule
    /// What makes probabilities of the function's decisions, which are told in their place then;
    /// nil for other models.
    package let calibration: Calibration?
    package let precision: Precision
    /// Whether the tool refuses features that are NaN or infinite, as scikit-learn does.
    package let refusesNonFinite: Bool
    /// What chooses the label where there are probabilities of pairs.
    package private(set) var labelRule = LabelRule.votes

    package init(
        task: ModelTask, classes: [String], positive: Int = 0, rule: Rule,
        function: DecisionFunction, probability: ProbabilityRule = .none,
        calibration: Calibration? = nil, precision: Precision = .double,
        refusesNonFinite: Bool = false
    ) {
        precondition(rule != .single || classes.count <= 2, "two classes have one decision")
        precondition(positive == 0 || positive < classes.count, "no such class")
        self.task = task
        self.classes = classes
        self.positive = positive
        self.rule = rule
        self.function = function
        self.probability = probability
        self.calibration = calibration
        self.precision = precision
        self.refusesNonFinite = refusesNonFinite
    }

    /// How many features it takes; a sparse input may have more, which weigh as the tool says.
    package var featureCount: Int { function.featureCount }

    /// How many decisions it tells.
    package var decisionCount: Int {
        switch rule {
        case .single: 1
        case .oneVsRest, .oneVsOneAsRest: classes.count
        case .oneVsOne: classes.count * (classes.count - 1) / 2
        }
    }

    /// How many decisions its function has to give for its rule.
    var wantedDecisions: Int {
        let pairs = classes.count * (classes.count - 1) / 2
        let each =
            switch rule {
            case .single: 1
            case .oneVsRest: function.isOfKernels ? pairs : classes.count
            case .oneVsOne, .oneVsOneAsRest: pairs
            }
        return each * (calibration?.members ?? 1)
    }

    /// Whether the calibration goes with rule and function; true without one.
    var isCalibrationSound: Bool {
        guard let calibration else { return !function.isOfKernels }
        if case .kernels(let machines) = function {
            let each = wantedDecisions / calibration.members
            guard machines.count == calibration.members,
                machines.allSatisfy({ $0.intercepts.count == each })
            else { return false }
        }
        switch rule {
        case .single: return classes.count == 2 && calibration.fits(decisions: 1)
        case .oneVsRest:
            // One machine's decisions are those of pairs, which nobody makes one a class of.
            if case .kernel = function { return false }
            return calibration.fits(decisions: classes.count)
        case .oneVsOne, .oneVsOneAsRest: return false
        }
    }
}

extension Model {
    /// A hyperplane between two classes, the first of which a high decision means.
    package init(
        classes: [String], weights: [Double], intercept: Double, isLogistic: Bool
    ) {
        self.init(
            task: .classification, classes: classes, rule: .single,
            function: .linear(LinearWeights(weights: weights, intercepts: [intercept])),
            probability: isLogistic ? .logistic : .none)
    }

    /// The weights of a linear model; nil for kernels.
    package var linear: LinearWeights? {
        guard case .linear(let weights) = function else { return nil }
        return weights
    }
}

extension Model {
    /// The same model with that rule for its label.
    package func choosing(by rule: LabelRule) -> Model {
        var model = self
        model.labelRule = rule
        return model
    }
}

extension Model {
    /// The same model over a larger feature space, where the features it never saw weigh nothing.
    package func widened(to featureCount: Int) -> Model {
        guard featureCount > self.featureCount else { return self }
        let wider: DecisionFunction
        switch function {
        case .linear(let linear):
            let added = (featureCount - linear.featureCount) * linear.rows
            wider = .linear(
                LinearWeights(
                    weights: linear.weights + [Double](repeating: 0, count: added),
                    intercepts: linear.intercepts))
        case .kernel(let machine): wider = .kernel(machine.widened(to: featureCount))
        case .kernels(let machines):
            wider = .kernels(machines.map { $0.widened(to: featureCount) })
        }
        return Model(
            task: task, classes: classes, positive: positive, rule: rule, function: wider,
            probability: probability, calibration: calibration, precision: precision,
            refusesNonFinite: refusesNonFinite
        ).choosing(by: labelRule)
    }
}

/// What a model does.
package enum ModelTask: String, Sendable {
    /// Chooses one of two or more classes.
    case classification
    /// Predicts a number; there are no classes.
    case regression
    /// Tells inliers (`1`, a decision above the threshold) from outliers (`-1`).
    case oneClass = "one-class"
}

/// From features to decisions.
package enum DecisionFunction: Sendable, Equatable {
    case linear(LinearWeights)
    case kernel(KernelMachine)
    /// One machine a member of a calibrated ensemble.
    case kernels([KernelMachine])

    package var featureCount: Int {
        switch self {
        case .linear(let weights): weights.featureCount
        case .kernel(let machine): machine.featureCount
        case .kernels(let machines): machines.reduce(0) { max($0, $1.featureCount) }
        }
    }

    /// How many numbers it gives for an input.
    package var decisionCount: Int {
        switch self {
        case .linear(let weights): weights.rows
        case .kernel(let machine): machine.intercepts.count
        case .kernels(let machines): machines.reduce(0) { $0 + $1.intercepts.count }
        }
    }

    /// Whether it is one machine a member.
    var isOfKernels: Bool {
        if case .kernels = self { true } else { false }
    }
}
