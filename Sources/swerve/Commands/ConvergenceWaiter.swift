import Fleet
import Kafka
import Lifecycle
import Platform

/// Watches the status topic until a deployment is served by all slots.
///
/// Opened and read to the end before the change: what the topic holds by then is the past, and
/// whoever watches while the workers load takes their processors from them.
final class ConvergenceWaiter {
    private let model: ModelName
    private let group: String?
    private let feed: KafkaStatusFeed
    private let clock = SteadyClock()
    private var board: FleetBoard
    private var hasReachedEnd = false

    /// - Parameter group: only this one counts; nil counts all groups that were heard.
    init(model: ModelName, group: String?, brokers: KafkaOptions.Resolved) throws(SwerveError) {
        self.model = model
        self.group = group
        board = FleetBoard(model: model)
        feed = try brokers.statusFeed()
    }

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

    /// Reads to the topic's end; where that does not work, `wait` says why.
    func prepare(timeoutMs: Int64) {
        let deadline = clock.nowMs + timeoutMs
        do throws(SwerveError) {
            while try !hear(), clock.nowMs < deadline {}
        } catch {}
    }

    /// What the slots said last; nil before the topic has been read to its end.
    var heard: [StatusRecord]? { hasReachedEnd ? board.slots.map(\.record) : nil }

    func wait(for wanted: WantedEpoch, timeoutMs: Int64) throws(SwerveError) -> Result {
        let deadline = clock.nowMs + timeoutMs
        while true {
            // Before the end of the topic what was heard is the past.
            guard try hear() else {
                if clock.nowMs < deadline { continue }
                return Result(
                    verdict: .waiting([
                        "the status topic was not read to its end"
                            + (feed.fault.map { ": \($0)" } ?? "")
                    ]))
            }
            let now = clock.nowMs
            let convergence = Convergence(board: board, wanted: wanted, group: group)
            let verdict = convergence.verdict(nowMs: now)
            if case .waiting = verdict, now < deadline { continue }
            return Result(
                verdict: verdict, convergedAtMs: convergence.firstPollOfLastSlotAtMs(nowMs: now),
                unawaited: convergence.unawaited(nowMs: now))
        }
    }

    func close() { feed.close() }

    /// Takes in what comes within a moment; whether all that was there has been heard.
    private func hear() throws(SwerveError) -> Bool {
        var heard: [StatusNews] = []
        let isCurrent = try feed.poll(milliseconds: Self.pollMs) { heard.append($0) }
        let now = clock.nowMs
        for news in heard { board.hear(news, heardAtMs: now) }
        if isCurrent {
            board.reachEnd(atMs: now)
            hasReachedEnd = true
        }
        return isCurrent
    }

    private static let pollMs = 20
}
