import Lifecycle

/// A controller's record with everything in it that a test may want to be otherwise.
///
/// As made it is believed: the first canary of a rollout of version 8 over 7, announced by the key
/// `loop` of the role rollout, by a plan that `ops` signed at epoch 11.
struct ControllerDraft: Sendable {
    static let nowMs = TrustPolicyTests.appendedAtMs
    static let model = "http-anomaly"

    var mandate: RolloutMandate
    var deployment: Deployment
    /// Names and private halves.
    var controller = ("loop", UInt8(6))
    var person = ("ops", UInt8(1))
    /// What the person's signature covers beside the mandate.
    var topic = TrustPolicyTests.topic
    var registry = "r1"
    var key = ControllerDraft.model
    /// In place of what was signed.
    var carried: SignedMandate?
    var isCarried = true
    var expiresAtMs: Int64? = ControllerDraft.nowMs + 600_000
    var appendedAtMs = ControllerDraft.nowMs

    init() throws {
        let settings = DeploymentSettings([7: VersionSettings(threshold: 0.5)])
        mandate = RolloutMandate(
            model: try Examples.model(), stable: Examples.version(7),
            candidate: Examples.version(8), previous: Examples.version(6), salt: 7, bakeSalt: 9,
            settings: settings,
            steps: [
                .init(mode: .shadow, share: try Share("25%")),
                .init(mode: .canary, share: try Share("5%")),
            ], bakeShare: try Share("10%"), fromEpoch: 11, expiresAtMs: Self.nowMs + 3_600_000,
            retreatUntilMs: Self.nowMs + 7_200_000,
            plan: Digest(sha256: [UInt8](repeating: 5, count: 32)))
        deployment = Deployment(
            model: mandate.model, epoch: 12, stable: mandate.stable,
            candidate: try Examples.canary(8, 500), previous: mandate.previous, salt: 7,
            settings: settings)
    }

    /// Another state, with the settings that its versions have in the mandate.
    mutating func state(
        stable: Int = 7, _ candidate: Candidate? = nil, previous: Int? = nil, salt: UInt32 = 7
    ) {
        let bare = Deployment(
            model: mandate.model, epoch: deployment.epoch, stable: Examples.version(stable),
            candidate: candidate, previous: previous.map(Examples.version), salt: salt)
        deployment = bare.with(mandate.settings.keeping(bare.versions))
    }

    func record() throws -> ControlRecord {
        let signer = RecordSigner(keyName: person.0) { [person] message in
            TrustPolicyTests.sign(person.1, message)
        }
        let bytes = mandate.json.bytes
        let message = SignedMessage.rolloutPlan(
            topic: topic, registry: registry, key: Array(key.utf8), mandate: bytes)
        let signed = SignedMandate(
            text: String(decoding: bytes, as: UTF8.self),
            signature: try signer.signature(over: message).description)
        return ControlRecord(
            registry: "r1", deployment: deployment, issuedAt: "2026-11-23T18:52:00.000Z",
            issuedBy: "ops through loop", reason: "", expiresAtMs: expiresAtMs,
            rollout: isCarried ? carried ?? signed : nil)
    }

    func announcement() throws -> Announcement {
        let value = try record().bytes
        let message = SignedMessage.controlRecord(
            topic: TrustPolicyTests.topic, registry: "r1", key: Array(Self.model.utf8),
            value: value)
        let signature = RecordSignature(
            keyName: controller.0, bytes: TrustPolicyTests.sign(controller.1, message))
        return Announcement(value: value, signature: signature.description)
    }

    static let file = TrustFile(
        keys: TrustPolicyTests.file.keys + [
            TrustedKey(name: "loop", publicKey: [6], roles: [.rollout]),
            TrustedKey(
                name: "gone-loop", publicKey: [7], roles: [.rollout], revokedAtMs: nowMs),
            TrustedKey(name: "fleet", publicKey: [8], roles: [.report]),
        ])

    func believe() throws -> String {
        let policy = TrustPolicy(
            trusted: Self.file, topic: TrustPolicyTests.topic, isDevelopment: false
        ) { key, message, signature in
            signature == TrustPolicyTests.sign(key.first ?? 0, message)
        }
        return try policy.believe(
            try announcement(), key: Array(Self.model.utf8), appended: .appended(appendedAtMs)
        ).signer
    }
}

extension Deployment {
    func with(
        _ settings: DeploymentSettings, salt: UInt32? = nil, epoch: Int64? = nil
    )
        -> Deployment
    {
        Deployment(
            model: model, epoch: epoch ?? self.epoch, stable: stable, candidate: candidate,
            previous: previous, salt: salt ?? self.salt, settings: settings)
    }
}

extension RolloutMandate {
    /// The same, signed otherwise.
    func with(
        model: ModelName? = nil, from epoch: Int64? = nil, expiresAtMs: Int64? = nil,
        retreatUntilMs: Int64? = nil, bakeShare: Share?? = nil, settings: DeploymentSettings? = nil
    ) -> RolloutMandate {
        RolloutMandate(
            model: model ?? self.model, stable: stable, candidate: candidate, previous: previous,
            salt: salt, bakeSalt: bakeSalt, settings: settings ?? self.settings, steps: steps,
            bakeShare: bakeShare ?? self.bakeShare, fromEpoch: epoch ?? fromEpoch,
            expiresAtMs: expiresAtMs ?? self.expiresAtMs,
            retreatUntilMs: retreatUntilMs ?? self.retreatUntilMs, plan: plan)
    }
}
