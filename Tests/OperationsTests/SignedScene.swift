import Judge
import Lifecycle
import Platform
import Registry
import TestSupport

@testable import Operations

/// A rollout where workers ask for signatures: ada may promote, and loop carries plans out.
final class SignedScene {
    let scene: RolloutScene
    let ada: SigningKey
    let loop: SigningKey
    private(set) var person: RolloutHand
    private(set) var controller: RolloutHand

    init(holdsMs: Int64? = nil) throws {
        scene = try RolloutScene()
        ada = try SigningKey.generate(ModelName("ada"))
        loop = try SigningKey.generate(ModelName("loop"))
        for (key, role) in [(ada, KeyRole.promote), (loop, .rollout)] {
            try scene.registry.addKey(
                key.name, publicKey: key.publicKey, roles: [role], note: ControlFixture.note)
        }
        scene.brokers.trusted = TrustFile(keys: [
            TrustedKey(name: "ada", publicKey: ada.publicKey, roles: [.promote]),
            TrustedKey(name: "loop", publicKey: loop.publicKey, roles: [.rollout]),
        ])
        person = try RolloutHand(Self.signing(ada), in: scene.registry, planMs: holdsMs)
        controller = try RolloutHand(Self.signing(loop), in: scene.registry)
        scene.hand = controller
    }

    static func signing(_ key: SigningKey) -> DeploymentSigning {
        DeploymentSigning(signer: key.signer, topic: "swerve.control", validMs: 3_600_000)
    }

    func start(_ plan: JSONValue = RolloutScene.plan()) throws {
        _ = try scene.start(plan: plan, by: person)
    }

    /// What somebody with ada's key does past the rollout.
    @discardableResult
    func change(_ what: ChangeOrder.What) throws -> Deployment {
        let deployment = try scene.registry.change(
            ChangeOrder(
                what, of: scene.model, note: scene.desk().note(), freshSalt: 7,
                signing: Self.signing(ada)))
        _ = try relay().drain()
        return deployment
    }

    func sign() throws {
        try RolloutSpeaker(desk: scene.desk(by: person)).sign(scene.model, reason: "")
    }

    func relay() throws -> OutboxRelay {
        let nowMs = scene.nowMs
        return OutboxRelay(
            registry: scene.registry, topic: scene.fixture.topic,
            trust: try scene.brokers.trust(isNeeded: true), lockWait: .zero
        ) { nowMs }
    }

    // MARK: What workers make of it

    /// All that was ever announced signed, as it stands on the topic.
    func announcements() throws -> [Announcement] {
        var found: [Announcement] = []
        try scene.fixture.topic.forEachRecord { record in
            if let stored = record.stored, stored.announcement.signature != nil {
                found.append(stored.announcement)
            }
        }
        return found
    }

    func believe(
        _ announcement: Announcement, key: String? = nil, topic: String = "swerve.control"
    ) throws(SwerveError) -> ControlRecord {
        let policy = TrustPolicy(
            trusted: scene.brokers.trusted ?? TrustFile(keys: []), topic: topic,
            isDevelopment: false, verify: SignatureCheck.isValid(publicKey:message:signature:))
        return try policy.believe(
            announcement, key: Array((key ?? "\(scene.model)").utf8),
            appended: .appended(scene.nowMs)
        ).record
    }

    /// A worker that hears the topic from its beginning: the deployments that it follows, and why
    /// it follows others not.
    func followed() throws -> (deployments: [Deployment], refusals: [String]) {
        var last: ControlRecord?
        var deployments: [Deployment] = []
        var refusals: [String] = []
        for announcement in try announcements() {
            do throws(SwerveError) {
                let record = try believe(announcement)
                if let end = record.endOfMandate(behind: last) {
                    refusals.append(end)
                } else {
                    last = record
                    deployments.append(record.deployment)
                }
            } catch {
                refusals.append(error.reason)
            }
        }
        return (deployments, refusals)
    }

    /// A record as somebody makes it who has the controller's key.
    func forged(
        _ record: ControlRecord, _ deployment: Deployment? = nil, expiresAtMs: Int64? = nil,
        rollout: SignedMandate?? = nil, registry: String? = nil, topic: String = "swerve.control"
    ) throws -> Announcement {
        let deployment = deployment ?? record.deployment
        let value = ControlRecord(
            registry: registry ?? record.registry, deployment: deployment,
            issuedAt: record.issuedAt, issuedBy: record.issuedBy, reason: record.reason,
            expiresAtMs: expiresAtMs ?? record.expiresAtMs, rollout: rollout ?? record.rollout
        ).bytes
        let message = SignedMessage.controlRecord(
            topic: topic, registry: registry ?? record.registry,
            key: Array(deployment.model.description.utf8), value: value)
        return Announcement(
            value: value, signature: try loop.signer.signature(over: message).description)
    }
}
