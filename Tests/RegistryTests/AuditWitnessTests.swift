import GRDB
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Registry

/// Somebody may write the file and has no key: nothing is signed or announced for them.
@Suite("what the audit chain does not bear out")
struct AuditWitnessTests {
    private static let edits = [
        #"UPDATE deployments SET settings = '{"versions":{"2":{"threshold":1000000}}}'"#,
        "UPDATE deployments SET stable = 1, previous = 2",
        "UPDATE deployments SET salt = 1234",
        "UPDATE deployments SET previous = 3",
        "DELETE FROM deployments",
        "UPDATE versions SET artifact = 'sha256:' || printf('%064d', 0) WHERE number = 2",
        "UPDATE version_facts SET labels = '[\"ok\",\"ok\"]' WHERE number = 2",
        "UPDATE outbox SET record = CAST(replace(record, '7', '8') AS BLOB) WHERE epoch = 3",
        "UPDATE outbox SET adopted_registry = 'other', adopted_epoch = 2 WHERE epoch = 3",
        "UPDATE outbox SET adopted_registry = 'other', adopted_epoch = 1, published_at = NULL "
            + "WHERE epoch = 2",
        "UPDATE deployment_history SET reason = 'mine' WHERE epoch = 3",
        "UPDATE audit SET entry = replace(entry, '\"salt\":7', '\"salt\":8')",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE sequence = 9",
    ]

    @Test("an edited row is neither carried over, signed anew nor announced", arguments: edits)
    func refused(sql: String) throws {
        let (fixture, key) = try Fixture.lived()
        try fixture.tamper(sql)
        let before = try fixture.count("deployment_history")
        let signing = fixture.signing(key)
        let attempts: [() throws -> Void] = [
            { try fixture.change(.promote(3)) },
            { try fixture.change(.promote(2)) },
            {
                _ = try fixture.registry.change(
                    ChangeOrder(.renew, of: fixture.model, note: Fixture.note, signing: signing))
            },
            {
                _ = try fixture.registry.change(
                    ChangeOrder(
                        .adopt(DeploymentTakeover(adoption: .init(registry: "other", epoch: 40))),
                        of: fixture.model, note: Fixture.note))
            },
            {
                _ = try fixture.registry.plan(
                    ChangeOrder(
                        .change(.promote(2)), of: fixture.model, note: Fixture.note,
                        signing: signing), nowMs: 0)
            },
        ]
        for attempt in attempts {
            #expect(throws: SwerveError.self) { try attempt() }
        }
        #expect(try fixture.count("deployment_history") == before)
        if try fixture.count("deployments") > 0 {
            #expect(try fixture.registry.auditFault(of: fixture.model) != nil)
        }
    }

    @Test("what was read of the chain inside a transaction that was taken back does not count")
    func takenBack() throws {
        let (fixture, key) = try Fixture.lived()
        let order = ChangeOrder(
            .change(.promote(3)), of: fixture.model, note: Fixture.note, freshSalt: 1,
            signing: fixture.signing(key))
        for _ in 1...2 {
            #expect {
                try fixture.registry.change(order) { _ throws(SwerveError) in
                    throw SwerveError(.refused, act: "testing", reason: "taken back")
                }
            } throws: { "\($0)".contains("taken back") }
        }
        let other = ChangeNote(by: "ada", at: Fixture.note.at, reason: "the same number")
        try fixture.registry.addKey(
            ModelName("carol"), publicKey: SigningKey.generate(ModelName("carol")).publicKey,
            roles: [.promote], note: other)
        #expect(try fixture.registry.change(order).stable.version == 3)
        #expect(try fixture.findings() == [])
    }

    @Test("what somebody edits after it was read is found, however short before")
    func editedBetween() throws {
        let (fixture, _) = try Fixture.lived()
        #expect(try fixture.registry.auditFault(of: fixture.model) == nil)
        // An old entry and its hash, so that only the link behind it breaks.
        try fixture.tamper(
            "UPDATE audit SET entry = replace(entry, 'ada', 'eve'), hash = 'sha256:' "
                + "|| printf('%064d', 7) WHERE sequence = 7")
        #expect(
            try fixture.registry.auditFault(of: fixture.model)?.reason.contains("entry 7") == true)
    }

    @Test("what was not touched is borne out, by an imported chain too")
    func borneOut() throws {
        let (fixture, key) = try Fixture.lived()
        #expect(try fixture.registry.auditFault(of: fixture.model) == nil)
        _ = try fixture.registry.change(
            ChangeOrder(
                .renew, of: fixture.model, note: Fixture.note, signing: fixture.signing(key)))
        #expect(try fixture.registry.keysToBelieve().map(\.name.description) == ["ada", "bob"])
        #expect(try fixture.findings() == [])
    }

    @Test(
        "a key comes from the chain alone",
        arguments: [
            (
                "INSERT INTO keys SELECT 'mallory', randomblob(32), 'promote', added_at, added_by, "
                    + "NULL, NULL, NULL FROM keys LIMIT 1", "mallory"
            ),
            ("UPDATE keys SET public_key = randomblob(32) WHERE name = 'ada'", "ada"),
            ("UPDATE keys SET roles = 'promote' WHERE name = 'ada'", "ada"),
            (
                "UPDATE keys SET revoked_at = NULL, revoked_by = NULL, revoked_reason = NULL "
                    + "WHERE name = 'bob'", "bob"
            ),
            (
                "UPDATE keys SET revoked_at = 'x', revoked_by = 'x', revoked_reason = '' "
                    + "WHERE name = 'ada'", "ada"
            ),
            ("DELETE FROM keys WHERE name = 'bob'", "bob"),
            ("DELETE FROM audit WHERE sequence >= 5", "ada"),
        ])
    func keys(sql: String, name: String) throws {
        let (fixture, _) = try Fixture.lived()
        try fixture.tamper(sql)
        #expect {
            try fixture.registry.keysToBelieve()
        } throws: { code($0) == .refused && "\($0)".contains("'\(name)'") }
    }

    @Test("keys of a registry whose rules were changed are not believed")
    func changedRules() throws {
        let (fixture, _) = try Fixture.lived()
        try fixture.raw().writeWithoutTransaction {
            try $0.execute(sql: "DROP TRIGGER keys_stay_revoked")
        }
        #expect {
            try fixture.registry.keysToBelieve()
        } throws: { code($0) == .refused && "\($0)".contains("keys_stay_revoked was dropped") }
        #expect(try fixture.registry.keys().count == 2)
    }

    @Test("the name of a key that was taken out of the table is not given to another")
    func nameOfARemovedKey() throws {
        let (fixture, _) = try Fixture.lived()
        try fixture.tamper("DELETE FROM keys WHERE name = 'bob'")
        let bob = try SigningKey.generate(ModelName("bob"))
        #expect {
            try fixture.registry.requireNewKey(bob.name, publicKey: bob.publicKey)
        } throws: { code($0) == .refused && "\($0)".contains("never used twice") }
        #expect {
            try fixture.registry.addKey(
                bob.name, publicKey: bob.publicKey, roles: [.promote], note: Fixture.note)
        } throws: { code($0) == .refused }
    }

    @Test("a key that no entry tells of signs nothing")
    func strangersKey() throws {
        let (fixture, _) = try Fixture.lived()
        let mallory = try SigningKey.generate(ModelName("mallory"))
        let hex = mallory.publicKey.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        try fixture.tamper(
            "INSERT INTO keys SELECT 'mallory', x'\(hex)', 'promote,register', added_at, added_by, "
                + "NULL, NULL, NULL FROM keys LIMIT 1")
        #expect {
            try fixture.registry.change(
                ChangeOrder(
                    .renew, of: fixture.model, note: Fixture.note, signing: fixture.signing(mallory)
                ))
        } throws: { code($0) == .refused && "\($0)".contains("no entry tells of it") }
        #expect {
            try fixture.registry.sign(
                fixture.reference(3), by: mallory.signer, note: Fixture.note)
        } throws: { code($0) == .refused && "\($0)".contains("no entry tells of it") }
    }

    @Test(
        "a rule that was dropped, added or changed is named, and nothing is written",
        arguments: [
            ("DROP TRIGGER outbox_immutable", "trigger outbox_immutable was dropped"),
            (
                "CREATE TRIGGER mine AFTER INSERT ON outbox BEGIN SELECT 1; END",
                "trigger mine was added"
            ),
            (
                "DROP TRIGGER outbox_kept; CREATE TRIGGER outbox_kept BEFORE DELETE ON outbox "
                    + "BEGIN SELECT 1; END", "trigger outbox_kept was changed"
            ),
            ("DROP INDEX outbox_pending", "index outbox_pending was dropped"),
            ("CREATE VIEW mine AS SELECT 1", "view mine was added"),
            ("CREATE TABLE mine (x)", "table mine was added"),
            ("ALTER TABLE models ADD COLUMN mine TEXT", "table models was changed"),
        ])
    func schema(sql: String, words: String) throws {
        let fixture = try Fixture(versions: 1)
        try fixture.raw().writeWithoutTransaction { try $0.execute(sql: sql) }
        #expect(try fixture.findings().contains { $0.words.contains(words) })
        let reader = try Registry.open(path: fixture.path, access: .readOnly)
        #expect(try reader.checkIntegrity().contains { $0.contains(words) })
        // By a process that had it open before, and by one that opens it now.
        #expect {
            try fixture.change(.promote(1))
        } throws: { code($0) == .refused && "\($0)".contains(words) }
        #expect {
            try Registry.open(path: fixture.path, access: .readWrite(create: false))
        } throws: { code($0) == .refused && "\($0)".contains(words) }
        #expect(try fixture.count("deployment_history") == 0)
    }

    @Test("an older announcement that is to be published again is named")
    func unpublished() throws {
        let fixture = try Fixture(versions: 2)
        for version in 1...2 { try fixture.change(.promote(version)) }
        try fixture.registry.markPublished(fixture.model, upTo: 2, at: "2026-11-23T18:52:00.000Z")
        // As republish does.
        try fixture.registry.requeue()
        #expect(try fixture.findings() == [])
        try fixture.registry.markPublished(fixture.model, upTo: 2, at: "2026-11-23T18:52:00.000Z")
        try fixture.tamper("UPDATE outbox SET published_at = NULL WHERE epoch = 1")
        #expect(try fixture.findings().contains { $0.words.contains("epoch 1 is to be published") })
    }
}
