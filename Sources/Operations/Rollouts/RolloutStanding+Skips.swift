import Judge
import Registry

/// What a person left out of a rollout, as its events tell.
extension RolloutStanding {
    package struct Skips: Sendable, Equatable {
        /// Steps of the plan, from 0.
        package fileprivate(set) var steps: Set<Int> = []
        package fileprivate(set) var hasBake = false
    }

    /// - Parameter count: how many steps the plan has.
    package func skips(ofSteps count: Int) -> Skips {
        var skips = Skips()
        var isPromoted = false
        // Nil where the events that are here begin later than the rollout.
        var step: Int?
        for entry in entries {
            switch entry.event {
            case "step":
                step = RolloutEvent.step(named: entry.detail)
                // One that is gone through once more is not left out.
                if let step { skips.steps = skips.steps.filter { $0 < step } }
            case RolloutWord.skip.rawValue where isPromoted: skips.hasBake = true
            case RolloutWord.skip.rawValue: if let step { skips.steps.insert(step) }
            case RolloutWord.promote.rawValue:
                if let step, step < count { skips.steps.formUnion(step..<count) }
            case "promoted": isPromoted = true
            default: break
            }
        }
        return skips
    }
}
