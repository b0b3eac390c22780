package import Lifecycle
package import Scoring

/// What the numbers of a version's predictions mean, as its artifact has it.
package struct ScoreMeaning: Codable, Sendable, Equatable {
    /// The label of which score, probability and threshold speak; nil where several classes
    /// compete, and for a regression.
    package let positive: String?
    /// What chooses the label; nil where the model leaves no choice.
    package let labelRule: LabelRule?
    /// A sentence for people.
    package let words: String

    package init(_ scorer: Scorer) {
        positive = scorer.positiveLabel
        if case .pairwise = scorer.model.probability {
            labelRule = scorer.model.labelRule
        } else {
            labelRule = nil
        }
        words = Self.words(scorer)
    }

    private static func words(_ scorer: Scorer) -> String {
        guard let positive = scorer.positiveLabel, scorer.labels.count == 2 else {
            return scorer.labels.isEmpty
                ? "the score is the predicted value"
                : "the label is the class of the largest "
                    + (scorer.model.labelRule == .probability ? "probability" : "decision")
                    + ", and the score is that class's; decision and probability list the classes "
                    + "in their order: \(scorer.labels.joined(separator: ", "))"
        }
        let other = scorer.labels[1 - scorer.model.positive]
        let high =
            switch (scorer.model.labelRule, scorer.threshold) {
            case (.probability, _):
                "a high score means '\(positive)'; the label is that of the larger probability"
            case (.votes, (0.0).nextDown):
                "a score of 0 or more means '\(positive)', one below 0 '\(other)'"
            case (.votes, (0.5).nextDown):
                "a score of 0.5 or more means '\(positive)', one below 0.5 '\(other)'"
            case (.votes, let threshold):
                "a score above \(threshold) means '\(positive)', any other '\(other)'"
            }
        switch scorer.model.probability {
        case .none: return high
        case .decisions: return high + "; the score is the probability of '\(positive)'"
        default: return high + "; the probability is that of '\(positive)'"
        }
    }
}
