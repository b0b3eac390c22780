import ControlPlane
import Kafka
import Lifecycle
import Platform

/// Watches the status topic until a deployment is served by all slots.
struct ConvergenceWaiter {
    let timeoutMs: Int64
    let group: String?

    struct Result {
        var verdict: Convergence.Verdict
        var convergedAtMs: Int64?

        var isConverged: Bool { verdict == .converged }

        var stragglers: [String] {
            if case .waiting(let names) = verdict { names } else { [] }
        }

        /// - Throws: `.timedOut` (exit code 2) naming the stragglers, `.refused` (1) with the
        ///   reason of a rejection.
        func check(_ deployment: Deployment, timeout: Double) throws(SwerveError) {
            let act = "waiting for \(deployment.model) epoch \(deployment.epoch)"
            switch verdict {
            case .converged: return
            case .rejected(let slot, let reason):
                throw SwerveError(
                    .refused, act: act, reason: "slot \(slot) rejects it: \(reason)",
                    remedy: "the old version goes on serving; swerve rollback \(deployment.model)")
            case .overtaken(let epoch):
                throw SwerveError(
                    .refused, act: act, reason: "epoch \(epoch) is served already",
                    remedy: "see: swerve history \(deployment.model)")
            case .waiting(let stragglers):
                throw SwerveError(
                    .timedOut, act: act,
                    reason: "not converged within \(timeout) s: "
                        + stragglers.joined(separator: "; "),
                    remedy: "see: swerve status \(deployment.model)")
            }
        }
    }

    func wait(
        for deployment: Deployment, on brokers: KafkaOptions.Resolved
    ) throws(SwerveError) -> Result {
        let feed = try brokers.statusFeed()
        defer { feed.close() }
        var convergence = Convergence(
            model: deployment.model, epoch: deployment.epoch, group: group)
        let deadline = WallClock.nowMs + timeoutMs
        while true {
            var heard: [(SlotID, StatusRecord?)] = []
            let isCurrent = try feed.poll(milliseconds: Self.pollMs) { heard.append(($0, $1)) }
            let now = WallClock.nowMs
            for (slot, record) in heard { convergence.hear(slot, record, heardAtMs: now) }
            // Before the end of the topic what was heard is the past.
            if isCurrent {
                switch convergence.verdict(nowMs: now) {
                case .waiting(let names):
                    if now >= deadline { return Result(verdict: .waiting(names)) }
                case let verdict:
                    return Result(
                        verdict: verdict,
                        convergedAtMs: convergence.firstPollOfLastSlotAtMs(nowMs: now))
                }
            } else if now >= deadline {
                return Result(verdict: .waiting(["the status topic was not read to its end"]))
            }
        }
    }

    private static let pollMs = 20
}
