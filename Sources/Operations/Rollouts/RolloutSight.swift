import Fleet
package import Judge
import Lifecycle

/// What the fleet says at a tick, of one model.
package struct RolloutSight: Sendable {
    /// The newest of each slot.
    package var counts: [SlotCounts]
    /// Whether all of it serves the deployment that was asked about.
    package var isConverged: Bool
    /// Who does not serve it yet, a line each; empty where all do, and where it is not known.
    package var stragglers: [String] = []

    package init(counts: [SlotCounts], isConverged: Bool) {
        self.counts = counts
        self.isConverged = isConverged
    }

    /// - Parameters:
    ///   - groups: those that count; none are all that are heard.
    ///   - nowMs: of the watcher's clock.
    init(
        _ watcher: FleetWatcher, of deployment: Deployment, registry: String, groups: [String],
        nowMs: Int64
    ) {
        let board = watcher.boards[deployment.model]
        let judged = deployment.comparisonID ?? ""
        counts = board.slots
            .filter { groups.isEmpty || groups.contains($0.slot.group) }
            .map { SlotCounts($0.record, judging: judged) }
        // What was heard before the topic's end is the past.
        if case .reading = watcher.progress(of: deployment.model, nowMs: nowMs) {
            isConverged = false
        } else {
            let wanted = WantedEpoch(deployment, registry: registry)
            let verdict = Convergence(board: board, wanted: wanted, groups: groups)
                .verdict(nowMs: nowMs)
            isConverged = verdict == .converged
            stragglers =
                switch verdict {
                case .converged: []
                case .waiting(let names): names
                case .rejected(let slot, let reason):
                    ["slot \(slot.slot) of \(slot.group.shortened(to: 100)) refuses it: \(reason)"]
                case .overtaken(let later): ["they serve epoch \(later) already"]
                }
        }
    }
}
