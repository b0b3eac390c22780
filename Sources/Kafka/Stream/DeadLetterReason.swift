package import Lifecycle

/// Why a record was not scored, as its dead letter's headers tell it.
package struct DeadLetterReason: Sendable, Equatable {
    /// A stable word for filters: `not_json`; one of `DeadLetterCode`.
    package let code: String
    /// The sentence for people.
    package let text: String
    package let model: String
    package let epoch: Int64

    package init(code: String, text: String, model: String, epoch: Int64) {
        self.code = code
        self.text = text
        self.model = model
        self.epoch = epoch
    }

    /// Who causes it; operators, where the word is not known.
    package var cause: DeadLetterCode.Cause {
        DeadLetterCode(rawValue: code)?.cause ?? .operators
    }
}
