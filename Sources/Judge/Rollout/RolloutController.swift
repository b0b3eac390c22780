import Lifecycle

/// The rollout's rules: from a state and an event to the next state and what is asked of the
/// deployment.
///
/// A step is left forward once it is met: so long watched by a converged fleet, so many pairs, and
/// what it requires of the judge. At its longest it is inconclusive, or without data where pairs
/// are lacking, and the plan says what follows. A guard that fails leads back from wherever the
/// rollout stands, or freezes it. What somebody else makes of the deployment is adopted, never
/// fought. `RolloutControllerTests` has the table, phase by phase and event by event.
///
/// Pure: no clock, no I/O. Whoever runs it writes the state and carries the action out in one
/// transaction.
package struct RolloutController: Sendable {
    package typealias Outcome = (state: RolloutState, action: RolloutAction?)

    package let plan: RolloutPlan

    /// - Parameter plan: has at least one step.
    package init(_ plan: RolloutPlan) {
        precondition(!plan.steps.isEmpty, "a plan without steps")
        self.plan = plan
    }

    /// A new rollout of version `candidate` over the registry's newest deployment.
    ///
    /// - Parameter pairs: what the comparison has already where it is the one that runs: they are
    ///   evidence, but none of the first step's.
    package func start(
        over deployment: RolloutDeployment, candidate: Int, pairs: Int64 = 0
    ) -> Outcome {
        let step = plan.steps[0]
        var state = RolloutState(
            phase: .running, step: 0, stable: deployment.stable, candidate: candidate,
            epoch: deployment.epoch + 1, settings: deployment.settings, comparisons: 1,
            mode: step.mode, share: step.share)
        state.pairs = pairs
        state.pairsBefore = pairs
        return (
            state,
            RolloutAction(
                .set(step.mode, step.share, version: candidate), expect: deployment.epoch)
        )
    }

    /// What happens once a second.
    ///
    /// In this order: a foreign epoch is adopted; the clocks; promoted: the bake begins; a fail:
    /// retreat or freeze; then by phase.
    package func tick(
        _ before: RolloutState, nowMs: Int64, _ deployment: RolloutDeployment,
        _ judged: RolloutJudged
    ) -> Outcome {
        let state = seen(before, nowMs: nowMs, deployment, judged)
        guard !state.phase.isFinal else { return (state, nil) }
        if state.phase == .promoted { return bakeBegun(state) }
        if judged.verdict == .fail, !state.isAcknowledged { return failed(state) }
        switch state.phase {
        case .baking: return baked(state, judged)
        case .running, .gate: return stepped(state, nowMs: nowMs, judged)
        case .paused, .held, .promoted, .completed, .rolledBack, .aborted, .superseded:
            return (state, nil)
        }
    }

    /// What a tick does before it decides: a foreign epoch is adopted, and the clocks go on.
    ///
    /// For whoever drops what a tick decides.
    package func seen(
        _ before: RolloutState, nowMs: Int64, _ deployment: RolloutDeployment,
        _ judged: RolloutJudged
    ) -> RolloutState {
        guard !before.phase.isFinal else { return before }
        var state = before
        if deployment.epoch != state.epoch {
            state = adopted(state, deployment)
            guard !state.phase.isFinal else { return state }
        }
        let gone = state.lastMs.map { max(0, Self.difference(nowMs, $0)) } ?? 0
        state.lastMs = nowMs
        state.pairs = judged.pairs
        if state.phase == .running || state.phase == .baking {
            state.wallMs = StatusCount.sum(state.wallMs, gone)
        }
        // A longer gap was an outage, in which nobody watched.
        if judged.isConverged, gone <= Self.tickMsMax {
            state.elapsedMs = StatusCount.sum(state.elapsedMs, gone)
        }
        return state
    }

    private func bakeBegun(_ state: RolloutState) -> Outcome {
        var next = fresh(state)
        next.phase = .baking
        next.pairs = 0
        next.comparisons = StatusCount.sum(state.comparisons, 1)
        next.isAcknowledged = false
        return asking(next, for: .shadowPrevious(version: state.stable, plan.bake.share))
    }

    private func failed(_ state: RolloutState) -> Outcome {
        guard plan.onFail == .freeze else {
            return retreat(state, .rolledBack, RolloutState.Reason.guardFailed)
        }
        guard !state.isFrozen else { return (state, nil) }
        var next = state
        next.phase = .held
        next.reason = RolloutState.Reason.frozen
        next.resumeTo = state.phase == .baking || state.resumeTo == .baking ? .baking : nil
        return (next, nil)
    }

    private func baked(_ state: RolloutState, _ judged: RolloutJudged) -> Outcome {
        var next = state
        next.phase = .completed
        if judged.isConverged, state.elapsedMs >= plan.bake.ms { return asking(next, for: .drop) }
        guard state.wallMs >= plan.bake.maxMs else { return (state, nil) }
        next.reason = "the bake was not watched to its end"
        return asking(next, for: .drop)
    }

    private func stepped(
        _ before: RolloutState, nowMs: Int64, _ judged: RolloutJudged
    ) -> Outcome {
        var state = before
        let step = plan.steps[state.step]
        let isEnough =
            (judged.hasJudged || step.minPairs == 0)
            && Self.difference(state.pairs, state.pairsBefore) >= step.minPairs
        let isMet =
            isEnough && state.elapsedMs >= step.minMs && judged.isConverged
            && (step.require != .pass || judged.verdict == .pass)
        let isBlackout = plan.isBlackout(atMs: nowMs)
        if isMet {
            guard step.gate == .auto, !isBlackout else {
                state.phase = .gate
                state.reason =
                    step.gate == .manual
                    ? RolloutState.Reason.approval : RolloutState.Reason.blackout
                return (state, nil)
            }
            return advance(state)
        }
        if state.phase == .gate {
            state.phase = .running
            state.reason = nil
        }
        guard state.wallMs >= step.maxMs else { return (state, nil) }
        return isEnough
            ? inconclusive(state, mayAdvance: judged.isConverged && !isBlackout)
            : withoutData(state)
    }

    private func inconclusive(_ state: RolloutState, mayAdvance: Bool) -> Outcome {
        switch plan.onInconclusive {
        case .rollback: retreat(state, .rolledBack, RolloutState.Reason.inconclusive)
        case .hold: (held(state, RolloutState.Reason.inconclusive), nil)
        // No step forward before the fleet has converged, nor in a blackout.
        case .advance: mayAdvance ? advance(state) : (state, nil)
        }
    }

    private func withoutData(_ state: RolloutState) -> Outcome {
        switch plan.onNoData {
        case .rollback: retreat(state, .rolledBack, RolloutState.Reason.noData)
        case .hold, .advance: (held(state, RolloutState.Reason.noData), nil)
        }
    }

    private func held(_ state: RolloutState, _ reason: String) -> RolloutState {
        var next = state
        next.phase = .held
        next.reason = reason
        return next
    }

    private static func difference(_ left: Int64, _ right: Int64) -> Int64 {
        let (difference, overflow) = left.subtractingReportingOverflow(right)
        return overflow ? (left < right ? .min : .max) : difference
    }

    /// Milliseconds between two ticks.
    static let tickMsMax: Int64 = 5_000
}
