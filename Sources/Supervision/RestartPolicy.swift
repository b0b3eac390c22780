package import Lifecycle
package import Platform

/// What to do when a worker has ended: a value that is told what happened and answers what to do.
///
/// - A crash is restarted after 10 ms, so that a static member of the group is back before anybody
///   notices; each further one doubles the delay, up to 10 s.
/// - A worker that ran for 60 s is healthy: its crashes before are forgotten. So are those whose
///   cause was found, a record, by a worker that was done with others meanwhile.
/// - A slot whose workers crash more than 5 times in a row, each within 10 s of its start and
///   before it was done with any record, is in a crash loop. It is tried on at the slowest pace,
///   and no other slot is touched: they may serve. Where every slot is in one, or has ended,
///   nothing is served, and the service ends. A crash whose cause was found counts for none, or
///   whoever sends a row of such records could end the service.
/// - `WorkerExit` names the exits that are no crash. Asking for a restart only makes the delay
///   grow, without end.
package struct RestartPolicy: Sendable {
    /// What the supervisor is to do.
    package enum Action: Sendable, Equatable {
        case restart(afterMs: Int64)
        /// The same for a slot in a crash loop; the reason names its last end and the next try.
        case restartSlowly(afterMs: Int64, reason: String)
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
        /// A worker that crashes sooner, and was done with no record, never served.
        package var shortLifeMs: Int64 = 10_000
        /// Crashes after short lives, in a row, that are no loop yet.
        package var shortLivesMax = 5

        package init() {}
    }

    /// What a slot has been through since it was last healthy.
    private struct History {
        /// Crashes after short lives, in a row.
        var shortLives = 0
        var crashedMs: Int64 = 0
        /// Restarts in a row, for the delay.
        var restarts = 0
    }

    private let settings: Settings
    private let slots: Range<Int>
    private var histories: [Int: History] = [:]
    /// Slots that are not started again.
    private var stopped: Set<Int> = []

    /// - Parameter slots: all that the supervisor owns.
    package init(slots: Range<Int>, settings: Settings = Settings()) {
        self.slots = slots
        self.settings = settings
    }

    /// The worker of `slot` has ended, without having been asked to.
    ///
    /// - Parameters:
    ///   - uptimeMs: how long it ran.
    ///   - hasServed: whether it was done with a record, as far as is known.
    ///   - isCauseFound: it died of a record that no worker scores any more.
    ///   - nowMs: of a clock that only goes forward.
    package mutating func ended(
        slot: Int, status: ExitStatus, uptimeMs: Int64, hasServed: Bool = false,
        isCauseFound: Bool = false, nowMs: Int64
    ) -> Action {
        let isShort = uptimeMs < settings.shortLifeMs && !hasServed && !isCauseFound
        if uptimeMs >= settings.healthyAfterMs || (hasServed && isCauseFound) {
            histories[slot] = nil
        }
        guard case .code(let code) = status, let exit = WorkerExit(rawValue: code) else {
            return crashed(
                slot: slot, isShort: isShort, nowMs: nowMs, last: "\(status) after \(uptimeMs) ms")
        }
        switch exit {
        case .stopped:
            // Somebody else asked it to stop. The slot's partitions still want a worker.
            return crashed(
                slot: slot, isShort: isShort, nowMs: nowMs,
                last: "\(status), unasked, after \(uptimeMs) ms")
        case .stalled:
            return crashed(
                slot: slot, isShort: isShort, nowMs: nowMs,
                last: "\(status), stalled, after \(uptimeMs) ms")
        case .restart:
            return .restart(afterMs: nextDelayMs(slot: slot))
        case .superseded:
            stopped.insert(slot)
            return .stopSlot(
                reason: "slot \(slot) was taken by a newer process elsewhere; check that no two "
                    + "configurations own the same slots")
        case .left:
            stopped.insert(slot)
            return .stopSlot(
                reason:
                    "slot \(slot) has left its group, as it was asked to; the next start of the "
                    + "service brings it back: set slots.count, or slots.total, before that")
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
        return crashed(slot: slot, isShort: true, nowMs: nowMs, last: error.description)
    }

    private mutating func crashed(
        slot: Int, isShort: Bool, nowMs: Int64, last: String
    ) -> Action {
        var history = histories[slot] ?? History()
        history.shortLives = isShort ? history.shortLives + 1 : 0
        history.crashedMs = nowMs
        histories[slot] = history
        guard isLooping(slot, at: nowMs) else { return .restart(afterMs: nextDelayMs(slot: slot)) }
        let what =
            "slot \(slot) crashed \(history.shortLives) times in a row within "
            + "\(settings.shortLifeMs / 1_000) s of its start, before it was done with any record, "
            + "at last by \(last); its own last lines above say why"
        guard slots.contains(where: { !stopped.contains($0) && !isLooping($0, at: nowMs) }) else {
            return .stopAll(exitCode: WorkerExit.failure, reason: "no slot can serve: \(what)")
        }
        _ = nextDelayMs(slot: slot)
        return .restartSlowly(
            afterMs: settings.delayMaxMs,
            reason: "\(what); it is tried again in \(settings.delayMaxMs / 1_000) s, and the other "
                + "slots go on")
    }

    /// A slot that crashed so often has, some time after its last crash, a worker that lives.
    private func isLooping(_ slot: Int, at nowMs: Int64) -> Bool {
        guard let history = histories[slot], history.shortLives > settings.shortLivesMax else {
            return false
        }
        return nowMs - history.crashedMs < settings.delayMaxMs + settings.shortLifeMs
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
