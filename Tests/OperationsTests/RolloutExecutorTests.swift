import Judge
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Operations

@Suite("running a rollout", .blocking)
struct RolloutExecutorTests {
    private static let good = [
        "started: version 2 against 1", "step: step 1: shadow at 25%",
        "step: step 2: canary at 5%", "step: step 3: canary at 25%", "promoted", "baked",
    ]

    @Test("a good candidate goes through every step, is promoted, and the bake ends")
    func promoted() throws {
        let scene = try RolloutScene()
        try scene.start()
        try scene.run(to: .completed, scene.executor())
        #expect(try scene.events == Self.good)
        let deployment = try scene.deployment
        #expect(deployment.stable.version == 2 && deployment.candidate == nil)
        #expect(try scene.fixture.announced()?.deployment == deployment)
        // Start, two steps, promotion, the bake's shadow and its end.
        #expect(deployment.epoch == 7)
        let history = try scene.registry.history(of: scene.model)
        #expect(history.last?.note.reason == "rollout 1: drop the candidate")
        #expect(try scene.registry.rollout(of: scene.model)?.endedAt != nil)
        #expect(scene.faults.isEmpty)
    }

    @Test("a bad candidate is rolled back while it is a shadow, and the judge says why")
    func rolledBack() throws {
        let scene = try RolloutScene()
        scene.fleet.up = 5
        try scene.start()
        try scene.run(to: .rolledBack, scene.executor())
        #expect(try scene.events.suffix(2) == ["failed", "rolled-back: a guard failed"])
        #expect(try scene.deployment.candidate == nil)
        #expect(try scene.deployment.stable.version == 1)
        let stored = try #require(try scene.registry.rollout(of: scene.model))
        let failed = try #require(
            try scene.registry.entries(of: stored.id).first { $0.event == "failed" })
        #expect(failed.detail.hasPrefix("alerts-up: fail; "))
        #expect(stored.judged?.report["verdict"] == "fail")
    }

    @Test("one that turns bad after its promotion goes back to the old version")
    func bake() throws {
        let scene = try RolloutScene()
        try scene.start()
        let executor = scene.executor()
        try scene.run(to: .baking, executor)
        // The new version is the stable one now: its alerts are what the old one does not have.
        scene.fleet.down = 5
        try scene.run(to: .rolledBack, executor)
        #expect(try scene.deployment.stable.version == 1)
        #expect(try scene.deployment.candidate == nil)
    }

    @Test("killed after each act, by another process it goes on as if nothing had been")
    func killed() throws {
        for (up, end) in [(Int64(0), RolloutState.Phase.completed), (5, .rolledBack)] {
            let whole = try RolloutScene()
            whole.fleet.up = up
            try whole.start()
            try whole.run(to: end, whole.executor())
            let cut = try RolloutScene()
            cut.fleet.up = up
            try cut.start()
            var processes = 0
            while try cut.state.phase != end, processes < 300 {
                processes += 1
                let before = try cut.registry.rollout(of: cut.model)?.revision
                let again = try Registry.open(
                    path: cut.fixture.path, access: .readWrite(create: false))
                try cut.run(600, cut.executor(again)) {
                    try cut.registry.rollout(of: cut.model)?.revision == before
                }
            }
            #expect(processes > 1)
            #expect(try cut.events == whole.events)
            #expect(try cut.state == whole.state)
            #expect(try cut.deployment.epoch == whole.deployment.epoch)
        }
    }

    @Test(
        "killed between the transaction and its announcement, the next one announces it",
        arguments: [FakeControlTopic.Fault.publishing, .acknowledging])
    func unannounced(fault: FakeControlTopic.Fault) throws {
        let scene = try RolloutScene()
        try scene.start()
        let executor = scene.executor()
        scene.fixture.topic.fail(at: fault)
        try scene.run(60, executor) { try scene.state.step == 0 }
        #expect(try scene.state.step == 1)
        #expect(scene.faults.first?.reason.contains("not announced yet") == true)
        scene.fixture.topic.fail(at: nil)
        let again = try Registry.open(
            path: scene.fixture.path, access: .readWrite(create: false))
        scene.nowMs += 1_000
        _ = try RolloutLoop(at: scene.desk(again)) { _ in }.announcePending()
        #expect(try scene.fixture.announced()?.deployment == scene.deployment)
    }

    @Test("without brokers nothing goes forward, and a rollback is committed all the same")
    func withoutBrokers() throws {
        let scene = try RolloutScene()
        try scene.start()
        scene.brokers.absence = FakeControlTopic.outOfReach
        let executor = scene.executor()
        var faults = 0
        for _ in 0..<60 {
            scene.nowMs += 1_000
            do {
                _ = try executor.tick(scene.fleet.look)
            } catch {
                faults += 1
                #expect(error.isRetryable && error.reason.contains("nothing was changed"))
            }
        }
        #expect(faults > 0)
        #expect(try scene.state.step == 0 && scene.deployment.epoch == 2)
        scene.fleet.up = 20
        for _ in 0..<600 where try scene.state.phase != .rolledBack {
            scene.nowMs += 1_000
            _ = try? executor.tick(scene.fleet.look)
        }
        #expect(try scene.deployment.candidate == nil)
        #expect(try scene.registry.pendingPublications().count == 1)

        // The rollout is over, and the workers have to hear of it all the same.
        let loop = RolloutLoop(at: scene.desk(), of: scene.model) { _ in }
        #expect(try loop.announcePending())
        scene.brokers.absence = nil
        #expect(try loop.announcePending(), "between two attempts is a pause")
        scene.nowMs += 60_000
        #expect(try !loop.announcePending())
        #expect(try scene.registry.pendingPublications().isEmpty)
    }

    @Test("what a person left unannounced stays so while a rollout observes")
    func observedAnnouncesNothing() throws {
        let scene = try RolloutScene()
        try scene.fixture.change(.shadow(2, try Share("10%")))
        try scene.start(isObserved: true)
        try scene.registry.requeue(scene.model)
        let pending = try scene.registry.pendingPublications().count
        let loop = RolloutLoop(at: scene.desk()) { _ in }
        #expect(try !loop.announcePending())
        #expect(try scene.registry.pendingPublications().count == pending && pending > 0)
    }

    @Test("of two at once one writes and the other goes on with that: nothing happens twice")
    func twoAtOnce() throws {
        let scene = try RolloutScene()
        try scene.start()
        let other = try Registry.open(
            path: scene.fixture.path, access: .readWrite(create: false))
        let (first, second) = (scene.executor(), scene.executor(other))
        for _ in 0..<600 where try scene.state.phase != .completed {
            scene.nowMs += 1_000
            // The second one comes in between what the first one has read and what it writes.
            _ = try first.tick { deployment in
                let sight = scene.fleet.look(deployment)
                _ = try? second.tick { _ in sight }
                return sight
            }
        }
        #expect(try scene.events == Self.good)
        #expect(try scene.deployment.epoch == 7)
        #expect(scene.faults.isEmpty)
    }

    @Test("what people change is followed: another share holds it, dropping the candidate ends it")
    func foreign() throws {
        let scene = try RolloutScene()
        try scene.start()
        let executor = scene.executor()
        try scene.run(3, executor)
        try scene.fixture.change(.canary(2, try Share("50%")))
        try scene.run(1, executor)
        #expect(try scene.state.phase == .held)
        #expect(try scene.events.last == "held: changed by hand")
        try scene.say(.resume, reason: "meant")
        #expect(try scene.events.last == "step: step 3: canary at 50%")
        #expect(try scene.state.step == 2 && scene.state.phase == .running)
        try scene.fixture.change(.rollback)
        try scene.run(1, executor)
        #expect(try scene.events.last == "aborted: the candidate was dropped by hand")
        #expect(try scene.registry.activeRollouts().isEmpty)
    }

    @Test("a registry that was restored speaks over nobody, and changes nothing")
    func restored() throws {
        let scene = try RolloutScene()
        try scene.start()
        let copy = scene.fixture.folder.path("copy.db")
        _ = try scene.registry.backup(to: copy, isForced: false)
        try scene.run(to: .completed, scene.executor())
        let newest = try scene.deployment
        let old = try Registry.open(path: copy, access: .readWrite(create: false))
        let executor = scene.executor(old)
        var refusals: [SwerveError] = []
        for _ in 0..<60 {
            scene.nowMs += 1_000
            do {
                _ = try executor.tick(scene.fleet.look)
            } catch {
                refusals.append(error)
            }
        }
        #expect(refusals.first?.problem?.kind == .registryNotSpeaking)
        #expect(try old.deployment(of: scene.model)?.epoch == 2)
        #expect(try scene.fixture.announced()?.deployment == newest)
    }

    @Test("a clock that steps back closes nothing, and stops nothing")
    func clocks() throws {
        let scene = try RolloutScene()
        try scene.start()
        let executor = scene.executor()
        try scene.run(15, executor)
        let judged = try scene.registry.rollout(of: scene.model)?.judged
        #expect(judged != nil)
        scene.nowMs -= 60_000
        try scene.run(40, executor)
        #expect(try scene.registry.rollout(of: scene.model)?.judged == judged)
        #expect(try scene.state.step == 0)
        try scene.run(to: .completed, executor)
        #expect(try scene.events == Self.good)
    }

    @Test("before the fleet has converged nothing goes forward, and exposure stands still")
    func notConverged() throws {
        let scene = try RolloutScene()
        try scene.start()
        scene.fleet.isConverged = false
        let executor = scene.executor()
        try scene.run(120, executor)
        #expect(try scene.state.step == 0 && scene.state.elapsedMs == 0)
        scene.fleet.isConverged = true
        try scene.run(to: .completed, executor)
        #expect(try scene.events == Self.good)
    }

    @Test("a judge's state that no judge wrote is told, and its comparison begins anew")
    func damagedJudge() throws {
        let scene = try RolloutScene()
        try scene.start()
        try scene.run(15, scene.executor())
        let stored = try #require(try scene.registry.rollout(of: scene.model))
        try scene.registry.change(
            RolloutChange(
                of: stored.mark, state: stored.state, salt: stored.salt,
                judged: RolloutJudgement(judge: ["form": 9], report: [:]), isOver: false,
                note: ControlFixture.note))
        try scene.run(to: .completed, scene.executor())
        #expect(scene.faults.first?.reason.contains("begins anew") == true)
        #expect(try scene.events == Self.good)
    }

    @Test("a comparison that begins anew is told, and what was judged before is shown no more")
    func anew() throws {
        let scene = try RolloutScene()
        try scene.start()
        let executor = scene.executor()
        try scene.run(25, executor)
        #expect(try scene.registry.rollout(of: scene.model)?.judged != nil)
        try scene.fixture.change(.alerts(["attack", "probe"]))
        try scene.run(1, executor)
        #expect(try scene.events.last?.hasPrefix("comparison: number 2 begins") == true)
        #expect(try scene.registry.rollout(of: scene.model)?.judged == nil)
        // The bake's is another one, too; the last of all is kept.
        try scene.run(to: .promoted, executor)
        try scene.run(2, executor)
        #expect(try scene.state.phase == .baking)
        #expect(try scene.registry.rollout(of: scene.model)?.judged == nil)
        try scene.run(to: .completed, executor)
        #expect(try scene.registry.rollout(of: scene.model)?.judged?.report["verdict"] != nil)
    }
}
