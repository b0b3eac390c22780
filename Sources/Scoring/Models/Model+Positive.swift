package import Lifecycle

extension Model {
    /// The class that a decision above the threshold means; nil where several compete, and for a
    /// regression.
    package var positiveClass: String? {
        rule == .single && classes.indices.contains(positive) ? classes[positive] : nil
    }

    /// The same model, whose one decision and probability speak of the other of its two classes.
    ///
    /// Every decision is the old one with its sign turned, to the last bit; that of a calibrated
    /// ensemble, a probability, is the other class's.
    /// - Precondition: it has two classes and one decision.
    func turned() -> Model {
        precondition(rule == .single && classes.count == 2, "there is no other class")
        return Model(
            task: task, classes: classes, positive: 1 - positive, rule: rule,
            function: calibration == nil ? function.turned() : function,
            probability: probability.turned, calibration: calibration, precision: precision,
            refusesNonFinite: refusesNonFinite
        ).choosing(by: labelRule)
    }

    /// The threshold of the turned model that leaves every label as it is under `threshold` of this
    /// one, also that of a decision which is exactly the threshold.
    package func turnedThreshold(_ threshold: Double) -> Double {
        guard calibration != nil else { return (-threshold).nextDown }
        return threshold == Calibration.threshold(positive: positive)
            ? Calibration.threshold(positive: 1 - positive) : (1 - threshold).nextDown
    }

    /// What the turned model decides where this one decides so.
    package func turned(_ decision: [Double]) -> [Double] {
        decision.map { calibration == nil ? -$0 : 1 - $0 }
    }

    /// The same model speaking of `name`, one of its two classes by the model's own name.
    ///
    /// - Throws: `.invalid` where it has no such class, or not one decision of two classes.
    package func speaking(of name: String, act: String) throws(SwerveError) -> Model {
        guard rule == .single, classes.count == 2 else {
            throw SwerveError(
                .invalid, act: act,
                reason: classes.isEmpty
                    ? "a regression has no classes, so none is the positive one"
                    : "with \(classes.count) classes each has its own decision and probability, "
                        + "so none is the positive one",
                remedy: "leave the positive class away")
        }
        guard let index = classes.firstIndex(where: { LabelNames.same($0, name) }) else {
            throw SwerveError(
                .invalid, act: act,
                reason: "the model has no class '\(name.shortened(to: 80))' to be the positive one",
                remedy: "its classes are \(classes.joined(separator: ", "))")
        }
        return index == positive ? self : turned()
    }
}

extension DecisionFunction {
    /// With every decision's sign turned.
    fileprivate func turned() -> DecisionFunction {
        switch self {
        case .linear(let weights): .linear(weights.turned())
        case .kernel(let machine): .kernel(machine.turned())
        case .kernels(let machines): .kernels(machines.map { $0.turned() })
        }
    }
}

extension ProbabilityRule {
    /// That of the other class, of decisions whose sign is turned.
    fileprivate var turned: ProbabilityRule {
        switch self {
        case .none, .logistic, .softmax, .modifiedHuber, .oneVsRest, .pairwise, .decisions: self
        case .sigmoid(let a, let b): .sigmoid(a: a, b: -b)
        }
    }
}
