import Lifecycle

/// The moves that ticks and words share.
extension RolloutController {
    /// A step (again) from its beginning.
    func fresh(_ state: RolloutState) -> RolloutState {
        var next = state
        next.elapsedMs = 0
        next.wallMs = 0
        next.pairsBefore = state.pairs
        next.reason = nil
        next.resumeTo = nil
        return next
    }

    /// The state after an action, which expects the epoch that the action makes.
    func asking(_ state: RolloutState, for act: RolloutAction.Act) -> Outcome {
        var next = state
        next.epoch = StatusCount.sum(state.epoch, 1)
        return (next, RolloutAction(act, expect: state.epoch))
    }

    func advance(_ state: RolloutState) -> Outcome {
        let following = state.step + 1
        guard following < plan.steps.count else { return promote(state) }
        let step = plan.steps[following]
        var next = fresh(state)
        next.phase = .running
        next.step = following
        next.share = step.share
        next.mode = step.mode
        return asking(next, for: .set(step.mode, step.share, version: state.candidate))
    }

    func promote(_ state: RolloutState) -> Outcome {
        var next = fresh(state)
        next.phase = plan.bake.ms > 0 ? .promoted : .completed
        return asking(next, for: .promote(version: state.candidate))
    }

    /// Back to the stable version of the beginning.
    func retreat(_ state: RolloutState, _ phase: RolloutState.Phase, _ reason: String) -> Outcome {
        var next = state
        next.phase = phase
        next.reason = reason
        return asking(next, for: state.isPromoted ? .rollback(version: state.stable) : .drop)
    }

    /// Somebody else changed the deployment: follow, never fight.
    func adopted(_ before: RolloutState, _ deployment: RolloutDeployment) -> RolloutState {
        var state = before
        state.epoch = deployment.epoch
        let isPromoted = state.isPromoted
        if let end = isPromoted
            ? endBehindPromotion(state, deployment) : endBeforePromotion(state, deployment)
        {
            state.phase = end.phase
            state.reason = end.reason
            return state
        }
        if state.phase == .promoted {
            guard deployment.candidate != nil else {
                state.settings = deployment.settings
                return state
            }
            state = begunAnew(state)
            state.phase = .baking
        }
        if deployment.settings != state.settings || deployment.isSaltChanged {
            state = begunAnew(state)
            state.settings = deployment.settings
            state.pairs = 0
            state.pairsBefore = 0
            if state.phase == .gate { state.phase = .running }
        }
        if !isPromoted, let trial = deployment.candidate,
            trial.mode != state.mode || trial.share != state.share
        {
            state.mode = trial.mode
            state.share = trial.share
            state.phase = .held
            state.reason = RolloutState.Reason.changedByHand
        }
        return state
    }

    /// Another comparison, and with it the step.
    private func begunAnew(_ state: RolloutState) -> RolloutState {
        var next = fresh(state)
        next.comparisons = StatusCount.sum(state.comparisons, 1)
        next.isAcknowledged = false
        return next
    }

    private typealias End = (phase: RolloutState.Phase, reason: String)

    /// How a foreign change ends a rollout whose candidate was promoted; nil where it goes on.
    private func endBehindPromotion(_ state: RolloutState, _ deployment: RolloutDeployment) -> End?
    {
        guard deployment.stable == state.candidate else {
            return (.superseded, Self.anotherStable)
        }
        guard let trial = deployment.candidate else {
            return state.phase == .promoted
                ? nil : (.completed, "the bake was ended by hand")
        }
        return trial.version == state.stable ? nil : (.superseded, Self.anotherCandidate)
    }

    /// The same before the promotion.
    private func endBeforePromotion(_ state: RolloutState, _ deployment: RolloutDeployment) -> End?
    {
        guard deployment.stable == state.stable else { return (.superseded, Self.anotherStable) }
        guard let trial = deployment.candidate else {
            return (.aborted, "the candidate was dropped by hand")
        }
        return trial.version == state.candidate ? nil : (.superseded, Self.anotherCandidate)
    }

    private static let anotherStable = "another stable version"
    private static let anotherCandidate = "another candidate"
}
