package import Lifecycle

/// A wait until a fleet serves an epoch; pure: it asks a `FleetWatcher` after each event.
package struct ConvergenceWait: Sendable {
    package struct Outcome: Sendable, Equatable {
        package let verdict: Convergence.Verdict
        /// The last slot's first poll under the epoch, by that worker's own clock; nil where the
        /// fleet has not converged.
        package let convergedAtMs: Int64?
        /// Groups that were not waited for, a line each.
        package let unawaited: [String]

        package var isConverged: Bool { verdict == .converged }

        /// Who is missing, a line each.
        package var stragglers: [String] {
            if case .waiting(let stragglers) = verdict { stragglers } else { [] }
        }
    }

    private let model: ModelName
    private let wanted: WantedEpoch
    private let groups: [String]
    private let deadlineMs: Int64

    /// - Parameters:
    ///   - groups: those that are waited for; none are all that were heard.
    ///   - deadlineMs: of the watcher's clock.
    package init(
        for wanted: WantedEpoch, of model: ModelName, groups: [String] = [], deadlineMs: Int64
    ) {
        self.model = model
        self.wanted = wanted
        self.groups = groups
        self.deadlineMs = deadlineMs
    }

    /// How the wait ended; nil while it goes on.
    ///
    /// It ends when the fleet has converged, when it never will (a slot rejects the epoch, or a
    /// later one is served), and at the deadline.
    package func outcome(_ watcher: FleetWatcher, nowMs: Int64) -> Outcome? {
        if case .reading(let fault) = watcher.progress(of: model, nowMs: nowMs) {
            // What was heard before the end of the topic is the past.
            guard nowMs >= deadlineMs else { return nil }
            let reason =
                "the status topic was not read to its end" + (fault.map { ": \($0)" } ?? "")
            return Outcome(verdict: .waiting([reason]), convergedAtMs: nil, unawaited: [])
        }
        let convergence = Convergence(board: watcher.boards[model], wanted: wanted, groups: groups)
        let verdict = convergence.verdict(nowMs: nowMs)
        if case .waiting = verdict, nowMs < deadlineMs { return nil }
        return Outcome(
            verdict: verdict, convergedAtMs: convergence.firstPollOfLastSlotAtMs(nowMs: nowMs),
            unawaited: convergence.unawaited(nowMs: nowMs))
    }
}
