/// How a version reads its model file, where that is not as the file itself says; part of what the
/// version is.
package struct ModelReading: Sendable, Equatable, Codable {
    /// Of two classes the one, by the model's own name, of which score, probability and threshold
    /// speak; nil for the file's own.
    package var positive: String?
    /// Nil for the tool's own.
    package var labelRule: LabelRule?
    /// Whether the file's feature indices begin at 0, and those of a record's `"svm"` too.
    package var isZeroBased = false

    package init(
        positive: String? = nil, labelRule: LabelRule? = nil, isZeroBased: Bool = false
    ) {
        self.positive = positive
        self.labelRule = labelRule
        self.isZeroBased = isZeroBased
    }

    /// Whether all of it is as the file says.
    package var isPlain: Bool { self == ModelReading() }
}

/// How a model with probabilities of pairs (LIBSVM's `-b 1`) chooses a label.
package enum LabelRule: String, Sendable, Codable, CaseIterable {
    /// By its decisions: the votes of pairs, or the threshold of two classes; `svm-predict`.
    case votes
    /// The class of the largest probability, the first among equals; `svm-predict -b 1`.
    case probability
}
