import Judge
import Lifecycle

/// A rollout of version 8 over 7, in the shadow at 1 %, and the deployment that it expects.
struct SampleRollout: Sendable {
    static let nowMs: Int64 = 1_764_000_000_000

    var plan: RolloutPlan
    var state: RolloutState
    var deployment: RolloutDeployment

    var controller: RolloutController { RolloutController(plan) }

    init(_ change: (inout RolloutState) -> Void = { _ in }) {
        plan = .standard
        plan.steps.removeSubrange(2...)
        for index in plan.steps.indices {
            plan.steps[index].minMs = 10_000
            plan.steps[index].minPairs = 10
            plan.steps[index].maxMs = 60_000
            plan.steps[index].require = .pass
        }
        plan.steps[1].share = plan.bake.share
        plan.bake.ms = 10_000
        plan.bake.maxMs = 60_000
        deployment = RolloutDeployment(epoch: 4, stable: 7, settings: "s")
        state = RolloutController(plan).start(over: deployment, candidate: 8).state
        change(&state)
        deployment.epoch = state.epoch
        if state.isPromoted {
            deployment.stable = 8
            deployment.candidate = RolloutDeployment.Trial(
                version: 7, mode: .shadow, share: plan.bake.share)
        } else {
            deployment.candidate = RolloutDeployment.Trial(
                version: 8, mode: state.mode, share: state.share)
        }
        if state.phase == .promoted { deployment.candidate = nil }
    }

    /// - Parameter epoch: of the deployment, where it is not the expected one.
    func tick(
        _ verdict: CanaryJudge.Verdict, pairs: Int64 = 0, isConverged: Bool = true,
        epoch: Int64? = nil
    ) -> RolloutController.Outcome {
        var seen = deployment
        if let epoch { seen.epoch = epoch }
        return controller.tick(
            state, nowMs: Self.nowMs, seen,
            RolloutJudged(verdict: verdict, pairs: pairs, isConverged: isConverged))
    }
}
