package import Scoring

/// One line that `swerve score` and `swerve featurize` read.
package struct InputLine: Sendable, Equatable {
    /// The input's own id.
    package let id: String?
    /// What is scored.
    package let input: OwnedInput
    /// The class, as its number is written in the line.
    package let label: String?
    /// The scores that a golden line expects.
    package let decision: [Double]?

    package init(
        id: String? = nil, input: OwnedInput, label: String? = nil, decision: [Double]? = nil
    ) {
        self.id = id
        self.input = input
        self.label = label
        self.decision = decision
    }
}
