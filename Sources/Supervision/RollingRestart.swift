package import Platform

/// Restarts the workers of the slots one after the other: a value that is told what happened and
/// answers what to do.
///
/// ```
///            begin                  its end                    it scores
///  at rest ────────► ending(slot) ──────────► coming(slot) ─────────────► the next one, or at rest
///                                                  │ not in time, refused, or its slot has ended
///                                                  └────────────────────► at rest; the others stay
/// ```
///
/// - At any time one slot alone is without a worker that scores on account of it.
/// - A worker that does not end in time is killed; it is no crash either.
/// - A request while one is under way is remembered, and is one more round behind it, whatever
///   becomes of this one: the configuration may have been mended in between.
package struct RollingRestart: Sendable {
    /// What the supervisor is to do.
    package enum Action: Sendable, Equatable {
        /// Ask this slot's worker to end; start one where it has none.
        case end(slot: Int)
        /// The worker has not ended in time.
        case kill(slot: Int)
        /// All of them were restarted and score.
        case finish(slots: Int)
        /// The others stay as they are.
        case giveUp(slot: Int, reason: String)
    }

    /// What the end of a worker is.
    package enum End: Sendable, Equatable {
        /// It was asked for: the next worker starts at once.
        case planned
        /// The new worker refuses to serve.
        case refused
        /// Nothing of this; the restart policy judges it.
        case other
    }

    private enum Phase {
        case atRest
        case ending(slot: Int, untilMs: Int64, isKilled: Bool)
        case coming(slot: Int, untilMs: Int64)
    }

    /// From the request to end until the worker is killed.
    package var endMs: Int64
    private let comeBackMs: Int64
    private var phase = Phase.atRest
    private var next: [Int] = []
    private var doneCount = 0
    private var isWantedAgain = false

    /// - Parameters:
    ///   - endMs: from the request to end until the worker is killed.
    ///   - comeBackMs: from its end until the next one is to score.
    package init(endMs: Int64, comeBackMs: Int64) {
        self.endMs = endMs
        self.comeBackMs = comeBackMs
    }

    package var isUnderWay: Bool { if case .atRest = phase { false } else { true } }

    /// The slot whose worker is to be looked at: whether it scores.
    package var awaited: Int? { if case .coming(let slot, _) = phase { slot } else { nil } }

    /// When `turn` has something to do, at the latest; nil for never.
    package func dueMs(nowMs: Int64) -> Int64? {
        switch phase {
        case .atRest: nil
        case .ending(_, let untilMs, let isKilled): isKilled ? nil : untilMs
        case .coming(_, let untilMs): min(untilMs, nowMs + Self.lookMs)
        }
    }

    /// Somebody asked while one is under way.
    package mutating func remember() { isWantedAgain = true }

    /// Whether a remembered request is due now; it is forgotten by the answer.
    package mutating func takesUpRemembered() -> Bool {
        guard !isUnderWay, isWantedAgain else { return false }
        isWantedAgain = false
        return true
    }

    /// Begins with the first of `slots`; none of them is nothing to do.
    package mutating func begin(_ slots: [Int], nowMs: Int64) -> Action {
        precondition(!isUnderWay, "a second rolling restart at the same time")
        next = slots
        doneCount = 0
        return goOn(nowMs)
    }

    /// The worker of `slot` has ended, or never was one.
    package mutating func ended(slot: Int, status: ExitStatus?, nowMs: Int64) -> End {
        switch phase {
        case .ending(slot, _, let isKilled):
            phase = .coming(slot: slot, untilMs: nowMs + comeBackMs)
            return Self.isPlanned(status, isKilled: isKilled) ? .planned : .other
        case .coming(slot, _):
            return Self.isRefusal(status) ? .refused : .other
        default: return .other
        }
    }

    /// Goes on where something is due.
    ///
    /// - Parameters:
    ///   - isScoring: whether the awaited slot's worker says that it does.
    ///   - slots: those that are not ended for good.
    package mutating func turn(isScoring: Bool, slots: [Int], nowMs: Int64) -> Action? {
        switch phase {
        case .atRest: return nil
        case .ending(let slot, let untilMs, let isKilled):
            guard slots.contains(slot) else { return giveUp(slot, "it has ended for good") }
            guard nowMs >= untilMs, !isKilled else { return nil }
            phase = .ending(slot: slot, untilMs: untilMs, isKilled: true)
            return .kill(slot: slot)
        case .coming(let slot, let untilMs):
            guard slots.contains(slot) else { return giveUp(slot, "it has ended for good") }
            if isScoring {
                doneCount += 1
                next.removeAll { !slots.contains($0) }
                return goOn(nowMs)
            }
            guard nowMs >= untilMs else { return nil }
            return giveUp(
                slot,
                "its worker does not score within \(comeBackMs / 1_000) s of the restart")
        }
    }

    /// What is left is not done.
    package mutating func giveUp(_ slot: Int, _ why: String) -> Action {
        phase = .atRest
        let rest = next
        next = []
        return .giveUp(
            slot: slot,
            reason: "the rolling restart stops at slot \(slot): \(why); restarted before it: "
                + "\(doneCount) slots, left as they are: \(rest.count)")
    }

    /// The service stops: nothing is restarted any more.
    package mutating func cancel() {
        self = RollingRestart(endMs: endMs, comeBackMs: comeBackMs)
    }

    private mutating func goOn(_ nowMs: Int64) -> Action {
        guard !next.isEmpty else {
            phase = .atRest
            return .finish(slots: doneCount)
        }
        let slot = next.removeFirst()
        phase = .ending(slot: slot, untilMs: nowMs + endMs, isKilled: false)
        return .end(slot: slot)
    }

    /// As while stopping: by exit code 0, by the signal itself, and where it wanted another process
    /// or could not go on, which the next one finds out.
    private static func isPlanned(_ status: ExitStatus?, isKilled: Bool) -> Bool {
        guard let status, !isKilled else { return true }
        if status == .signal(ProcessSignal.terminate.rawValue) { return true }
        guard case .code(let code) = status else { return false }
        switch WorkerExit(rawValue: code) {
        case .stopped, .restart, .refused, .configurationRefused: return true
        case .superseded, .stalled, .left, .deadLetterBound, nil: return false
        }
    }

    private static func isRefusal(_ status: ExitStatus?) -> Bool {
        guard case .code(let code) = status else { return false }
        switch WorkerExit(rawValue: code) {
        case .refused, .configurationRefused: return true
        default: return false
        }
    }

    /// Between two looks at a worker that is awaited.
    private static let lookMs: Int64 = 50
}
