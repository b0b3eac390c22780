/// A text, and the decision that a model must give for it.
package struct GoldenInput: Sendable, Equatable {
    package let text: [UInt8]
    package let decision: Double

    package init(text: [UInt8], decision: Double) {
        self.text = text
        self.decision = decision
    }
}
