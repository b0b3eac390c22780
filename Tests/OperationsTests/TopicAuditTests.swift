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
        _ values: [[UInt8]?], registry: Registry? = nil
    ) throws
        -> TopicAudit.Result
    {
        let registry = registry ?? fixture.registry
        var audit = TopicAudit(registry: registry.id)
        for (offset, value) in values.enumerated() {
            audit.hear(
                offset: Int64(offset), key: Array(fixture.model.description.utf8), value: value)
        }
        return try audit.result { isWanted, body throws(SwerveError) in
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
        var audit = TopicAudit(registry: fixture.registry.id)
        audit.hear(offset: 7, key: Array(fixture.model.description.utf8), value: before)
        let result = try audit.result { isWanted, body throws(SwerveError) in
            try other.registry.auditedChanges(isWanted, body)
        }
        let finding = try #require(result.findings.first)
        #expect(finding.words.contains("rewritten, or is another copy"))
        #expect(finding.words.contains("offset 7"))
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
        var audit = TopicAudit(registry: fixture.registry.id)
        let forged = [fixture.record(epoch: 9), fixture.record(epoch: 2, stable: 2)]
        for (offset, value) in (try [record(3)] + forged + [record(1)]).enumerated() {
            audit.hear(
                offset: Int64(offset), key: Array(fixture.model.description.utf8), value: value,
                refusal: offset == 0 ? nil : "it is not signed")
        }
        let registry = fixture.registry
        let result = try audit.result { isWanted, body throws(SwerveError) in
            try registry.auditedChanges(isWanted, body)
        }
        #expect(result.findings == [] && result.records == 2)
        #expect(
            result.notes.map { $0.prefix(31) }
                == ["offset 1: http-anomaly epoch 9 ", "offset 2: http-anomaly epoch 2 "])
        #expect(result.notes.allSatisfy { $0.hasSuffix("it is not signed") })
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
