import Lifecycle
import Platform
import Registry
import Testing

@testable import Operations

@Suite("signed announcements that ran out of time")
struct ExpiredAnnouncementTests {
    private let fixture: ControlFixture
    private let key: SigningKey

    init() throws {
        fixture = try ControlFixture()
        key = try SigningKey.generate(ModelName("ada"))
        try fixture.registry.addKey(
            key.name, publicKey: key.publicKey, roles: [.promote], note: ControlFixture.note)
    }

    private var signing: DeploymentSigning {
        DeploymentSigning(signer: key.signer, topic: "swerve.control", validMs: 60_000)
    }

    private func relay(afterMs: Int64) throws -> OutboxRelay {
        let issued = try #require(Timestamp.milliseconds(of: ControlFixture.note.at))
        return OutboxRelay(registry: fixture.registry, topic: fixture.topic, lockWait: .zero) {
            issued + afterMs
        }
    }

    private func promote() throws {
        _ = try fixture.registry.change(
            ChangeOrder(
                .change(.promote(1)), of: fixture.model, note: ControlFixture.note, freshSalt: 1,
                signing: signing))
    }

    @Test("in time it is published, with its signature")
    func inTime() throws {
        try promote()
        #expect(try relay(afterMs: 59_999).drain().map(\.outcome) == [.published])
        let announced = try #require(
            try fixture.topic.current()[fixture.model.description])
        let signature = try #require(announced.announcement.signature)
        #expect(try RecordSignature(signature).keyName == "ada")
    }

    @Test("too late it stays in the outbox, and the line says what to do")
    func tooLate() throws {
        try promote()
        let error = try #require(try relay(afterMs: 60_000).drain().first?.error)
        #expect(error.code == .refused)
        #expect(error.problem?.kind == .announcementUnbelievable)
        #expect(fixture.topic.published.isEmpty)
        #expect(try fixture.registry.pendingPublications().count == 1)
        // The same bytes again are as late.
        #expect(try relay(afterMs: 60_000).republish(fixture.model).first?.error?.code == .refused)
    }

    @Test("what is on the topic already is there, however late it is")
    func alreadyThere() throws {
        try promote()
        _ = try relay(afterMs: 0).drain()
        #expect(
            try relay(afterMs: 99_000).republish(fixture.model).map(\.outcome) == [.alreadyThere])
    }

    @Test("signed anew, it is announced under the next epoch")
    func renewed() throws {
        try promote()
        _ = try relay(afterMs: 60_000).drain()
        let issued = try #require(Timestamp.milliseconds(of: ControlFixture.note.at))
        let note = ChangeNote(by: "", at: Timestamp.text(ofMs: issued + 70_000))
        let done = try relay(afterMs: 70_000).republish(
            fixture.model, note: note, signing: signing)
        #expect(done.map(\.outcome) == [.published] && done.map(\.epoch) == [2])
        #expect(try fixture.announced()?.issuedBy == "ada")
        #expect(try fixture.registry.verifyAudit().findings == [])
    }

    /// Three models in their order, of which the second has no epoch left.
    private func threeModels() throws -> [ModelName] {
        let models = [try ModelName("a"), try ModelName("b"), try ModelName("c")]
        for model in models {
            try fixture.register("model 1", as: model)
            try fixture.change(.promote(1), of: model)
        }
        let last: Int64 = (1 << 53) - 1
        _ = try fixture.registry.change(
            ChangeOrder(
                .adopt(DeploymentTakeover(adoption: .init(registry: "other", epoch: last - 1))),
                of: models[1], note: ControlFixture.note))
        return models
    }

    @Test("a model that cannot be signed anew is told, and keeps no other one from it")
    func oneRefused() throws {
        let models = try threeModels()
        let done = try relay(afterMs: 0).republish(note: ControlFixture.note, signing: signing)
        // The second one's announcement of before went out too.
        #expect(done.filter { $0.outcome == .published }.map(\.model) == models, "\(done)")
        let refused = try #require(done.last)
        #expect(refused.model == models[1])
        #expect(refused.error?.reason.contains("no epoch above") == true, "\(done)")
        for model in [models[0], models[2]] {
            #expect(try fixture.topic.current()[model.description]?.announcement.signature != nil)
        }
        // The one that was asked for by its name is refused as it was.
        #expect {
            try relay(afterMs: 0).republish(
                models[1], note: ControlFixture.note, signing: signing)
        } throws: { "\($0)".contains("no epoch above") }
    }

    @Test(
        "what was signed anew and is not announced is told of each model",
        arguments: [FakeControlTopic.Fault.reading, .publishing])
    func notAnnounced(failing: FakeControlTopic.Fault) throws {
        let models = try threeModels()
        fixture.topic.fail(at: failing)
        let done = try relay(afterMs: 0).republish(note: ControlFixture.note, signing: signing)
        #expect(Set(done.map(\.model)) == Set(models), "\(done)")
        #expect(done.allSatisfy { $0.error != nil })
        let last = try #require(done.first { $0.model == models[2] }?.error)
        #expect(last.reason.contains("committed in the registry, but not announced"), "\(last)")
        fixture.topic.fail(at: nil)
        #expect(try fixture.relay.drain().map(\.model) == models)
    }

    @Test("all models can be signed anew at once, and an adoption can be signed")
    func all() throws {
        let other = try ModelName("other")
        try fixture.register("model 1", as: other)
        try fixture.change(.promote(1))
        try fixture.change(.promote(1), of: other)
        let note = ControlFixture.note
        #expect(
            try relay(afterMs: 0).republish(note: note, signing: signing).map(\.epoch) == [2, 2])
        let digest = Digest(sha256: [UInt8](repeating: 1, count: 32))
        fixture.topic[other.description] =
            ControlRecord(
                registry: "other",
                deployment: Deployment(
                    model: other, epoch: 5, stable: DeployedVersion(version: 1, digest: digest),
                    salt: 1),
                issuedAt: "", issuedBy: "", reason: ""
            ).bytes
        let adopted = try relay(afterMs: 0).adopt(other, note: note, signing: signing)
        #expect(adopted.deployment.epoch == 6)
        #expect(try fixture.topic.current()[other.description]?.announcement.signature != nil)
    }
}
