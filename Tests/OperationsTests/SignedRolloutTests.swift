import Judge
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Operations

@Suite("signed rollouts", .blocking)
struct SignedRolloutTests {
    private static func kind(_ error: any Error) -> Problem.Kind? {
        (error as? SwerveError)?.problem?.kind
    }

    @Test("workers follow a plan from its first step to its end, and the audit bears it out")
    func promoted() throws {
        let office = try SignedScene()
        let scene = office.scene
        try office.start()
        try scene.run(to: .completed, scene.executor())
        let (deployments, refusals) = try office.followed()
        #expect(deployments.map(\.epoch) == [2, 3, 4, 5, 6, 7] && refusals.isEmpty)
        #expect(try scene.deployment == deployments.last && deployments.last?.stable.version == 2)
        #expect(scene.faults.isEmpty)
        let history = try scene.registry.history(of: scene.model)
        #expect(
            history.map(\.note.by)
                == ["ada", "ada"] + [String](repeating: "ada through loop", count: 5))
        #expect(try scene.registry.verifyAudit().findings.isEmpty)
        // What somebody makes of the plan behind a person's word is no witness against the chain.
        let old = try #require(try scene.registry.announcement(of: scene.model, epoch: 5))
        let spoken = try office.change(.renew)
        let forged = try office.forged(old, old.deployment.at(spoken.epoch + 1))
        scene.fixture.topic.put("\(scene.model)", forged, appendedAtMs: scene.nowMs)
        let registry = scene.registry
        var audit = TopicAudit(
            registry: registry.id, trust: try scene.brokers.trust(isNeeded: true))
        try scene.fixture.topic.forEachRecord { audit.hear($0) }
        let found = try audit.result { isWanted, body throws(SwerveError) in
            try registry.auditedChanges(isWanted, body)
        }
        #expect(found.findings.isEmpty && found.notes.count == 1, "\(found)")
        #expect(found.notes.first?.contains("somebody has changed the deployment since") == true)
    }

    @Test("a bad candidate is taken back on the controller's word, as a shadow and in the bake")
    func rolledBack() throws {
        for isLate in [false, true] {
            let office = try SignedScene()
            let scene = office.scene
            if !isLate { scene.fleet.up = 5 }
            try office.start()
            let executor = scene.executor()
            if isLate {
                try scene.run(to: .baking, executor)
                scene.fleet.down = 5
            }
            try scene.run(to: .rolledBack, executor)
            let (deployments, refusals) = try office.followed()
            #expect(refusals.isEmpty && scene.faults.isEmpty)
            #expect(try deployments.last == scene.deployment)
            #expect(deployments.last?.stable.version == 1 && deployments.last?.candidate == nil)
        }
    }

    @Test("behind its time a plan waits for a signature, is told once, and goes on behind one")
    func expired() throws {
        let office = try SignedScene(holdsMs: 60_000)
        let scene = office.scene
        try office.start()
        let executor = scene.executor()
        try scene.run(10, executor)
        scene.nowMs += 60_000
        try scene.run(60, executor)
        #expect(try scene.state.phase == .gate && scene.state.reason == "signature")
        let events = try scene.events
        #expect(events.filter { $0 == "gate: signature" }.count == 1)
        let told = events.filter { $0.hasPrefix("unsigned: ") }
        #expect(told.count == 1 && told[0].contains("signed by 'ada', held until 2025-11-24T"))
        #expect(Set(scene.faults.map { $0.problem?.kind }) == [.rolloutMandateOver])
        #expect(try scene.deployment.epoch == 2)
        #expect { try scene.say(.approve) } throws: { code($0) == .refused }
        try office.sign()
        #expect(try scene.events.last == "signed: ada")
        try scene.run(to: .completed, executor)
        #expect(try office.followed().deployments.last == scene.deployment)
        #expect(try office.followed().refusals.isEmpty)
    }

    @Test("what is taken back is believed behind the plan's time, for thirty days")
    func lateRetreat() throws {
        for days in [29, 32] as [Int64] {
            let office = try SignedScene(holdsMs: 60_000)
            let scene = office.scene
            try office.start()
            let first = try #require(try office.followed().deployments.last)
            scene.nowMs += days * 86_400_000
            scene.fleet.up = 20
            let executor = scene.executor()
            try scene.run(to: .rolledBack, executor)
            #expect(try scene.deployment.candidate == nil)
            let isBelieved = days < 30
            let last = try office.announcements().last.flatMap { try? office.believe($0) }
            #expect(last?.deployment.epoch == (isBelieved ? 3 : nil) && first.epoch == 2)
            let before = try scene.registry.announcement(of: scene.model, epoch: 2)
            #expect(last?.endOfMandate(behind: before) == nil)
            #expect(try scene.registry.pendingPublications().isEmpty == isBelieved)
            #expect(
                scene.faults.map { $0.problem?.kind } == (isBelieved ? [] : [.retreatNotBelieved]))
            guard !isBelieved else { continue }
            #expect(scene.faults[0].reason.contains("COMMITTED"))
            // What the line says that a person types.
            try office.change(.renew)
            #expect(try office.followed().deployments.last?.candidate == nil)
            #expect(try scene.registry.pendingPublications().isEmpty)
        }
    }

    @Test("once a person has changed the deployment, the plan is signed anew before it goes on")
    func changedByHand() throws {
        let office = try SignedScene()
        let scene = office.scene
        try office.start()
        let executor = scene.executor()
        try scene.run(3, executor)
        try office.change(.change(.canary(2, try Share("5%"))))
        try scene.run(1, executor)
        #expect(try scene.events.last == "held: changed by hand")
        try scene.say(.resume)
        try scene.run(60, executor)
        #expect(try scene.state.phase == .gate && scene.deployment.epoch == 3)
        #expect(
            try scene.events.last?.contains("epoch 3 is not of that plan: somebody has changed")
                == true)
        // Which workers would have said as well.
        let first = try #require(try scene.registry.announcement(of: scene.model, epoch: 2))
        let stored = try #require(try scene.registry.rollout(of: scene.model))
        let step = try office.forged(
            first, try scene.registry.announcement(of: scene.model, epoch: 3)?.deployment.at(4),
            rollout: stored.mandate)
        let record = try office.believe(step)
        let third = try scene.registry.announcement(of: scene.model, epoch: 3)
        #expect(record.endOfMandate(behind: third) != nil)
        try office.sign()
        try scene.run(to: .completed, executor)
        #expect(try office.followed().deployments.last == scene.deployment)
        #expect(try office.followed().refusals.isEmpty)
    }

    @Test("a person's word signs the plan with it, and the loop goes on from there")
    func words() throws {
        let office = try SignedScene()
        let scene = office.scene
        try office.start()
        let executor = scene.executor()
        try scene.run(2, executor)
        scene.hand = nil
        for word in [RolloutWord.skip, .promote, .abort] {
            #expect { try scene.say(word) } throws: { Self.kind($0) == .rolloutKeyMissing }
        }
        #expect(try scene.deployment.epoch == 2)
        // Words that change no deployment need no key.
        try scene.say(.pause)
        try scene.say(.resume)
        try scene.say(.skip, by: office.person)
        #expect(try scene.registry.history(of: scene.model).last?.note.by == "ada")
        scene.hand = office.controller
        try scene.run(to: .completed, scene.executor())
        #expect(try office.followed().deployments.last == scene.deployment)
        #expect(try office.followed().refusals.isEmpty && scene.faults.isEmpty)
        // The controller's own key says words as well.
        let other = try SignedScene()
        try other.start()
        try other.scene.say(.promote)
        try other.scene.say(.abort)
        let followed = try other.followed()
        #expect(followed.refusals.isEmpty && followed.deployments.last?.stable.version == 1)
    }

    @Test("a loop without a key moves nothing of a signed plan, and tells that what it took back")
    func keyless() throws {
        let office = try SignedScene()
        let scene = office.scene
        try office.start()
        scene.hand = nil
        let executor = scene.executor()
        try scene.run(60, executor)
        #expect(try scene.state.isWaitingForSignature && scene.deployment.epoch == 2)
        #expect(Set(scene.faults.map { $0.problem?.kind }) == [.rolloutKeyMissing])
        scene.fleet.up = 20
        try scene.run(to: .rolledBack, executor)
        #expect(try scene.deployment.candidate == nil)
        #expect(scene.faults.last?.problem?.kind == .retreatNotBelieved)
        #expect(try office.followed().deployments.last?.epoch == 2)
    }

    @Test("a loop whose key was revoked takes a bad version back all the same, and tells it")
    func revokedKey() throws {
        let office = try SignedScene()
        let scene = office.scene
        try office.start()
        try scene.registry.revokeKey(
            office.loop.name, note: scene.desk().note("it was stolen"))
        scene.fleet.up = 20
        try scene.run(to: .rolledBack, scene.executor())
        #expect(try scene.deployment.candidate == nil)
        #expect(scene.faults.last?.problem?.kind == .retreatNotBelieved)
        #expect(scene.faults.last?.reason.contains("was revoked at") == true)
    }

    @Test("a step that waits for a signature is told once, whatever time its words name")
    func toldOnce() throws {
        let office = try SignedScene()
        let scene = office.scene
        try office.start()
        scene.brokers.trusted = TrustFile(keys: [
            TrustedKey(
                name: "ada", publicKey: office.ada.publicKey, roles: [.promote],
                revokedAtMs: scene.nowMs),
            TrustedKey(name: "loop", publicKey: office.loop.publicKey, roles: [.rollout]),
        ])
        try scene.run(120, scene.executor())
        #expect(try scene.events.filter { $0.hasPrefix("unsigned: ") }.count == 1)
        #expect(scene.faults.count == 1)
    }

    @Test("a plan that nobody signed waits for a signature, and an unsigned start is refused")
    func unsigned() throws {
        let office = try SignedScene()
        let scene = office.scene
        scene.hand = nil
        #expect { try scene.start() } throws: { Self.kind($0) == .rolloutUnsigned }
        #expect {
            try scene.start(by: office.controller)
        } throws: { Self.kind($0) == .keyLacksRole }
        #expect(try scene.registry.rollout(of: scene.model) == nil)
        // Begun before workers asked for signatures.
        let trusted = scene.brokers.trusted
        scene.brokers.trusted = nil
        try scene.start()
        scene.brokers.trusted = trusted
        scene.hand = office.controller
        let executor = scene.executor()
        try scene.run(60, executor)
        #expect(try scene.state.isWaitingForSignature)
        #expect(scene.faults.first?.reason.contains("nobody has signed its plan") == true)
        #expect {
            try RolloutSpeaker(desk: scene.desk()).sign(scene.model, reason: "")
        } throws: { Self.kind($0) == .keyLacksRole }
        // Without a key nothing is said of a plan that nobody has signed.
        scene.hand = nil
        let keyless = #expect(throws: SwerveError.self) {
            try RolloutSpeaker(desk: scene.desk()).sign(scene.model, reason: "")
        }
        #expect(keyless?.reason == "there is no key to sign it with")
        #expect(keyless?.problem?.kind == .rolloutKeyMissing)
        scene.hand = office.controller
        try office.sign()
        try scene.run(to: .completed, executor)
        #expect(try office.followed().deployments.last == scene.deployment)
    }

    @Test("a trust file that cannot be read keeps nothing from being taken back; it is told later")
    func trustFault() throws {
        for isSigned in [true, false] {
            let office = try SignedScene()
            let scene = office.scene
            if !isSigned {
                scene.brokers.trusted = nil
                scene.hand = nil
            }
            _ = try scene.start(by: isSigned ? office.person : nil)
            scene.brokers.trustFault = SwerveError(
                .invalid, act: "reading the trust file", reason: "line 1: cut")
            scene.fleet.up = 20
            let executor = scene.executor()
            for _ in 0..<600 where try scene.state.phase != .rolledBack {
                scene.nowMs += 1_000
                _ = try? executor.tick(scene.fleet.look)
            }
            #expect(try scene.deployment.candidate == nil)
            #expect(try scene.registry.pendingPublications().count == 1)
            #expect(scene.faults.last?.reason.contains("not announced yet: line 1: cut") == true)
            scene.brokers.trustFault = nil
            scene.nowMs += 3_600_000 * 5
            #expect(try !RolloutLoop(at: scene.desk(), of: scene.model) { _ in }.announcePending())
            #expect(try scene.fixture.announced()?.deployment == scene.deployment)
            if isSigned {
                #expect(try office.followed().deployments.last == scene.deployment)
            }
        }
    }

    @Test("a loop takes no key that could sign more than a plan allows")
    func unfit() throws {
        let office = try SignedScene()
        let (scene, ada) = (office.scene, office.ada)
        let brokers = scene.brokers
        let backend = FileBackend(
            registry: scene.fixture.path, brokers: { brokers },
            signing: { _ in SignedScene.signing(ada) }, for: Caller(author: "x"))
        let request = RolloutStartRequest(
            model: scene.model, version: .number(2), plan: RolloutScene.plan(), holdsMs: 3_600_000)
        let started = try backend.startRollout(request)
        let signature = try #require(started.standing.signature)
        #expect(signature.by == "ada" && signature.fromEpoch == 2)
        #expect(signature.retreatUntilMs == signature.expiresAtMs + 30 * 86_400_000)
        #expect {
            _ = try backend.runRollouts(of: nil, isStopped: { true }, hear: { _ in })
        } throws: { Self.kind($0) == .rolloutKeyUnfit }
        let again = try backend.signRollout(RolloutSignRequest(model: scene.model, reason: "r"))
        #expect(again.signature?.fromEpoch == 2 && again.entries.last?.detail == "ada: r")
        #expect(try TravellingExample(started).isSame() && TravellingExample(again).isSame())
        #expect(try scene.registry.verifyAudit().findings.isEmpty)
    }
}

extension Deployment {
    /// The same under another epoch.
    func at(_ epoch: Int64) -> Deployment {
        Deployment(
            model: model, epoch: epoch, stable: stable, candidate: candidate, previous: previous,
            salt: salt, settings: settings)
    }
}
