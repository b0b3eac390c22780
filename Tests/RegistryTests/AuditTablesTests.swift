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

    @Test("a version that was archived by an entry and is not, is named")
    func archived() throws {
        let fixture = try Fixture(versions: 2)
        _ = try fixture.raw().write { db in
            try AuditLog.append(
                .archive, model: fixture.model, note: Fixture.note, details: ["version": 2],
                registry: fixture.registry.id, in: db, act: "test")
        }
        let findings = try fixture.findings()
        #expect(findings.map(\.entry) == [4])
        #expect(findings.first?.words.contains("the registry has it as not archived") == true)
    }
}
