package import Lifecycle

/// A version ready to score: featurizer, model, labels, threshold; immutable, used by any number of
/// threads at once.
package final class Scorer: Sendable {
    package let featurizer: Featurizer
    package let model: LinearModel
    /// A score above it means the first label.
    package let threshold: Double
    /// What the classes are called, in the model's order; `Verdict.classIndex` picks.
    package let labels: [String]
    /// The labels in UTF-8.
    package let labelBytes: [[UInt8]]
    /// The labels as JSON strings with their quotes, for encoders that only copy.
    package let labelJSON: [[UInt8]]

    /// A scorer; `labels` names classes of the model (`attack` to `1`), and those not named keep
    /// the name that the file prints.
    ///
    /// - Throws: `SwerveError.invalid` when a label names a class that the model does not have,
    ///   when two name the same, when two classes would be called the same, when the threshold is
    ///   not finite, or when the weights are not as many as the features.
    package convenience init(
        featurizer: Featurizer, model: LinearModel, labels: [String: String], threshold: Double
    ) throws(SwerveError) {
        let act = "building a scorer"
        guard model.weights.count == featurizer.featureCount else {
            throw SwerveError(
                .invalid, act: act,
                reason: "\(model.weights.count) weights for \(featurizer.featureCount) features")
        }
        let named = try LabelNames.resolve(labels, classes: model.classes, act: act)
        try self.init(
            featurizer: featurizer, model: model, named: named, threshold: threshold, act: act)
    }

    private init(
        featurizer: Featurizer, model: LinearModel, named: [String], threshold: Double, act: String
    ) throws(SwerveError) {
        guard threshold.isFinite else {
            throw SwerveError(.invalid, act: act, reason: "the threshold is not a finite number")
        }
        self.featurizer = featurizer
        self.model = model
        self.threshold = threshold
        labels = named
        labelBytes = named.map { Array($0.utf8) }
        labelJSON = named.map { JSONValue.string($0).bytes }
    }

    /// The same weights under another threshold and other labels, where they are given; nothing
    /// large is copied.
    ///
    /// - Parameter labels: names of classes as in `init`, in place of all names there were.
    /// - Throws: `SwerveError.invalid` as `init` does.
    package func with(
        labels: [String: String]? = nil, threshold: Double? = nil
    ) throws(SwerveError) -> Scorer {
        let act = "changing threshold and labels"
        let named =
            if let labels {
                try LabelNames.resolve(labels, classes: model.classes, act: act)
            } else {
                self.labels
            }
        return try Scorer(
            featurizer: featurizer, model: model, named: named,
            threshold: threshold ?? self.threshold, act: act)
    }

    /// What the model does: `classification` is the only task that is read so far.
    package var task: String { "classification" }

    /// Featurizes `text` into `buffer` and scores it.
    package func score(_ text: UnsafeBufferPointer<UInt8>, _ buffer: FeatureBuffer) -> Verdict {
        unsafe featurizer.features(of: text, into: buffer)
        return score(buffer)
    }

    /// The same, for callers that hold an array.
    package func score(_ text: [UInt8], _ buffer: FeatureBuffer) -> Verdict {
        featurizer.features(of: text, into: buffer)
        return score(buffer)
    }

    /// Scores the features that an equal featurizer put into `buffer`; allocates nothing.
    package func score(_ buffer: FeatureBuffer) -> Verdict {
        precondition(
            buffer.scratch.space <= model.weights.count,
            "the buffer holds features of another featurizer")
        let sum = unsafe model.weights.withUnsafeBufferPointer { weights in
            // A model has a weight for each feature, so it is not empty.
            guard let first = weights.baseAddress else { return 0.0 }
            return unsafe buffer.scratch.dot(first)
        }
        let decision = sum + model.intercept
        return Verdict(score: decision, classIndex: decision > threshold ? 0 : 1)
    }

    /// The probability of the first class for a decision; nil for models that give none.
    package func probability(of decision: Double) -> Double? {
        guard model.isLogistic else { return nil }
        return Exponential.logistic(decision)
    }
}
