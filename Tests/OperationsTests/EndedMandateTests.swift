import Fleet
import Judge
import Lifecycle
import Registry
import TestSupport
import Testing

@testable import Operations

@Suite("signed plans that are over, and announcements that came too late", .blocking)
struct EndedMandateTests {
    @Test("a step that reached no broker before its signature ran out is signed anew by the loop")
    func overdue() throws {
        let office = try SignedScene()
        let scene = office.scene
        try office.start()
        let executor = scene.executor()
        scene.fixture.topic.fail(at: .publishing)
        try scene.run(60, executor) { try scene.state.step == 0 }
        let late = try scene.deployment.epoch
        #expect(try scene.state.step == 1)
        #expect(try scene.registry.pendingPublications().map(\.epoch) == [late])
        // In time it is only announced.
        #expect(try scene.desk().overdue(scene.deployment, scene.state) == nil)
        scene.nowMs += 3_700_000
        // Whoever has no key, or a person's, leaves it to a person.
        scene.hand = nil
        #expect(try scene.desk().overdue(scene.deployment, scene.state) == nil)
        scene.hand = office.controller
        scene.fixture.topic.fail(at: nil)
        try scene.run(1, scene.executor())
        #expect(try scene.deployment.epoch == late + 1 && scene.state.epoch == late + 1)
        #expect(try scene.events.contains { $0.hasPrefix("again: epoch \(late) was announced") })
        #expect(try scene.registry.pendingPublications().isEmpty)
        #expect(try office.followed().deployments.last == scene.deployment)
        try scene.run(to: .completed, scene.executor())
        #expect(try office.followed().deployments.last == scene.deployment)
        #expect(try scene.registry.verifyAudit().findings == [])
    }

    @Test("a thief's record under an ended plan is no obstacle to anybody")
    func endedPlan() throws {
        let office = try SignedScene()
        let scene = office.scene
        try office.start()
        let first = try #require(try scene.registry.announcement(of: scene.model, epoch: 2))
        let old = try #require(try scene.registry.rollout(of: scene.model)?.mandate)
        let spoken = try office.change(.renew)
        let forged = try office.forged(
            first, first.deployment.at(spoken.epoch + 50), rollout: old)
        scene.fixture.topic.put("\(scene.model)", forged, appendedAtMs: scene.nowMs)
        #expect(try office.believe(forged).deployment.epoch == spoken.epoch + 50)
        // Neither to a person, nor to the loop that takes a bad version back.
        let again = try office.change(.renew)
        #expect(try scene.registry.pendingPublications().isEmpty)
        #expect(try office.followed().deployments.last == again)
        try office.sign()
        scene.fixture.topic.put(
            "\(scene.model)",
            try office.forged(first, first.deployment.at(again.epoch + 50), rollout: old),
            appendedAtMs: scene.nowMs)
        scene.fleet.up = 20
        try scene.run(to: .rolledBack, scene.executor())
        #expect(try office.followed().deployments.last == scene.deployment)
        #expect(try scene.deployment.candidate == nil)
    }

    @Test("nor does status take it for what is announced")
    func endedPlanInStatus() throws {
        let office = try SignedScene()
        let scene = office.scene
        try office.start()
        let first = try #require(try scene.registry.announcement(of: scene.model, epoch: 2))
        let old = try #require(try scene.registry.rollout(of: scene.model)?.mandate)
        let spoken = try office.change(.renew)
        scene.fixture.topic.put(
            "\(scene.model)",
            try office.forged(first, first.deployment.at(spoken.epoch + 50), rollout: old),
            appendedAtMs: scene.nowMs)
        let clock = ScriptedClock()
        let registry = scene.registry
        let reader = StatusReader(
            StatusRequest(model: scene.model),
            listener: FleetListener(feed: ScriptedFeed([.heard([])], clock: clock)) { clock.nowMs },
            control: scene.fixture.topic, trust: try scene.brokers.trust(isNeeded: true),
            isRegistryExpected: false, known: { registry.lastSaid(of: $0) }
        ) { _ throws(SwerveError) in [] }
        try reader.prepare(timeoutMs: 1_000)
        guard case .model(let report) = reader.status() else {
            Issue.record("a status of no model")
            return
        }
        #expect(report.announced?.epoch == spoken.epoch)
        #expect(
            report.notes.contains { $0.contains("newest record does not count") }, "\(report.notes)"
        )
    }
}
