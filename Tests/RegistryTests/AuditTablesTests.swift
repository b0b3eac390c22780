import GRDB
import Lifecycle
import TestSupport
import Testing

@testable import Registry

@Suite("the tables against the audit chain")
struct AuditTablesTests {
    @Test(
        "a row that was edited, removed or added is named",
        arguments: [
            ("DELETE FROM versions WHERE number = 3", 4, "version http-anomaly@3 was removed"),
            (
                "UPDATE versions SET artifact = 'sha256:' || printf('%064d', 0) WHERE number = 3",
                4, "version http-anomaly@3 has the digest"
            ),
            (
                "UPDATE version_metadata SET lineage = '{\"tool\":\"mine\"}' WHERE number = 2", 3,
                "has the lineage"
            ),
            (
                "UPDATE version_metadata SET registered_by = 'eve' WHERE number = 2", 3,
                "has the author 'eve', the entry says 'ada'"
            ),
            (
                "INSERT INTO versions VALUES ('http-anomaly', 9, 'sha256:' || printf('%064d', 0))",
                nil, "version http-anomaly@9 is in the registry, and no entry tells of it"
            ),
            (
                "UPDATE deployment_history SET changed_by = 'eve' WHERE epoch = 1", 9,
                "the row of the history of http-anomaly epoch 1 has the author 'eve'"
            ),
            (
                """
                UPDATE deployment_history SET after = replace(after, '"stable":{"', '"stable":{ "')
                    WHERE epoch = 2
                """, 10, "the announcement of http-anomaly epoch 2 in the outbox is not that"
            ),
            (
                """
                UPDATE deployment_history SET after = replace(after, '"share":0.05', '"share":0.5')
                    WHERE epoch = 2
                """, 10, "the history of http-anomaly epoch 2 has the deployment"
            ),
            (
                "UPDATE deployment_history SET before = NULL WHERE epoch = 2", 10,
                "does not follow from the change before it"
            ),
            (
                "DELETE FROM deployment_history WHERE epoch = 2", 10,
                "the history of http-anomaly epoch 2 was removed"
            ),
            (
                "DELETE FROM outbox WHERE epoch = 1", 9,
                "the announcement of http-anomaly epoch 1 was removed"
            ),
            (
                "UPDATE outbox SET record = CAST(replace(record, '0.05', '0.50') AS BLOB) WHERE epoch = 2",
                10, "is not that of its history"
            ),
            (
                "UPDATE outbox SET adopted_registry = 'other', adopted_epoch = 0 WHERE epoch = 2",
                10,
                "has the registry adopted from 'other'"
            ),
            (
                "UPDATE outbox SET signature = NULL WHERE epoch = 3", 11,
                "the signature of 'ada' on http-anomaly epoch 3 is missing"
            ),
            (
                "UPDATE outbox SET signature = (SELECT signature FROM outbox WHERE epoch = 3) "
                    + "WHERE epoch = 1", 9, "has a signature, the entry tells of none"
            ),
            (
                "UPDATE outbox SET signature = 'ed25519 ada AAAA' WHERE epoch = 3", 11,
                "does not hold"
            ),
            (
                "UPDATE deployments SET stable = 3, previous = 2", nil,
                "the present deployment of http-anomaly"
            ),
            (
                "DELETE FROM deployments", nil,
                "the present deployment of http-anomaly was removed"
            ),
            ("UPDATE deployments SET salt = -1", nil, "a present deployment: "),
            (
                "UPDATE keys SET public_key = zeroblob(32) WHERE name = 'ada'", 5,
                "key 'ada' has the public key"
            ),
            (
                "UPDATE keys SET roles = 'promote' WHERE name = 'ada'", 5,
                "key 'ada' has the roles 'promote'"
            ),
            ("DELETE FROM keys WHERE name = 'ada'", 5, "key 'ada' was removed"),
            (
                "UPDATE keys SET revoked_at = NULL, revoked_by = NULL WHERE name = 'bob'", 7,
                "key 'bob' was revoked, the registry has it as good"
            ),
            (
                "UPDATE keys SET revoked_at = '2020-01-01T00:00:00.000Z' WHERE name = 'bob'", 7,
                "time of revocation"
            ),
            (
                "UPDATE keys SET revoked_at = '2020-01-01T00:00:00.000Z', revoked_by = 'eve' "
                    + "WHERE name = 'ada'", nil, "the revocation of key ada"
            ),
            (
                "INSERT INTO keys SELECT 'eve', zeroblob(32), 'promote', '', '', NULL, NULL, NULL",
                nil, "key eve is in the registry, and no entry tells of it"
            ),
            (
                "DELETE FROM artifact_signatures", 8,
                "the signature of 'ada' for http-anomaly sha256:"
            ),
            (
                """
                INSERT INTO artifact_signatures SELECT model, artifact, 'eve', signature, signed_at
                    FROM artifact_signatures
                """, nil, "the signature of eve for http-anomaly"
            ),
            (
                "INSERT INTO archived_versions VALUES ('http-anomaly', 3, '', '', '', NULL)", nil,
                "version http-anomaly@3 is archived in the registry"
            ),
        ] as [(String, Int64?, String)])
    func found(sql: String, entry: Int64?, words: String) throws {
        let (fixture, _) = try Fixture.lived()
        try fixture.tamper(sql)
        let findings = try fixture.findings()
        #expect(
            findings.contains { $0.entry == entry && $0.words.contains(words) }, "\(findings)")
    }

    /// Versions with all that is said of them, aliases that moved and went, an archive.
    private static func described() throws -> Fixture {
        let fixture = try Fixture(versions: 3)
        let registry = fixture.registry
        try registry.annotate(
            fixture.reference(2), Annotation(note: "better", tags: ["team": "waf"]),
            note: Fixture.note)
        for (alias, number) in [("champion", 1), ("champion", 2), ("nightly", 2)] {
            try registry.setAlias(
                try AliasName(alias), to: fixture.reference(number), note: Fixture.note)
        }
        try registry.removeAlias(try AliasName("nightly"), of: fixture.model, note: Fixture.note)
        try registry.archive(fixture.reference(3), note: Fixture.note)
        try registry.archive(fixture.reference(1), note: Fixture.note)
        try registry.unarchive(fixture.reference(1), note: Fixture.note)
        return fixture
    }

    @Test(
        "what is said of versions, their facts and aliases agree with a chain that nobody touched")
    func described() throws {
        #expect(try Self.described().findings() == [])
    }

    @Test(
        "a hand in metadata, facts, aliases and archives is named",
        arguments: [
            (
                "UPDATE version_metadata SET note = 'x' WHERE number = 1", 2,
                "note, metrics or tags of version http-anomaly@1 are not those"
            ),
            ("UPDATE version_metadata SET tags = '{}' WHERE number = 2", 5, "http-anomaly@2"),
            (
                "UPDATE version_metadata SET metrics = '{\"auc\":1}' WHERE number = 2", 5,
                "http-anomaly@2 are not those"
            ),
            (
                "UPDATE version_metadata SET note = printf('%5000s', 'x') WHERE number = 2", nil,
                "what is said of version http-anomaly@2: "
            ),
            ("DELETE FROM version_metadata WHERE number = 2", 5, "http-anomaly@2 were removed"),
            (
                "INSERT INTO version_metadata VALUES ('http-anomaly', 9, '', '{}', '{}', '', '', '{}')",
                nil, "the row of version_metadata of http-anomaly@9"
            ),
            (
                "UPDATE version_facts SET labels = '[\"ok\",\"ok\"]' WHERE number = 1", 2,
                "the facts of version http-anomaly@1 (format"
            ),
            (
                "UPDATE version_facts SET threshold = 0.5 WHERE number = 1", 2,
                "are not those registered"
            ),
            (
                "UPDATE version_facts SET features = 7 WHERE number = 2", 3,
                "are not those registered"
            ),
            ("UPDATE version_facts SET bytes = -1 WHERE number = 2", 3, "bytes"),
            ("DELETE FROM version_facts WHERE number = 2", 3, "features) were removed"),
            (
                "INSERT INTO version_facts SELECT model, 9, format, bytes, threshold, golden, labels, "
                    + "task, input_view, features FROM version_facts WHERE number = 1", nil,
                "the row of version_facts of http-anomaly@9"
            ),
            (
                "UPDATE aliases SET number = 3", 7,
                "alias http-anomaly@champion names version 2, in the registry it names version 3"
            ),
            (
                "UPDATE aliases SET set_by = 'eve'", 7,
                "alias http-anomaly@champion was set by another author or at another time"
            ),
            (
                "DELETE FROM aliases", 7,
                "alias http-anomaly@champion names version 2, the registry has no such alias"
            ),
            (
                "INSERT INTO aliases VALUES ('http-anomaly', 'nightly', 1, '', 'eve')", 9,
                "alias http-anomaly@nightly was taken away, in the registry it names version 1"
            ),
            (
                "INSERT INTO aliases VALUES ('http-anomaly', 'mine', 1, '', 'eve')", nil,
                "alias http-anomaly@mine names version 1, and no entry tells of it"
            ),
            (
                "UPDATE archived_versions SET archived_by = 'eve'", 10,
                "version http-anomaly@3 was archived, the registry has another author"
            ),
            (
                "UPDATE archived_versions SET reason = 'because'", 10, "time or reason"
            ),
            ("DELETE FROM archived_versions", 10, "the registry has it as not archived"),
            (
                "INSERT INTO archived_versions VALUES ('http-anomaly', 1, '', '', '', NULL)", 12,
                "version http-anomaly@1 is archived in the registry, and the last entry"
            ),
        ] as [(String, Int64?, String)])
    func changing(sql: String, entry: Int64?, words: String) throws {
        let fixture = try Self.described()
        try fixture.tamper(sql)
        let findings = try fixture.findings()
        #expect(
            findings.contains { $0.entry == entry && $0.words.contains(words) }, "\(findings)")
    }

    @Test("an entry of an older swerve, which kept no digests, is not held against it")
    func olderEntries() throws {
        let fixture = try Self.described()
        try fixture.tamper(
            "UPDATE audit SET entry = json_remove(entry, '$.said', '$.facts') WHERE sequence > 1")
        try fixture.rehash(from: 2)
        #expect(try fixture.findings() == [])
    }

    @Test("a version that was archived by an entry and is not, is named")
    func archived() throws {
        let fixture = try Fixture(versions: 2)
        _ = try fixture.raw().write { db in
            try RegistryTransaction(db: db, registry: fixture.registry.id, act: "test").audit
                .append(
                    .archive, model: fixture.model, note: Fixture.note, details: ["version": 2])
        }
        let findings = try fixture.findings()
        #expect(findings.map(\.entry) == [4])
        #expect(findings.first?.words.contains("the registry has it as not archived") == true)
    }

    @Test("no table is held against the entries by walking over all of them for each of its rows")
    func plans() throws {
        let fixture = try Fixture(versions: 1)
        let plans = try fixture.registry.read("looking at plans") { transaction in
            var statements: [String] = []
            transaction.db.trace { statements.append("\($0)") }
            try AuditTableCheck(transaction: transaction).run {
            } _: { _ in
            }
            transaction.db.trace(options: [])
            return try statements.filter { $0.contains("MATERIALIZED") }.map { statement in
                try Row.fetchAll(transaction.db, sql: "EXPLAIN QUERY PLAN \(statement)")
                    .map { $0["detail"] as String? ?? "" }
            }
        }
        #expect(plans.count > 10)
        for plan in plans {
            #expect(plan.contains { $0.contains("LEFT-JOIN") }, "\(plan)")
            #expect(!plan.contains { $0.hasPrefix("SCAN") && $0.contains("LEFT-JOIN") }, "\(plan)")
        }
    }

    @Test("who stops a verification is heard while tables are looked at, too")
    func stopped() throws {
        struct Ended: Error {}
        let fixture = try Fixture(versions: 3)
        let last = Int64(try fixture.audit().count)
        var times = 0
        #expect(throws: SwerveError.self) {
            try fixture.registry.verifyAudit { entry in
                times += entry == last ? 1 : 0
                if times == 3 { throw Ended() }
            }
        }
        #expect(times == 3)
    }
}
