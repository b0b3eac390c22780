package import Lifecycle
package import Platform

/// What to do when a worker has ended: a value that is told what happened and answers what to do.
///
/// - A crash is restarted after 10 ms, so that a static member of the group is back before anybody
///   notices; each further one doubles the delay, up to 10 s.
/// - A worker that ran for 60 s is healthy: its crashes before are forgotten.
/// - More than 5 crashes within 60 s without having been healthy end the service: what fails so
///   fast fails for everybody, and restarting would hide it.
/// - `WorkerExit` names the exits that are no crash. Asking for a restart only makes the delay
///   grow, without end.
package struct RestartPolicy: Sendable {
    /// What the supervisor is to do.
    package enum Action: Sendable, Equatable {
        case restart(afterMs: Int64)
        /// This slot ends and the others go on.
        case stopSlot(reason: String)
        /// Every slot ends, and the service with this code.
        case stopAll(exitCode: Int32, reason: String)
    }

    /// The numbers of the policy.
    package struct Settings: Sendable, Equatable {
        package var delayFirstMs: Int64 = 10
        package var delayMaxMs: Int64 = 10_000
        package var healthyAfterMs: Int64 = 60_000
        package var crashesMax = 5
        package var crashWindowMs: Int64 = 60_000

        package init() {}
    }

    /// What a slot has been through since it was last healthy.
    private struct History {
        /// When it crashed, oldest first; at most `crashesMax` + 1 of them.
        var crashesMs: [Int64] = []
        /// Restarts in a row, for the delay.
        var restarts = 0
    }

    private let settings: Settings
    private var histories: [Int: History] = [:]

    package init(settings: Settings = Settings()) { self.settings = settings }

    /// The worker of `slot` has ended, without having been asked to.
    ///
    /// - Parameters:
    ///   - uptimeMs: how long it ran.
    ///   - nowMs: of a clock that only goes forward.
    package mutating func ended(
        slot: Int, status: ExitStatus, uptimeMs: Int64, nowMs: Int64
    ) -> Action {
        if uptimeMs >= settings.healthyAfterMs { histories[slot] = nil }
        guard case .code(let code) = status, let exit = WorkerExit(rawValue: code) else {
            return crashed(slot: slot, nowMs: nowMs, last: "\(status) after \(uptimeMs) ms")
        }
        switch exit {
        case .stopped:
            // Somebody else asked it to stop. The slot's partitions still want a worker.
            return crashed(
                slot: slot, nowMs: nowMs, last: "\(status), unasked, after \(uptimeMs) ms")
        case .restart:
            return .restart(afterMs: nextDelayMs(slot: slot))
        case .superseded:
            return .stopSlot(
                reason: "slot \(slot) is served by a newer process elsewhere; check that no two "
                    + "configurations own the same slots")
        case .refused:
            return .stopAll(
                exitCode: WorkerExit.failure,
                reason: "slot \(slot) cannot go on until somebody acts; the line above says why")
        case .configurationRefused:
            return .stopAll(
                exitCode: code,
                reason: "slot \(slot) refused its configuration; the line above says why")
        case .deadLetterBound:
            return .stopAll(
                exitCode: code,
                reason:
                    "slot \(slot) reached the bound of dead letters; their headers say what was "
                    + "wrong with each: mend what writes the input, or input.fields, or the model "
                    + "(a rollback), or raise limits.dead_letter_percent (100 never stops); then "
                    + "start again by hand: it goes on behind what it has put away")
        }
    }

    /// The worker of `slot` could not even be started.
    package mutating func failedToStart(slot: Int, error: SwerveError, nowMs: Int64) -> Action {
        guard error.isRetryable else {
            return .stopAll(
                exitCode: WorkerExit.failure, reason: "slot \(slot): \(error.description)")
        }
        return crashed(slot: slot, nowMs: nowMs, last: error.description)
    }

    private mutating func crashed(slot: Int, nowMs: Int64, last: String) -> Action {
        var history = histories[slot] ?? History()
        history.crashesMs.removeAll { nowMs - $0 >= settings.crashWindowMs }
        history.crashesMs.append(nowMs)
        let count = history.crashesMs.count
        histories[slot] = history
        guard count <= settings.crashesMax else {
            return .stopAll(
                exitCode: WorkerExit.failure,
                reason:
                    "slot \(slot) ended \(count) times within \(settings.crashWindowMs / 1_000) s"
                    + ", at last by \(last); its own last lines above say why")
        }
        return .restart(afterMs: nextDelayMs(slot: slot))
    }

    /// The delay of this restart; the next one's is twice that.
    private mutating func nextDelayMs(slot: Int) -> Int64 {
        let restarts = histories[slot, default: History()].restarts
        histories[slot, default: History()].restarts += 1
        var delay = settings.delayFirstMs
        for _ in 0..<restarts where delay < settings.delayMaxMs { delay *= 2 }
        return min(delay, settings.delayMaxMs)
    }
}
