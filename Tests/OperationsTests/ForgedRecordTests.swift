import Lifecycle
import Platform
import Registry
import Testing

@testable import Operations

/// Records on the control topic that no worker with a trust file believes, and some that it does.
@Suite("forged control records and the control plane")
struct ForgedRecordTests {
    private let fixture: ControlFixture
    private let ops: SigningKey
    private let highest = Int64(Limits.epoch)

    init() throws {
        let nowMs = try #require(Timestamp.milliseconds(of: ControlFixture.note.at))
        ops = try SigningKey.generate(ModelName("ops"))
        fixture = try ControlFixture(topic: FakeControlTopic(nowMs: nowMs))
        try fixture.registry.addKey(
            ops.name, publicKey: ops.publicKey, roles: [.promote], note: ControlFixture.note)
    }

    private func relay(trusting: Bool = true) -> OutboxRelay {
        relay(trusting ? [trusted(ops)] : nil)
    }

    private func relay(_ keys: [TrustedKey]?) -> OutboxRelay {
        let topic = fixture.topic
        let trust = keys.map { keys in
            TrustPolicy(
                trusted: TrustFile(keys: keys), topic: topic.name, isDevelopment: true,
                verify: SignatureCheck.isValid(publicKey:message:signature:))
        }
        return OutboxRelay(
            registry: fixture.registry, topic: topic, trust: trust, lockWait: .zero
        ) { topic.nowMs }
    }

    private func trusted(_ key: SigningKey, revokedAtMs: Int64? = nil) -> TrustedKey {
        TrustedKey(
            name: key.name.description, publicKey: key.publicKey, roles: [.promote],
            revokedAtMs: revokedAtMs)
    }

    private func signing(topic: String? = nil) -> DeploymentSigning {
        DeploymentSigning(
            signer: ops.signer, topic: topic ?? fixture.topic.name, validMs: 60_000)
    }

    private func promote(_ version: Int, _ relay: OutboxRelay) throws -> Deployment {
        let outcome = try Promoter(registry: fixture.registry, relay: relay).change(
            ChangeOrder(
                .change(.promote(version)), of: fixture.model, note: ControlFixture.note,
                freshSalt: 1, signing: signing()))
        try outcome.check()
        return outcome.deployment
    }

    private func adopt(_ relay: OutboxRelay, isForced: Bool = false) throws -> OutboxRelay.Adopted {
        try relay.adopt(
            fixture.model, note: ControlFixture.note, signing: signing(), isForced: isForced)
    }

    private func forge(_ value: [UInt8]?, signature: String? = nil) {
        fixture.topic.put(
            fixture.model.description, value.map { Announcement(value: $0, signature: signature) },
            appendedAtMs: fixture.topic.nowMs)
    }

    /// A record with the key's honest signature, of any epoch and registry.
    private func forgeSigned(epoch: Int64, registry: String? = nil, schema: Int = 1) throws {
        let record = fixture.record(registry: registry, epoch: epoch)
        var fields = try JSONValue(parsing: record, act: "drafting").object ?? [:]
        fields["expires_at_ms"] = .int(fixture.topic.nowMs + 1_000)
        fields["schema"] = .int(Int64(schema))
        let value = JSONValue.object(fields).bytes
        let message = SignedMessage.controlRecord(
            topic: fixture.topic.name, registry: registry ?? fixture.registry.id,
            key: Array(fixture.model.description.utf8), value: value)
        forge(value, signature: try ops.signer.signature(over: message).description)
    }

    private func isAnnounced(_ deployment: Deployment) throws -> Bool {
        try fixture.announced()?.deployment == deployment
    }

    static let forgeries: [(String, @Sendable (ForgedRecordTests) throws -> Void)] = [
        (
            "the highest epoch of this registry",
            { $0.forge($0.fixture.record(epoch: $0.highest)) }
        ),
        (
            "the highest epoch of another",
            { $0.forge($0.fixture.record(registry: "other", epoch: $0.highest)) }
        ),
        (
            "a registry's name without end",
            {
                $0.forge(
                    $0.fixture.record(registry: String(repeating: "x", count: 9_000), epoch: 9))
            }
        ),
        ("the next epoch, placed beforehand", { $0.forge($0.fixture.record(epoch: 2)) }),
        ("an epoch further on", { $0.forge($0.fixture.record(epoch: 3)) }),
        (
            "the schema of a newer swerve",
            {
                let id = $0.fixture.registry.id
                $0.forge(Array(#"{"schema":3,"registry":"\#(id)","epoch":99}"#.utf8))
            }
        ),
        ("no control record", { $0.forge(Array("garbage".utf8)) }),
        (
            "a signature that is garbage",
            { $0.forge($0.fixture.record(epoch: $0.highest), signature: "ed25519 ops x") }
        ),
    ]

    @Test(
        "what the trust refuses is no obstacle to promotions", arguments: forgeries.indices)
    func noObstacle(index: Int) throws {
        _ = try promote(1, relay())
        try Self.forgeries[index].1(self)
        let second = try promote(2, relay())
        #expect(second.epoch == 2)
        #expect(try isAnnounced(second))
        // Once more on top of it: the same bytes are said again.
        try Self.forgeries[index].1(self)
        #expect(try relay().republish(fixture.model).map(\.outcome) == [.published])
        #expect(try isAnnounced(second))
        #expect(try fixture.registry.verifyAudit().isClean)
    }

    @Test(
        "adopting passes a forgery over, by the trust or by force, under the registry's next epoch",
        arguments: [true, false])
    func adopted(trusting: Bool) throws {
        _ = try promote(1, relay())
        forge(fixture.record(epoch: highest))
        let relay = relay(trusting: trusting)
        let adopted = try adopt(relay, isForced: !trusting)
        #expect(adopted.deployment.epoch == 2 && adopted.disregarded == highest)
        #expect(adopted.publications.map(\.outcome) == [.published])
        #expect(try isAnnounced(adopted.deployment))
        #expect { try adopt(relay, isForced: !trusting) } throws: {
            "\($0)".contains("this registry's own")
        }
        #expect(try promote(2, relay).epoch == 3)
    }

    @Test("without a trust the line says what is needed, and no epoch near the end is adopted")
    func explained() throws {
        _ = try promote(1, relay())
        for epoch in [highest, highest - 1, 100 + Int64(Limits.epochLeap)] {
            forge(fixture.record(registry: "other", epoch: epoch))
            let refusal = try #require(throws: SwerveError.self) {
                try promote(2, relay(trusting: false))
            }
            #expect(refusal.problem == Problem(.topicSpokenFor, [.model: "http-anomaly"]))
            let error = try #require(throws: SwerveError.self) {
                try adopt(relay(trusting: false))
            }
            #expect(error.code == .refused && error.reason.contains("\(epoch)"))
            #expect(error.problem == Problem(.epochImplausible, [.model: "http-anomaly"]))
            try fixture.change(.rollback)
        }
        forge(fixture.record(registry: "other", epoch: 1_000))
        #expect(try adopt(relay(trusting: false)).deployment.epoch == 1_001)
    }

    @Test("what the trust believes is an authority, whatever lies on top of it")
    func believed() throws {
        _ = try promote(1, relay())
        try forgeSigned(epoch: 41, registry: "other")
        forge(fixture.record(epoch: highest))
        let refusal = try #require(throws: SwerveError.self) { try promote(2, relay()) }
        #expect(refusal.reason.contains("registry other's, at epoch 41"))
        let adopted = try adopt(relay())
        #expect(adopted.deployment.epoch == 42 && adopted.disregarded == highest)
        #expect(try isAnnounced(adopted.deployment))
    }

    @Test("a newer swerve's signed record is an authority, and so is a mode not known here")
    func newer() throws {
        _ = try promote(1, relay())
        try forgeSigned(epoch: 7, schema: 3)
        let refusal = try #require(throws: SwerveError.self) { try promote(2, relay()) }
        #expect(refusal.problem?.kind == .topicNewer)
        #expect { try adopt(relay()) } throws: {
            ($0 as? SwerveError)?.problem?.kind == .topicNewer
        }
    }

    @Test("a stolen key's highest epoch: the line says what to do, and it helps")
    func stolen() throws {
        _ = try promote(1, relay())
        try forgeSigned(epoch: highest)
        let error = try #require(throws: SwerveError.self) { try adopt(relay()) }
        #expect(error.problem == Problem(.epochBelieved, [.model: "http-anomaly"]))
        // Revoked as of then, nothing on the topic counts any more.
        let other = try SigningKey.generate(ModelName("new-ops"))
        try fixture.registry.addKey(
            other.name, publicKey: other.publicKey, roles: [.promote], note: ControlFixture.note)
        let mended = relay([trusted(ops, revokedAtMs: fixture.topic.nowMs), trusted(other)])
        let adopted = try mended.adopt(
            fixture.model, note: ControlFixture.note,
            signing: DeploymentSigning(
                signer: other.signer, topic: fixture.topic.name, validMs: 60_000))
        #expect(adopted.deployment.epoch == 2 && adopted.disregarded == highest)
        #expect(try isAnnounced(adopted.deployment))
    }

    @Test("a forgery written right behind ours does not make a promotion fail")
    func overwritten() throws {
        _ = try promote(1, relay())
        fixture.topic.fail(at: .overwriting(fixture.record(epoch: highest)))
        #expect(try promote(2, relay()).epoch == 2)
        #expect(try fixture.registry.pendingPublications().isEmpty)
        // The same forgery below ours and on top of it, with the same time.
        #expect(try promote(3, relay()).epoch == 3)
        #expect(try promote(2, relay()).epoch == 4)
        #expect(try fixture.registry.pendingPublications().isEmpty)
        // After compaction the forgery is all there is, and saying it again mends that.
        fixture.topic.fail(at: nil)
        fixture.topic.compact()
        #expect(try relay().republish(fixture.model).map(\.outcome) == [.published])
        #expect(try fixture.announced()?.deployment.epoch == 4)
    }

    @Test("what the workers' trust would refuse of ours is not announced")
    func ownUnsigned() throws {
        try fixture.change(.promote(1))
        let error = try #require(try relay().drain().first?.error)
        #expect(error.reason.contains("trust file would refuse it: it is not signed"))
        #expect(error.problem?.kind == .announcementUnbelievable)
        #expect(fixture.topic.published.isEmpty)
        let done = try relay().republish(
            fixture.model, note: ControlFixture.note, signing: signing())
        #expect(done.map(\.outcome) == [.published])
    }

    @Test("a signature for another control topic, or by a key revoked since, is not announced")
    func wrongTopic() throws {
        for trusting in [true, false] {
            _ = try fixture.registry.change(
                ChangeOrder(
                    .change(.promote(trusting ? 1 : 2)), of: fixture.model,
                    note: ControlFixture.note, freshSalt: 1,
                    signing: signing(topic: "other.control")))
            let error = try #require(try relay(trusting: trusting).drain().first?.error)
            #expect(error.code == .refused)
            #expect(error.reason.contains("another control topic than swerve.control"))
            #expect(error.problem?.kind == .announcementUnbelievable)
            #expect(fixture.topic.published.isEmpty)
        }
        let done = try relay(trusting: false).republish(
            fixture.model, note: ControlFixture.note, signing: signing())
        #expect(done.map(\.outcome) == [.published])
        _ = try fixture.registry.change(
            ChangeOrder(
                .change(.rollback), of: fixture.model, note: ControlFixture.note, freshSalt: 1,
                signing: signing()))
        try fixture.registry.revokeKey(ops.name, note: ControlFixture.note)
        let error = try #require(try relay(trusting: false).drain().first?.error)
        #expect(error.reason.contains("key 'ops', which signed it, was revoked"))
    }
}
