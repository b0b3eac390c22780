package import Lifecycle

/// A version ready to score: featurizer, model, labels, threshold; immutable, used by any number of
/// threads at once.
package final class Scorer: Sendable {
    package let featurizer: Featurizer
    package let model: Model
    /// A score above it means the model's positive class; several classes have none.
    package let threshold: Double
    /// What the classes are called, in the model's order; `Verdict.classIndex` picks.
    package let labels: [String]
    /// The labels in UTF-8.
    package let labelBytes: [[UInt8]]
    /// The labels as JSON strings with their quotes, for encoders that only copy.
    package let labelJSON: [[UInt8]]
    /// Whether the label follows the largest probability.
    let choosesByProbability: Bool
    /// The way from a text to the decision without features; nil where there is none.
    let direct: DirectText?
    /// The same from fields or `"x"`.
    let table: DirectTable?
    /// The table's program, which it owns: reached without counting references.
    // Why unsafe is sound: it never changes, and lives as long as the table.
    nonisolated(unsafe) let program: TableProgram?
    /// How many inputs it decides together at most; 1 where that gains nothing.
    package let blockSize: Int

    /// A scorer; `labels` names classes of the model (`attack` to `1`), and those not named keep
    /// the name that the file prints.
    ///
    /// - Throws: `SwerveError.invalid` when a label names a class that the model does not have,
    ///   when two name the same, when two classes would be called the same, when the threshold is
    ///   not finite, or when the weights are not as many as the features, or the decisions not as
    ///   many as the model's rule takes.
    package convenience init(
        featurizer: Featurizer, model: Model, labels: [String: String], threshold: Double
    ) throws(SwerveError) {
        let act = "building a scorer"
        guard model.featureCount == featurizer.featureCount else {
            throw SwerveError(
                .invalid, act: act,
                reason: "the model takes \(model.featureCount) features, the featurizer gives "
                    + "\(featurizer.featureCount)")
        }
        let named = try LabelNames.resolve(labels, classes: model.classes, act: act)
        try self.init(
            featurizer: featurizer, model: model, direct: DirectText(featurizer.spec, model),
            table: DirectTable(featurizer, model), named: named, threshold: threshold, act: act)
    }

    private init(
        featurizer: Featurizer, model: Model, direct: DirectText?, table: DirectTable?,
        named: [String], threshold: Double, act: String
    ) throws(SwerveError) {
        guard model.rule == .single || threshold == 0 else {
            throw SwerveError(
                .invalid, act: act,
                reason: "a threshold of \(threshold) for \(model.classes.count) classes",
                remedy: "leave it away: the largest of several decisions wins")
        }
        guard model.function.decisionCount == model.wantedDecisions else {
            throw SwerveError(
                .invalid, act: act,
                reason: "the model gives \(model.function.decisionCount) decisions, and "
                    + "\(model.classes.count) classes need \(model.wantedDecisions)")
        }
        guard model.isCalibrationSound else {
            throw SwerveError(
                .invalid, act: act,
                reason: "the calibration does not go with the model's rule and decisions")
        }
        if model.labelRule == .probability {
            try Self.checkProbability(model, threshold: threshold, act: act)
        }
        guard threshold.isFinite else {
            throw SwerveError(.invalid, act: act, reason: "the threshold is not a finite number")
        }
        self.featurizer = featurizer
        self.model = model
        blockSize = model.blockSize
        choosesByProbability = model.labelRule == .probability
        // Without features there are no probabilities to choose by.
        self.direct = model.labelRule == .votes ? direct : nil
        self.table = table
        unsafe program = unsafe table?.program
        self.threshold = threshold
        labels = named
        labelBytes = named.map { Array($0.utf8) }
        labelJSON = named.map { JSONValue.string($0).bytes }
    }

    private static func checkProbability(
        _ model: Model, threshold: Double, act: String
    ) throws(SwerveError) {
        guard case .pairwise = model.probability else {
            throw SwerveError(
                .invalid, act: act,
                reason: "the label cannot follow the largest probability: the model has no "
                    + "probabilities of pairs of classes, as LIBSVM's -b 1 gives them",
                remedy: "leave the label rule away: its label follows its decisions")
        }
        // A model turned to its other class has the number below 0 where nobody chose a threshold.
        guard threshold == 0 || threshold == model.turnedThreshold(0) else {
            throw SwerveError(
                .invalid, act: act,
                reason: "a threshold of \(threshold), though the label follows the largest "
                    + "probability",
                remedy: "leave it away, or let the label follow the decisions (label rule votes)")
        }
    }

    /// The same weights under another threshold, other labels and another rule for the label, where
    /// they are given; nothing large is copied.
    ///
    /// - Parameter labels: names of classes as in `init`, in place of all names there were.
    /// - Throws: `SwerveError.invalid` as `init` does.
    package func with(
        labels: [String: String]? = nil, threshold: Double? = nil, labelRule: LabelRule? = nil
    ) throws(SwerveError) -> Scorer {
        let act = "changing threshold and labels"
        let named =
            if let labels {
                try LabelNames.resolve(labels, classes: model.classes, act: act)
            } else {
                self.labels
            }
        let rule = labelRule ?? model.labelRule
        return try Scorer(
            featurizer: featurizer, model: model.choosing(by: rule),
            direct: rule == model.labelRule ? direct : DirectText(featurizer.spec, model),
            table: table, named: named, threshold: threshold ?? self.threshold, act: act)
    }

    /// What the model does.
    package var task: String { model.task.rawValue }

    /// What a decision above the threshold is called; nil where several classes compete, and for a
    /// regression.
    package var positiveLabel: String? {
        model.rule == .single && labels.count > model.positive ? labels[model.positive] : nil
    }

    /// The same as a JSON string with its quotes.
    package var positiveJSON: [UInt8]? {
        model.rule == .single && labels.count > model.positive ? labelJSON[model.positive] : nil
    }
}

extension Scorer {
    /// The one decision for `text` by the book, without any of the fast path; slow, allocates.
    ///
    /// Nil for models that no reference is written for. For checks from the outside: it agrees with
    /// `score` within the tolerance of the self-test.
    package func referenceScore(_ text: [UInt8]) -> Double? {
        guard let recipe = featurizer.spec.hashedNgrams, let linear = model.linear,
            linear.rows == 1, model.calibration == nil
        else { return nil }
        let features = ReferenceFeatures.features(of: text, by: recipe)
        return features.reduce(0) { $0 + $1.value * linear.weights[$1.index] }
            + linear.intercepts[0]
    }

    /// The same, and the class that it means.
    package func referenceVerdict(_ text: [UInt8]) -> Verdict? {
        referenceScore(text).map { verdict($0) }
    }
}
