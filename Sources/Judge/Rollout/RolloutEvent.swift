package import Lifecycle

/// What a rollout tells the world: one for each, for a history row, a webhook, a metric.
package enum RolloutEvent: Sendable, Equatable {
    case started(stable: Int, candidate: Int)
    /// The step that begins, from 0.
    case step(Int, Candidate.Mode, Share)
    /// Another comparison begins, from 1; what was counted before counts no more.
    case comparison(Int64)
    case gate(String)
    case held(String)
    /// The guard that failed; nil where nobody said which.
    case failed(String?)
    /// After so many records of the comparison at hand.
    case promoted(pairs: Int64)
    /// The reason is nil where the bake was watched to its end.
    case baked(String?)
    case rolledBack(String)
    case aborted(String)
    case superseded(String)

    package var name: String {
        switch self {
        case .started: "started"
        case .step: "step"
        case .comparison: "comparison"
        case .gate: "gate"
        case .held: "held"
        case .failed: "failed"
        case .promoted: "promoted"
        case .baked: "baked"
        case .rolledBack: "rolled-back"
        case .aborted: "aborted"
        case .superseded: "superseded"
        }
    }

    /// What it says beside its name; nil where that is all.
    package var detail: String? {
        switch self {
        case .started(let stable, let candidate): "version \(candidate) against \(stable)"
        case .step(let step, let mode, let share): "step \(step + 1): \(mode.rawValue) at \(share)"
        case .gate(let reason), .held(let reason), .rolledBack(let reason), .aborted(let reason),
            .superseded(let reason):
            reason
        case .comparison(let number):
            "number \(number) begins: settings or salt are others, and evidence begins anew"
        case .failed(let guardName): guardName
        case .baked(let reason): reason
        case .promoted(let pairs): "\(Rate.grouped(Double(pairs))) records scored by both versions"
        }
    }

    /// Which step an entry of the name `step` says that begins, from 0; nil where it names none.
    package static func step(named detail: String) -> Int? {
        guard detail.hasPrefix("step "), let colon = detail.firstIndex(of: ":"),
            let number = Int(detail[..<colon].dropFirst(5)), number >= 1
        else { return nil }
        return number - 1
    }

    /// What happened between two states of one rollout, in the order in which it is told.
    ///
    /// - Parameters:
    ///   - before: nil where the rollout has just begun.
    ///   - failedGuard: which guard failed, as the judge says.
    package static func events(
        from before: RolloutState?, to after: RolloutState, failedGuard: String? = nil
    ) -> [RolloutEvent] {
        guard let before else {
            return [
                .started(stable: after.stable, candidate: after.candidate),
                .step(after.step, after.mode, after.share),
            ]
        }
        let steps = stepsAndEnds(from: before, to: after, failedGuard: failedGuard)
        // That of the bake begins with the bake.
        guard after.comparisons > before.comparisons, before.isPromoted == after.isPromoted,
            before.phase != .promoted
        else { return steps }
        return [.comparison(after.comparisons)] + steps
    }

    private static func stepsAndEnds(
        from before: RolloutState, to after: RolloutState, failedGuard: String?
    ) -> [RolloutEvent] {
        if before.phase == after.phase, before.reason == after.reason {
            return before.step == after.step ? [] : [.step(after.step, after.mode, after.share)]
        }
        let reason = after.reason ?? ""
        switch after.phase {
        case .gate: return [.gate(reason)]
        case .held: return after.isFrozen ? [.failed(failedGuard), .held(reason)] : [.held(reason)]
        case .promoted: return [.promoted(pairs: after.pairs)]
        case .completed:
            return [before.isPromoted ? .baked(after.reason) : .promoted(pairs: after.pairs)]
        case .rolledBack:
            let isFail = reason == RolloutState.Reason.guardFailed
            return isFail ? [.failed(failedGuard), .rolledBack(reason)] : [.rolledBack(reason)]
        case .aborted: return [.aborted(reason)]
        case .superseded: return [.superseded(reason)]
        case .running, .paused, .baking:
            return before.step == after.step ? [] : [.step(after.step, after.mode, after.share)]
        }
    }
}
