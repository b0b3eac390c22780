import Foundation
import Lifecycle
import Registry
import TestSupport
import Testing

@testable import Operations

@Suite("announcing deployments")
struct OutboxRelayTests {
    @Test("a change is announced byte for byte, once, and leaves the outbox")
    func announces() throws {
        let fixture = try ControlFixture()
        let outcome = try fixture.promoter.change(
            ChangeOrder(
                .change(.promote(1)), of: fixture.model, note: ControlFixture.note, freshSalt: 5))
        #expect(outcome.isAnnounced && outcome.fault == nil && outcome.already == nil)
        #expect(outcome.publications.map(\.outcome) == [.published])
        let record = try #require(try fixture.announced())
        #expect(record.deployment == outcome.deployment)
        #expect(record.registry == fixture.registry.id)
        #expect(try fixture.registry.pendingPublications().isEmpty)
        #expect(try fixture.relay.drain().isEmpty)
        #expect(fixture.topic.published == ["http-anomaly"])
    }

    @Test("only the newest state of each model is announced, the one asked for first")
    func newestOnly() throws {
        let fixture = try ControlFixture()
        let other = try ModelName("a-model")
        try fixture.register("other", as: other)
        try fixture.change(.promote(1), of: other)
        try fixture.change(.promote(1))
        try fixture.change(.promote(2))
        let done = try fixture.relay.drain(first: fixture.model)
        #expect(done.map(\.epoch) == [2, 1])
        #expect(fixture.topic.published == ["http-anomaly", "a-model"])
        #expect(try fixture.announced()?.deployment.stable.version == 2)
    }

    @Test("an empty outbox touches neither the topic nor the lock file")
    func idle() throws {
        let fixture = try ControlFixture()
        fixture.topic.fail(at: .reading)
        #expect(try fixture.relay.drain().isEmpty)
        let files = try FileManager.default.contentsOfDirectory(atPath: fixture.folder.url.path)
        #expect(!files.contains { $0.contains("lock") })
    }

    @Test(
        "what stands on the topic decides",
        arguments: [
            ("an older epoch of this registry with another content", nil, 1, nil),
            ("another registry's record", "other", 1, nil),
            ("another registry's, far above", "other", 500, nil),
            ("a higher epoch of this registry", nil, 3, nil),
            ("the same epoch with another content", nil, 2, nil),
        ] as [(String, String?, Int64, Publication.Outcome?)])
    func rule(
        name: String, registry: String?, epoch: Int64, outcome: Publication.Outcome?
    ) throws {
        let fixture = try ControlFixture()
        try fixture.change(.promote(1))
        try fixture.change(.promote(2))
        let there = fixture.record(registry: registry, epoch: epoch)
        fixture.topic[fixture.model.description] = there
        let publication = try #require(try fixture.relay.drain().first)
        if let outcome {
            #expect(publication.outcome == outcome)
            return
        }
        let error = try #require(publication.error)
        #expect(error.code == .refused)
        #expect(error.problem == Problem(.topicSpokenFor, [.model: "http-anomaly"]))
        #expect(error.reason.contains("epoch \(epoch)"))
        #expect(fixture.topic[fixture.model.description] == there)
        #expect(try fixture.registry.pendingPublications().count == 1)
    }

    @Test("what this registry issued itself is replaced, however old and whoever said it again")
    func ownWord() throws {
        let fixture = try ControlFixture()
        try fixture.change(.promote(1))
        _ = try fixture.relay.drain()
        let first = try #require(fixture.topic[fixture.model.description])
        try fixture.change(.promote(2))
        _ = try fixture.relay.drain()
        fixture.topic[fixture.model.description] = first
        try fixture.change(.promote(3))
        #expect(try fixture.relay.drain().map(\.outcome) == [.published])
    }

    @Test("what stands in this registry's name below what it announced is no obstacle")
    func forgedBelow() throws {
        let fixture = try ControlFixture()
        try fixture.change(.promote(1))
        try fixture.change(.promote(2))
        _ = try fixture.relay.drain()
        for epoch in [Int64(1), 2] {
            fixture.topic[fixture.model.description] = fixture.record(registry: nil, epoch: epoch)
            try fixture.change(.promote(epoch == 1 ? 3 : 1))
            #expect(try fixture.relay.drain().map(\.outcome) == [.published])
        }
        fixture.topic[fixture.model.description] = fixture.record(registry: nil, epoch: 9)
        try fixture.change(.promote(2))
        #expect(try fixture.relay.drain().first?.error?.problem?.kind == .topicSpokenFor)
    }

    @Test("a copy of a registry that another copy has overtaken stays silent until it adopts")
    func copies() throws {
        let fixture = try ControlFixture()
        try fixture.change(.promote(1))
        _ = try fixture.relay.drain()
        let path = fixture.folder.path("copy.db")
        _ = try fixture.registry.backup(to: path, isForced: false)
        try fixture.change(.promote(2))
        _ = try fixture.relay.drain()
        let said = fixture.topic[fixture.model.description]

        let copy = try Registry.open(path: path, access: .readWrite(create: false))
        let relay = OutboxRelay(registry: copy, topic: fixture.topic, lockWait: .zero) {
            1_700_000_000_000
        }
        // Below the topic's epoch it never gets; at it, and above it by what it was refused.
        for version in [3, 1, 2, 3] {
            _ = try copy.change(
                ChangeOrder(
                    .change(.promote(version)), of: fixture.model, note: ControlFixture.note,
                    freshSalt: 7))
            let error = try #require(try relay.drain().first?.error)
            #expect(error.problem?.kind == .topicSpokenFor)
            #expect(fixture.topic[fixture.model.description] == said)
        }
        let adopted = try relay.adopt(fixture.model, note: ControlFixture.note)
        #expect(adopted.publications.map(\.outcome) == [.published])
        #expect(adopted.deployment.epoch == 6 && adopted.deployment.stable.version == 3)
        // Now the other one is the stale copy.
        try fixture.change(.promote(1))
        #expect(try fixture.relay.drain().first?.error?.problem?.kind == .topicSpokenFor)
    }

    @Test("adopting goes above an epoch that workers have seen, whatever the topic says")
    func above() throws {
        let fixture = try ControlFixture()
        func adopt(_ above: Int64?, isForced: Bool = false) throws -> Deployment {
            try fixture.relay.adopt(
                fixture.model, note: ControlFixture.note, isForced: isForced, above: above
            ).deployment
        }
        try fixture.change(.promote(1))
        // Nothing stands on the topic, and then only what this registry wrote itself.
        #expect(try adopt(4).epoch == 5)
        #expect(try fixture.announced()?.deployment.epoch == 5)
        #expect(try adopt(5).epoch == 6)
        #expect(try adopt(8, isForced: true).epoch == 9)
        #expect { try adopt(8) } throws: { "\($0)".contains("this registry's own") }
        #expect { try adopt(9 + 1 + Int64(Limits.epochLeap)) } throws: {
            ($0 as? SwerveError)?.problem?.kind == .epochImplausible
        }
        // Whichever is higher: the topic's epoch, or the one that workers have seen.
        fixture.topic[fixture.model.description] = fixture.record(registry: "other", epoch: 41)
        #expect(try adopt(20).epoch == 42)
        fixture.topic[fixture.model.description] = fixture.record(registry: "other", epoch: 50)
        #expect(try adopt(60).epoch == 61)
        #expect(try fixture.registry.verifyAudit().isClean)
    }

    @Test("a promotion that cannot be announced says so; adopting takes over above the topic")
    func adopts() throws {
        let fixture = try ControlFixture()
        fixture.topic[fixture.model.description] = fixture.record(registry: "other", epoch: 41)
        #expect {
            try fixture.promoter.change(
                ChangeOrder(
                    .change(.promote(1)), of: fixture.model, note: ControlFixture.note, freshSalt: 1
                )
            ).check()
        } throws: { ($0 as? SwerveError)?.problem?.kind == .topicSpokenFor }
        #expect(try fixture.registry.deployment(of: fixture.model)?.epoch == 1)
        let adopted = try fixture.relay.adopt(
            fixture.model, note: ControlFixture.note)
        #expect(adopted.deployment.epoch == 42 && adopted.disregarded == nil)
        #expect(adopted.publications.map(\.outcome) == [.published])
        #expect(try fixture.announced()?.deployment == adopted.deployment)
        #expect {
            try fixture.relay.adopt(fixture.model, note: ControlFixture.note)
        } throws: { code($0) == .refused && "\($0)".contains("this registry's own") }
    }

    @Test("an adoption that could not be announced holds for the next change, and no longer")
    func adoptionIsCarried() throws {
        let fixture = try ControlFixture()
        try fixture.change(.promote(1))
        fixture.topic[fixture.model.description] = fixture.record(registry: "other", epoch: 41)
        fixture.topic.fail(at: .publishing)
        let adopted = try fixture.relay.adopt(fixture.model, note: ControlFixture.note)
        #expect(adopted.publications.map { $0.error?.code } == [.unavailable])
        fixture.topic.fail(at: nil)
        try fixture.change(.promote(2))
        #expect(try fixture.relay.drain().map(\.outcome) == [.published])
        #expect(try fixture.announced()?.deployment.epoch == 43)
        // The other registry takes it back; this one must ask again.
        fixture.topic[fixture.model.description] = fixture.record(registry: "other", epoch: 44)
        try fixture.change(.promote(3))
        #expect(try fixture.relay.drain().map { $0.error?.code } == [.refused])
    }

    @Test("a restored registry, and a second copy of one, take over by adopting")
    func adoptsOwn() throws {
        for epoch in [2, 7] as [Int64] {
            let fixture = try ControlFixture()
            try fixture.change(.promote(1))
            try fixture.change(.promote(2))
            fixture.topic[fixture.model.description] = fixture.record(epoch: epoch)
            #expect(try fixture.relay.drain().map { $0.error?.code } == [.refused])
            let deployment = try fixture.relay.adopt(fixture.model, note: ControlFixture.note)
                .deployment
            #expect(deployment.epoch == epoch + 1)
            #expect(try fixture.announced()?.deployment == deployment)
        }
    }

    @Test("garbage on the topic speaks for nobody and is replaced, a newer schema is not")
    func garbage() throws {
        for bytes in ["", "garbage", "{}", "[1]", "{\"registry\":\"x\",\"epoch\":0}"] {
            let fixture = try ControlFixture()
            try fixture.change(.promote(1))
            fixture.topic[fixture.model.description] = Array(bytes.utf8)
            #expect(try fixture.relay.drain().map(\.outcome) == [.published])
        }
    }

    /// A field of a control record and a value that no worker takes.
    static let malformed: [(String, JSONValue)] = [
        ("salt", -1), ("stable", ["version": 9, "digest": "sha256:00"]), ("epoch", .int(1 << 53)),
        ("model", "another"), ("schema", 0), ("schema", "1"), ("settings", 7),
    ]

    @Test("what no worker can read is no obstacle, whatever epoch it names", arguments: malformed)
    func unreadable(field: String, value: JSONValue) throws {
        for registry in [nil, "other"] {
            let fixture = try ControlFixture()
            try fixture.change(.promote(1))
            _ = try fixture.relay.drain()
            let record = fixture.record(registry: registry, epoch: 686)
            var fields = try JSONValue(parsing: record, act: "drafting").object ?? [:]
            fields[field] = value
            let bytes = JSONValue.object(fields).bytes
            let key = fixture.model.description
            #expect(throws: SwerveError.self) { try ControlRecord(key: key.utf8, value: bytes) }
            fixture.topic[key] = bytes
            let order = ChangeOrder(
                .change(.promote(2)), of: fixture.model, note: ControlFixture.note, freshSalt: 1)
            #expect(try fixture.promoter.change(order).fault == nil)
            #expect(try fixture.announced()?.deployment.epoch == 2)
        }
    }

    @Test("garbage on top of another registry's record hides it from nobody")
    func garbageOnTop() throws {
        let fixture = try ControlFixture()
        let key = fixture.model.description
        try fixture.change(.promote(1))
        fixture.topic[key] = fixture.record(registry: "other", epoch: 41)
        fixture.topic[key] = Array("garbage".utf8)
        #expect(try fixture.relay.drain().first?.error?.problem?.kind == .topicSpokenFor)
        let adopted = try fixture.relay.adopt(fixture.model, note: ControlFixture.note)
        #expect(adopted.deployment.epoch == 42)
        #expect(try fixture.announced()?.deployment == adopted.deployment)
    }

    @Test("a newer schema's record is replaced only by force, and every refusal says so")
    func newerSchema() throws {
        let fixture = try ControlFixture()
        try fixture.change(.promote(1))
        let newer = #"{"schema":3,"registry":"\#(fixture.registry.id)","epoch":1}"#
        fixture.topic[fixture.model.description] = Array(newer.utf8)
        let error = try #require(try fixture.relay.drain().first?.error)
        #expect(error.code == .refused && error.problem?.kind == .topicNewer)
        #expect {
            try fixture.relay.adopt(fixture.model, note: ControlFixture.note)
        } throws: { ($0 as? SwerveError)?.problem?.kind == .topicNewer }
        let forced = try fixture.relay.adopt(
            fixture.model, note: ControlFixture.note, isForced: true)
        #expect(forced.deployment.epoch == 2 && forced.disregarded == 1)
        #expect(try fixture.announced()?.deployment == forced.deployment)
    }

    @Test("without a record on the topic there is nothing to adopt")
    func nothingToAdopt() throws {
        let fixture = try ControlFixture()
        try fixture.change(.promote(1))
        #expect {
            try fixture.relay.adopt(fixture.model, note: ControlFixture.note)
        } throws: { ($0 as? SwerveError)?.problem?.kind == .nothingToAdopt }
    }

    @Test("republishing makes a lost topic say what the registry says")
    func republishes() throws {
        let fixture = try ControlFixture()
        try fixture.change(.promote(1))
        _ = try fixture.relay.drain()
        let said = fixture.topic[fixture.model.description]
        #expect(try fixture.relay.republish().map(\.outcome) == [.alreadyThere])
        fixture.topic[fixture.model.description] = nil
        #expect(try fixture.relay.republish().map(\.outcome) == [.published])
        #expect(fixture.topic[fixture.model.description] == said)
    }
}
