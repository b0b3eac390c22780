/// What a version says of a record, computed apart from the stream.
package struct ExpectedScore: Sendable, Equatable {
    package let score: Double
    /// As it stands between the quotes of a prediction; nil for a regression.
    package let label: [UInt8]?
    /// Where several classes compete: the decisions that a prediction lists; nil elsewhere.
    package var decisions: [Double]?
    /// What the slow reference says, where it was asked too.
    package var reference: Double?
    /// The class that a high score means, with its quotes; nil where there is no such class.
    package var positive: [UInt8]?
    /// None, one (of the class that a high score means), or one a class.
    package var probabilities: [Double] = []

    package init(score: Double, label: [UInt8]?) {
        self.score = score
        self.label = label
    }

    /// The tolerance of the whole project: 1e-9, relative above 1.
    package static func agree(_ expected: Double, _ found: Double) -> Bool {
        abs(expected - found) <= 1e-9 * max(1, abs(expected))
    }

    /// Whether a prediction has this score, the reference's and these decisions, within the
    /// tolerance.
    package func agrees(with prediction: Prediction) -> Bool {
        guard Self.agree(score, prediction.score),
            reference.map({ Self.agree($0, prediction.score) }) ?? true
        else { return false }
        guard let decisions, let found = prediction.decisions else {
            return decisions == nil && prediction.decisions == nil
        }
        return decisions.count == found.count
            && zip(decisions, found).allSatisfy { Self.agree($0, $1) }
    }

    /// Whether a prediction has these probabilities, within the tolerance.
    func hasProbabilities(of prediction: Prediction) -> Bool {
        let found = prediction.probabilities ?? []
        return probabilities.count == found.count
            && zip(probabilities, found).allSatisfy { Self.agree($0, $1) }
    }
}
