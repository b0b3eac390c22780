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
        /// Groups that are gone while another is there, a line each.
        var unawaited: [String] = []

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
                        + Convergence.named(stragglers),
                    remedy: "see: swerve status \(deployment.model)")
            }
        }
    }

    func wait(
        for wanted: WantedEpoch, of model: ModelName, on brokers: KafkaOptions.Resolved
    ) throws(SwerveError) -> Result {
        let feed = try brokers.statusFeed()
        defer { feed.close() }
        var convergence = Convergence(
            model: model, wanted: wanted, group: group)
        let clock = SteadyClock()
        let deadline = clock.nowMs + timeoutMs
        while true {
            var heard: [StatusNews] = []
            let isCurrent = try feed.poll(milliseconds: Self.pollMs) { heard.append($0) }
            let now = clock.nowMs
            for news in heard { convergence.hear(news, heardAtMs: now) }
            // Before the end of the topic what was heard is the past.
            guard isCurrent else {
                if now < deadline { continue }
                return Result(verdict: .waiting(["the status topic was not read to its end"]))
            }
            convergence.reachEnd(atMs: now)
            let verdict = convergence.verdict(nowMs: now)
            if case .waiting = verdict, now < deadline { continue }
            return Result(
                verdict: verdict, convergedAtMs: convergence.firstPollOfLastSlotAtMs(nowMs: now),
                unawaited: convergence.unawaited(nowMs: now))
        }
    }

    private static let pollMs = 20
}
