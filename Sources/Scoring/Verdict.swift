/// What a scorer says of one text.
package struct Verdict: Sendable, Equatable {
    /// The decision value.
    ///
    /// Not finite when weights and features overflow: such a record is no
    /// prediction but a dead letter.
    package let score: Double
    /// Which of the scorer's labels: 0 for the first class, which a score above the threshold
    /// means.
    package let classIndex: Int

    package init(score: Double, classIndex: Int) {
        self.score = score
        self.classIndex = classIndex
    }

    package var isFinite: Bool { score.isFinite }
}
