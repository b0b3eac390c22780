import Judge
import Lifecycle
import Testing

/// What a rollout tells the world of the way from one state to the next.
@Suite("Rollout events")
struct RolloutEventTests {
    private static func names(
        _ before: SampleRollout, _ after: RolloutState, failed: String? = nil
    ) -> [String] {
        RolloutEvent.events(from: before.state, to: after, failedGuard: failed).map(\.name)
    }

    @Test("one for each: steps, gates, holds, fails, promotion, bake, ends")
    func events() throws {
        let rollout = SampleRollout { $0.elapsedMs = 10_000 }
        #expect(
            RolloutEvent.events(from: nil, to: rollout.state).map(\.name) == ["started", "step"])
        #expect(Self.names(rollout, rollout.tick(.running).state) == [])
        #expect(Self.names(rollout, rollout.tick(.pass, pairs: 100).state) == ["step"])
        var manual = rollout
        manual.plan.steps[0].gate = .manual
        #expect(Self.names(manual, manual.tick(.pass, pairs: 100).state) == ["gate"])
        #expect(Self.names(rollout, rollout.tick(.fail).state) == ["failed", "rolled-back"])
        var freezing = rollout
        freezing.plan.onFail = .freeze
        #expect(Self.names(freezing, freezing.tick(.fail).state) == ["failed", "held"])
        let promoted = try rollout.controller.obey(.promote, rollout.state).state
        #expect(Self.names(rollout, promoted) == ["promoted"])
        #expect(
            RolloutEvent.promoted(pairs: 12_000).detail == "12,000 records scored by both versions")
        let baking = SampleRollout {
            $0.phase = .baking
            $0.elapsedMs = 10_000
        }
        #expect(Self.names(baking, baking.tick(.running).state) == ["baked"])
        let aborted = try rollout.controller.obey(.abort, rollout.state).state
        #expect(Self.names(rollout, aborted) == ["aborted"])
        var foreign = rollout
        foreign.deployment.stable = 9
        #expect(Self.names(rollout, foreign.tick(.running, epoch: 9).state) == ["superseded"])
        let late = SampleRollout { $0.wallMs = 60_000 }
        #expect(Self.names(late, late.tick(.running, pairs: 50).state) == ["held"])
    }

    @Test("a comparison that begins anew is told; that of the bake is not")
    func comparison() throws {
        var foreign = SampleRollout { $0.elapsedMs = 10_000 }
        foreign.deployment.settings = "others"
        let anew = foreign.tick(.running, epoch: 9).state
        let events = RolloutEvent.events(from: foreign.state, to: anew)
        #expect(events == [.comparison(2)])
        #expect(events.first?.detail?.hasPrefix("number 2 begins") == true)
        let promoted = SampleRollout { $0.phase = .promoted }
        let baking = promoted.tick(.running).state
        #expect(baking.phase == .baking && baking.comparisons == 2)
        #expect(Self.names(promoted, baking) == [])
    }

    @Test("a fail names its guard")
    func failed() {
        let rollout = SampleRollout()
        let events = RolloutEvent.events(
            from: rollout.state, to: rollout.tick(.fail).state, failedGuard: "errors")
        #expect(events == [.failed("errors"), .rolledBack("a guard failed")])
        #expect(events.map(\.detail) == ["errors", "a guard failed"])
    }

    @Test("an action is the change of the deployment that it asks for")
    func changes() throws {
        let share = try Share("5%")
        let cases: [(RolloutAction.Act, DeploymentChange<Int>)] = [
            (.set(.shadow, share, version: 8), .shadow(8, share)),
            (.set(.canary, share, version: 8), .canary(8, share)),
            (.promote(version: 8), .complete), (.promote(version: 9), .promote(9)),
            (.shadowPrevious(version: 7, share), .shadow(7, share)), (.drop, .abort),
            (.rollback(version: 7), .rollbackTo(7)),
        ]
        for (act, change) in cases {
            #expect(RolloutAction(act, expect: 4).change(candidate: 8) == change)
        }
    }

    @Test("the entry of a step names it, and what another hand wrote names none")
    func step() throws {
        let event = RolloutEvent.step(2, .canary, try Share("5%"))
        #expect(RolloutEvent.step(named: try #require(event.detail)) == 2)
        for detail in ["", "step", "step :", "step 0: a", "step -1: a", "step 3", "canary at 5%"] {
            #expect(RolloutEvent.step(named: detail) == nil, "\(detail)")
        }
    }
}
