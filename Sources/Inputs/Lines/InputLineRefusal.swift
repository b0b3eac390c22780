package import Lifecycle

/// Why a line is no input, and which one it is, if it says so.
package struct InputLineRefusal: Error, Sendable, Equatable {
    /// Nil where the line is fine, and the featurizer cannot use it.
    package let reason: RejectReason?
    /// The reason for people.
    package let words: String
    package let id: String?

    /// The refusal as an error of the whole act, for readers that stop at the first.
    package func error(_ act: String, line: Int) -> SwerveError {
        SwerveError(.invalid, act: act, reason: "line \(line): \(words)")
    }

    package init(reason: RejectReason?, words: String, id: String?) {
        self.reason = reason
        self.words = words
        self.id = id
    }
}
