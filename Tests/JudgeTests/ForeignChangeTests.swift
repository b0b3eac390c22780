import Judge
import Lifecycle
import Testing

/// Somebody else changes the deployment: the rollout follows, and never fights.
@Suite("Foreign changes")
struct ForeignChangeTests {
    private static func after(
        _ rollout: SampleRollout = SampleRollout(), _ change: (inout RolloutDeployment) -> Void
    ) -> RolloutState {
        var rollout = rollout
        change(&rollout.deployment)
        return rollout.tick(.running, pairs: 5, epoch: 50).state
    }

    private static func share(_ tenThousandths: Int) throws -> Share {
        try Share(tenThousandths: tenThousandths)
    }

    @Test("an epoch without a change is adopted, and nothing else")
    func epoch() {
        let state = Self.after { _ in }
        #expect(state.epoch == 50 && state.phase == .running && state.comparisons == 1)
    }

    @Test("other settings or another salt begin another comparison, and the step")
    func settings() {
        let running = SampleRollout {
            $0.elapsedMs = 9_000
            $0.isAcknowledged = true
            $0.pairs = 4
        }
        let other = Self.after(running) { $0.settings = "other" }
        #expect(other.comparisons == 2 && other.elapsedMs == 0 && other.pairsBefore == 0)
        #expect(!other.isAcknowledged && other.settings == "other")
        #expect(Self.after(running) { $0.isSaltChanged = true }.comparisons == 2)
        let gate = SampleRollout {
            $0.phase = .gate
            $0.reason = "approval"
        }
        #expect(Self.after(gate) { $0.settings = "other" }.phase == .running)
    }

    @Test("another share or mode holds; resume goes on from the last step that is not above it")
    func share() throws {
        let narrow = try Self.share(100)
        let state = Self.after { $0.candidate = .init(version: 8, mode: .canary, share: narrow) }
        #expect(state.phase == .held && state.reason == "changed by hand")
        #expect(state.mode == .canary && state.share == narrow)
        var rollout = SampleRollout()
        rollout.state = state
        // The canary's step has 25 %: the one before it.
        #expect(try rollout.controller.obey(.resume, state).state.step == 0)
        var wide = state
        wide.share = try Self.share(5_000)
        #expect(try rollout.controller.obey(.resume, wide).state.step == 1)
    }

    @Test("a candidate that was dropped aborts; in the bake it completes")
    func dropped() {
        #expect(Self.after { $0.candidate = nil }.phase == .aborted)
        let baking = SampleRollout { $0.phase = .baking }
        let state = Self.after(baking) { $0.candidate = nil }
        #expect(state.phase == .completed && state.reason == "the bake was ended by hand")
    }

    @Test("another candidate or stable version supersedes, in the bake too")
    func superseded() {
        for rollout in [SampleRollout(), SampleRollout { $0.phase = .baking }] {
            #expect(Self.after(rollout) { $0.candidate?.version = 9 }.phase == .superseded)
            #expect(Self.after(rollout) { $0.stable = 6 }.phase == .superseded)
        }
        #expect(Self.after { $0.stable = 8 }.phase == .superseded)
    }

    @Test("a foreign epoch while promoted: the bake that somebody began is ours")
    func promoted() throws {
        let promoted = SampleRollout { $0.phase = .promoted }
        #expect(Self.after(promoted) { _ in }.phase == .baking)
        let bake = promoted.plan.bake.share
        let state = Self.after(promoted) {
            $0.candidate = .init(version: 7, mode: .shadow, share: bake)
        }
        #expect(state.phase == .baking && state.comparisons == 2 && state.epoch == 50)
    }
}
