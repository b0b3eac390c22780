import Lifecycle

/// Steps that a plan may have, and that whoever wrote it may not have meant.
extension RolloutPlan {
    /// Steps that lead back: to a shadow behind a canary, or to less than the one before; one line
    /// each, told where a rollout starts.
    ///
    /// - Parameter present: how the candidate runs before the first step; nil where it does not.
    package func backwardLines(behind present: RolloutDeployment.Trial?) -> [String] {
        var lines: [String] = []
        var before = present.map { ($0.mode, $0.share) }
        for (index, step) in steps.enumerated() {
            defer { before = (step.mode, step.share) }
            guard let (mode, share) = before else { continue }
            let name = "step \(index + 1)"
            let was = index == 0 ? ", as the candidate runs now," : ""
            if mode == .canary, step.mode == .shadow {
                lines.append(
                    "\(name) goes back from a canary at \(share)\(was) to a shadow at \(step.share): "
                        + "the candidate decides nothing any more there")
            } else if mode == step.mode, step.share < share {
                lines.append(
                    "\(name) makes the \(mode.rawValue) smaller, from \(share)\(was) to \(step.share)"
                )
            }
        }
        return lines
    }
}
