/// What a scorer says of one input.
package struct Verdict: Sendable, Equatable {
    /// The decision of two classes, the value of a regression, else the winning class's decision
    /// (one-vs-rest), or its votes and scikit-learn's share of a vote (one-vs-one).
    ///
    /// Not finite when weights and features overflow, and NaN when the input has a fault: such a
    /// record is no prediction but a dead letter.
    package let score: Double
    /// Which of the model's classes; 0 for a regression.
    package let classIndex: Int

    /// Why the input could not be scored; nil where it was.
    package let fault: InputFault?

    package init(score: Double, classIndex: Int, fault: InputFault? = nil) {
        self.score = score
        self.classIndex = classIndex
        self.fault = fault
    }

    package var isFinite: Bool { score.isFinite }
}
