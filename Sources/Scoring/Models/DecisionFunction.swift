/// From features to decisions.
package enum DecisionFunction: Sendable, Equatable {
    case linear(LinearWeights)
    case kernel(KernelMachine)

    package var featureCount: Int {
        switch self {
        case .linear(let weights): weights.featureCount
        case .kernel(let machine): machine.featureCount
        }
    }

    /// How many numbers it gives for an input.
    package var decisionCount: Int {
        switch self {
        case .linear(let weights): weights.rows
        case .kernel(let machine): machine.intercepts.count
        }
    }
}
