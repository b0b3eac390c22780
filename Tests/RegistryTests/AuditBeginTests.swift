import Foundation
import GRDB
import Lifecycle
import Platform
import RegistrySchema
import TestSupport
import Testing

@testable import Registry

@Suite("the beginning of the audit chain")
struct AuditBeginTests {
    /// A registry made by the first migration alone, with two versions and two changes.
    private func old(changedAt: String = "2026-11-20T00:00:00.000Z") throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let queue = try DatabaseQueue(path: folder.path("swerve.db"))
        try queue.writeWithoutTransaction { db in
            try SchemaMigrator.migrate(db, act: "test", known: Array(Migrations.all.prefix(1)))
        }
        try queue.write { db in
            let registry = try #require(try String.fetchOne(db, sql: "SELECT id FROM registry"))
            try db.execute(sql: "INSERT INTO models VALUES ('m', '')")
            var before: String?
            for number in 1...2 {
                let (artifact, digest) = Fixture.artifact("model \(number)")
                try db.execute(
                    sql: "INSERT INTO artifacts (digest, manifest) VALUES (?, ?)",
                    arguments: [digest.description, Data(artifact.manifestBytes)])
                try db.execute(
                    sql: "INSERT INTO versions VALUES ('m', ?, ?)",
                    arguments: [number, digest.description])
                try db.execute(
                    sql: "INSERT INTO version_metadata VALUES ('m', ?, '', '{}', '{}', ?, 'ada')",
                    arguments: [number, "2026-11-1\(number)T00:00:00.000Z"])
                let deployment = Deployment(
                    model: try ModelName("m"), epoch: Int64(number),
                    stable: DeployedVersion(version: number, digest: digest), salt: 1)
                let record = ControlRecord(
                    registry: registry, deployment: deployment, issuedAt: changedAt,
                    issuedBy: "bob", reason: "then"
                ).bytes
                let text = String(decoding: record, as: UTF8.self)
                try db.execute(
                    sql: "INSERT INTO deployment_history VALUES ('m', ?, ?, ?, 'bob', ?, 'then')",
                    arguments: [number, before, text, changedAt])
                try db.execute(
                    sql: "INSERT INTO outbox (model, epoch, record) VALUES ('m', ?, ?)",
                    arguments: [number, Data(record)])
                before = text
            }
            try db.execute(
                sql: """
                    INSERT INTO deployments (model, epoch, stable, salt, settings)
                    VALUES ('m', 2, 2, 1, '{}')
                    """)
        }
        return folder
    }

    private func opened(_ folder: TemporaryFolder) throws -> Registry {
        try Registry.open(path: folder.path("swerve.db"), access: .readWrite(create: false))
    }

    @Test("what an older registry holds is imported, with who and when")
    func imported() throws {
        let folder = try old()
        let registry = try opened(folder)
        let entries = try registry.auditEntries()
        #expect(entries.map(\.act) == ["begin"] + [String](repeating: "imported", count: 4))
        #expect(entries[1].fields["original"]?["by"] == "ada")
        #expect(entries[1].fields["original"]?["at"] == "2026-11-11T00:00:00.000Z")
        #expect(entries[4].epoch == 2 && entries[4].fields["original"]?["by"] == "bob")
        #expect(try registry.verifyAudit().findings == [])
        // A second opening begins nothing.
        #expect(try opened(folder).auditEntries() == entries)
    }

    @Test(
        "what was imported is held against its entry",
        arguments: [
            (
                "UPDATE deployment_history SET after = replace(after, 'then', 'thus') WHERE epoch = 1",
                "the record of m epoch 1 has the digest"
            ),
            ("UPDATE version_metadata SET registered_by = 'eve' WHERE number = 1", "the author"),
            ("UPDATE versions SET artifact = 'x' WHERE number = 2", "m@2 has the digest"),
        ])
    func held(sql: String, words: String) throws {
        let folder = try old()
        let registry = try opened(folder)
        try DatabaseQueue(path: folder.path("swerve.db")).writeWithoutTransaction { db in
            try db.execute(
                sql: """
                    PRAGMA foreign_keys = OFF;
                    PRAGMA writable_schema = ON;
                    DELETE FROM sqlite_master WHERE type = 'trigger';
                    PRAGMA writable_schema = RESET;
                    """)
            try db.execute(sql: sql)
        }
        let findings = try registry.verifyAudit().findings
        #expect(findings.contains { $0.words.contains(words) }, "\(findings)")
    }

    @Test("a chain that begins under a clock behind the rows begins with the newest of them")
    func clockBehindRows() throws {
        let folder = try old(changedAt: "2126-01-01T00:00:00.000Z")
        let entries = try opened(folder).auditEntries()
        #expect(entries.allSatisfy { $0.at == "2126-01-01T00:00:00.000Z" })
    }

    @Test("a clock that goes back takes neither chain, history nor announcement back")
    func clock() throws {
        let fixture = try Fixture(versions: 2)
        let later = "2026-11-25T00:00:00.000Z"
        func promote(_ version: Int, at time: String) throws {
            _ = try fixture.registry.change(
                ChangeOrder(
                    .change(.promote(version)), of: fixture.model,
                    note: ChangeNote(by: "ada", at: time), freshSalt: 1))
        }
        try promote(1, at: later)
        try promote(2, at: "2026-11-24T00:00:00.000Z")
        #expect(try fixture.registry.history(of: fixture.model).map(\.note.at) == [later, later])
        try promote(1, at: "2026-11-26T00:00:00.000Z")
        let times = try fixture.registry.auditEntries().map(\.at)
        #expect(times == times.sorted() && times.last == "2026-11-26T00:00:00.000Z")
        #expect(try fixture.findings() == [])
    }

    @Test("a signature counts its time from the clock as it is")
    func expiryUnderOldClock() throws {
        let (fixture, key) = try Fixture.lived()
        let future = ChangeNote(by: "ada", at: "2027-01-01T00:00:00.000Z")
        _ = try fixture.registry.change(
            ChangeOrder(.change(.promote(1)), of: fixture.model, note: future, freshSalt: 1))
        _ = try fixture.registry.change(
            ChangeOrder(
                .renew, of: fixture.model, note: Fixture.note, signing: fixture.signing(key)))
        let pending = try #require(try fixture.registry.pendingPublications().first)
        let note = try #require(Timestamp.milliseconds(of: Fixture.note.at))
        #expect(pending.expiresAtMs == note + 3_600_000)
        #expect(try fixture.registry.history(of: fixture.model).last?.note.at == future.at)
    }

    @Test("what was live at a time: the newest change until then, and nothing before the first")
    func liveAt() throws {
        let fixture = try Fixture(versions: 2)
        for (version, day) in [(1, 24), (2, 25)] {
            let note = ChangeNote(by: "ada", at: "2026-11-\(day)T12:00:00.000Z")
            _ = try fixture.registry.change(
                ChangeOrder(.change(.promote(version)), of: fixture.model, note: note, freshSalt: 1)
            )
        }
        func stable(at time: String) throws -> Int? {
            try fixture.registry.change(of: fixture.model, liveAt: time)?.after.stable.version
        }
        #expect(try stable(at: "2026-11-24T11:59:59.999Z") == nil)
        #expect(try stable(at: "2026-11-24T12:00:00.000Z") == 1)
        #expect(try stable(at: "2026-11-25T11:59:59.999Z") == 1)
        #expect(try stable(at: "2026-11-26T00:00:00.000Z") == 2)
    }
}
