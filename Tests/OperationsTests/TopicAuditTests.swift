import Lifecycle
import Registry
import Testing

@testable import Operations

@Suite("the control topic against the audit chain")
struct TopicAuditTests {
    private let fixture: ControlFixture

    init() throws {
        fixture = try ControlFixture()
        for version in 1...3 { try fixture.change(.promote(version)) }
    }

    private func record(_ epoch: Int64) throws -> [UInt8] {
        let entry = try #require(
            try fixture.registry.auditEntries().first { $0.epoch == Int(epoch) })
        let history = try fixture.registry.history(of: fixture.model)
        let change = try #require(history.first { $0.epoch == epoch })
        return ControlRecord(
            registry: fixture.registry.id, deployment: change.after, issuedAt: change.note.at,
            issuedBy: change.note.by, reason: change.note.reason, auditHead: entry.hash
        ).bytes
    }

    private func result(
        _ values: [[UInt8]?], of registry: Registry? = nil, trust: TrustPolicy? = nil,
        isPending: Bool = false
    ) throws -> TopicAudit.Result {
        let registry = registry ?? fixture.registry
        var audit = TopicAudit(registry: fixture.registry.id, trust: trust)
        for (offset, value) in values.enumerated() {
            audit.hear(
                ControlTopicRecord(
                    offset: Int64(offset), key: Array(fixture.model.description.utf8),
                    stored: value.map {
                        StoredAnnouncement(Announcement(value: $0), appended: .appended(0))
                    }))
        }
        let pending = isPending ? try registry.pendingPublications() : []
        return try audit.result(pending: pending) { isWanted, body throws(SwerveError) in
            try registry.auditedChanges(isWanted, body)
        }
    }

    @Test("records as they were announced agree, also twice and with older ones gone")
    func agrees() throws {
        let records = try [1, 3, 3].map { try record($0) }
        let result = try result(records)
        #expect(result.findings == [] && result.notes == [])
        #expect(result.records == 3)
    }

    @Test("a database whose chain was rewritten has other hashes than the topic remembers")
    func rewritten() throws {
        let before = try record(2)
        let other = try ControlFixture()
        for version in 1...3 { try other.change(.promote(version)) }
        // The same registry with another past: its chain is another.
        let result = try result([nil, before], of: other.registry)
        let finding = try #require(result.findings.first)
        #expect(finding.words.contains("rewritten, or is another copy"))
        #expect(finding.words.contains("offset 1"))
    }

    @Test("an epoch that the chain does not know is found")
    func cutOff() throws {
        let unknown = fixture.record(epoch: 9)
        let result = try result([unknown])
        #expect(result.findings.first?.words.contains("no entry tells of it") == true)
    }

    @Test("a record with the right head and another deployment is found")
    func otherDeployment() throws {
        let genuine = try ControlRecord(
            key: fixture.model.description.utf8, value: try record(2))
        let forged = ControlRecord(
            registry: genuine.registry,
            deployment: Deployment(
                model: fixture.model, epoch: 2, stable: genuine.deployment.stable, salt: 99),
            issuedAt: genuine.issuedAt, issuedBy: genuine.issuedBy, reason: "",
            auditHead: genuine.auditHead)
        let result = try result([forged.bytes])
        #expect(result.findings.first?.words.contains("another deployment") == true)
    }

    @Test("a record without a head where the entry was not imported is found")
    func headless() throws {
        let bare = fixture.record(epoch: 2, stable: 2)
        #expect(try result([bare]).findings.count == 1)
    }

    @Test("epochs that go back on the topic are found")
    func backwards() throws {
        let result = try result([try record(3), try record(1)])
        #expect(result.findings.first?.words.contains("stands behind epoch 3") == true)
    }

    @Test("what workers do not believe is no witness against the chain, and still one for it")
    func refused() throws {
        let nobody = TrustPolicy(
            trusted: TrustFile(keys: []), topic: fixture.topic.name, isDevelopment: true
        ) { _, _, _ in false }
        let forged = [fixture.record(epoch: 9), fixture.record(epoch: 2, stable: 2)]
        let result = try result(
            try [record(3)] + forged + [record(1)], trust: nobody, isPending: true)
        #expect(result.findings == [] && result.records == 2)
        #expect(
            result.notes.map { $0.prefix(31) }
                == ["offset 1: http-anomaly epoch 9 ", "offset 2: http-anomaly epoch 2 "])
        #expect(result.notes.allSatisfy { $0.hasSuffix("it is not signed") })
    }

    @Test("what is on the topic and not announced by the outbox's word is noted")
    func unmarked() throws {
        let there = try fixture.registry.pendingPublications().map(\.record)
        let noted = try result(there, isPending: true)
        #expect(noted.findings == [])
        #expect(
            noted.notes == [
                "offset 0: http-anomaly epoch 3 is here, and the outbox has it as not announced: the "
                    + "next command that writes and reaches the brokers notes it"
            ])
        // Really not announced, or marked as it should be: nothing to tell.
        #expect(try result([record(1)], isPending: true).notes == [])
        #expect(try fixture.relay.drain().map(\.outcome) == [.published])
        #expect(try result(there, isPending: true).notes == [])
    }

    @Test("others' words and garbage are noted, not found; tombstones are nothing")
    func notes() throws {
        let result = try result([
            fixture.record(registry: "other", epoch: 4), Array("garbage".utf8), nil,
        ])
        #expect(result.findings == [])
        #expect(result.notes.count == 2 && result.records == 0)
    }
}
