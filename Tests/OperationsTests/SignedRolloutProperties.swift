import Judge
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Operations

/// Rollouts as they come, and what somebody could make of their records who has the loop's key.
@Suite("signed rollouts, any way they go", .blocking)
struct SignedRolloutProperties {
    @Test(
        "workers follow each state that a rollout comes to, and nothing that is made of it",
        arguments: 0..<6)
    func anyWay(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed) + 77)
        let office = try SignedScene()
        let scene = office.scene
        if seed % 2 == 0 {
            // Settings of their own, and a version before the stable one.
            try office.change(.change(.promote(3)))
            try office.change(.change(.promote(1)))
            try office.change(
                .change(.settings(1, VersionSettings(threshold: 0.25), isReset: false)))
        }
        let bake: JSONValue = ["share": "10%", "for": seed % 3 == 0 ? "0" : "20s", "max": "10m"]
        try office.start(RolloutScene.plan(["bake": bake]))
        let executor = scene.executor()
        for _ in 0..<400 where try !scene.state.phase.isFinal {
            try scene.run(1, executor)
            try say(office, &random)
            if Int.random(in: 0..<60, using: &random) == 0 {
                scene.fleet.up = [0, 5].randomElement(using: &random) ?? 0
            }
        }
        let records = try office.announcements().map { announcement in
            (announcement, try office.believe(announcement))
        }
        #expect(try office.followed().refusals.isEmpty)
        #expect(try office.followed().deployments.last == scene.deployment)
        let controlled = records.filter { $0.1.rollout != nil }
        for (index, (announcement, record)) in controlled.enumerated() {
            try refuses(office, record, made: index)
            // For another topic, and under another model's key.
            #expect(throws: SwerveError.self) {
                try office.believe(announcement, topic: "other")
            }
            #expect(throws: SwerveError.self) { try office.believe(announcement, key: "other") }
        }
        // Behind a person's word nothing of it is followed any more.
        let spoken = try office.change(.renew)
        let last = try scene.registry.announcement(of: scene.model, epoch: spoken.epoch)
        for (_, record) in controlled {
            let again = try office.forged(record, record.deployment.at(spoken.epoch + 1))
            #expect(try office.believe(again).endOfMandate(behind: last) != nil)
        }
    }

    private func say(_ office: SignedScene, _ random: inout SeededGenerator) throws {
        guard Int.random(in: 0..<40, using: &random) == 0,
            let word = RolloutWord.allCases.randomElement(using: &random)
        else { return }
        let isPerson = Bool.random(using: &random)
        do {
            try office.scene.say(word, by: isPerson ? office.person : nil)
        } catch let error as SwerveError {
            #expect(error.code == .refused && !error.isForWantOfSignature, "\(error)")
        }
    }

    /// Everything that is not the plan's, under the controller's own signature.
    private func refuses(_ office: SignedScene, _ record: ControlRecord, made number: Int) throws {
        func refused(_ what: String, _ announcement: Announcement) {
            #expect(throws: SwerveError.self, "\(what) of record \(number)") {
                try office.believe(announcement)
            }
        }
        let honest = record.deployment
        let other = DeployedVersion(version: 9, digest: honest.stable.digest)
        let altered = DeployedVersion(
            version: honest.stable.version, digest: Digest(sha256: [UInt8](repeating: 9, count: 32))
        )
        refused("another version", try office.forged(record, honest.changed(stable: other)))
        refused("another digest", try office.forged(record, honest.changed(stable: altered)))
        refused("another salt", try office.forged(record, honest.changed(salt: honest.salt &+ 1)))
        refused("another before", try office.forged(record, honest.changed(previous: .some(other))))
        var settings = honest.settings
        settings[honest.stable.version] = VersionSettings(threshold: 0.75)
        refused("other settings", try office.forged(record, honest.changed(settings: settings)))
        settings = honest.settings
        settings.alerts = ["normal"]
        refused("other alerts", try office.forged(record, honest.changed(settings: settings)))
        for (version, mode, share) in [
            (honest.stable.version == 1 ? 2 : 1, Candidate.Mode.canary, 9_000), (3, .canary, 500),
            (honest.stable.version == 1 ? 2 : 1, .shadow, 10_000),
        ] {
            let deployed = try office.scene.registry.version(
                VersionReference(model: honest.model, version: version)
            ).deployed
            let trial = Candidate(
                deployed: deployed, mode: mode, share: try Share(tenThousandths: share))
            refused("\(mode)", try office.forged(record, honest.changed(candidate: .some(trial))))
        }
        let mandate = try RolloutMandate(try #require(record.rollout).text.utf8)
        let beyond = mandate.retreatUntilMs + 1
        refused("a later expiry", try office.forged(record, expiresAtMs: beyond))
        refused("its own epoch", try office.forged(record, honest.at(mandate.fromEpoch)))
        refused("a high epoch", try office.forged(record, honest.at(Int64(Limits.epoch))))
        refused("no plan", try office.forged(record, rollout: .some(nil)))
        refused("another registry", try office.forged(record, registry: "another"))
        refused("another topic", try office.forged(record, topic: "other"))
        let model = try ModelName("other")
        let elsewhere = Deployment(
            model: model, epoch: honest.epoch, stable: honest.stable, candidate: honest.candidate,
            previous: honest.previous, salt: honest.salt, settings: honest.settings)
        let moved = try office.forged(record, elsewhere)
        #expect(throws: SwerveError.self) { try office.believe(moved, key: "other") }
        // A plan of the controller's own making.
        let own = SignedMandate(
            text: try #require(record.rollout).text,
            signature: try office.loop.signer.signature(
                over: SignedMessage.rolloutPlan(
                    topic: "swerve.control", registry: record.registry,
                    key: Array(honest.model.description.utf8),
                    mandate: Array(try #require(record.rollout).text.utf8))
            ).description)
        refused("its own plan", try office.forged(record, rollout: .some(own)))
        // Any key revoked at that moment.
        let keys = try #require(office.scene.brokers.trusted).keys
        defer { office.scene.brokers.trusted = TrustFile(keys: keys) }
        for name in ["ada", "loop"] {
            office.scene.brokers.trusted = TrustFile(
                keys: keys.map { key in
                    TrustedKey(
                        name: key.name, publicKey: key.publicKey, roles: key.roles,
                        revokedAtMs: key.name == name ? 1 : nil)
                })
            refused("\(name) revoked", try office.forged(record))
        }
    }
}

extension Deployment {
    fileprivate func changed(
        stable: DeployedVersion? = nil, candidate: Candidate?? = nil,
        previous: DeployedVersion?? = nil, salt: UInt32? = nil,
        settings: DeploymentSettings? = nil
    ) -> Deployment {
        Deployment(
            model: model, epoch: epoch, stable: stable ?? self.stable,
            candidate: candidate ?? self.candidate, previous: previous ?? self.previous,
            salt: salt ?? self.salt, settings: settings ?? self.settings)
    }
}
