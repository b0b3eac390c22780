/// An input, and the decisions that a model must give for it.
package struct GoldenInput: Sendable, Equatable {
    package let input: OwnedInput
    /// As the model's tool tells them; never empty.
    package let decision: [Double]

    package init(input: OwnedInput, decision: [Double]) {
        self.input = input
        self.decision = decision
    }

    /// A text with the one decision of two classes.
    package init(text: [UInt8], decision: Double) {
        self.init(input: OwnedInput(text: text), decision: [decision])
    }
}
