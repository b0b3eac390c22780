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
}
