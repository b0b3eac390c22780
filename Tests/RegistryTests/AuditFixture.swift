import GRDB
import Lifecycle
import Platform
import TestSupport

@testable import Registry

extension Fixture {
    /// The triggers and checks are gone, as for somebody who has the file and a mind; and the
    /// triggers are back afterwards, so that the schema gives nothing away.
    func tamper(_ sql: String) throws { try tamper { try $0.execute(sql: sql) } }

    private func tamper(_ body: (Database) throws -> Void) throws {
        try raw().writeWithoutTransaction { db in
            let triggers = try String.fetchAll(
                db, sql: "SELECT sql FROM sqlite_master WHERE type = 'trigger'")
            try db.execute(
                sql: """
                    PRAGMA foreign_keys = OFF;
                    PRAGMA ignore_check_constraints = ON;
                    PRAGMA writable_schema = ON;
                    DELETE FROM sqlite_master WHERE type = 'trigger';
                    PRAGMA writable_schema = RESET;
                    """)
            try body(db)
            for trigger in triggers { try db.execute(sql: trigger) }
        }
    }

    /// Hashes the chain anew from `first` on, as somebody does who knows how it is made.
    func rehash(from first: Int64) throws {
        try tamper { db in
            var head = try String.fetchOne(
                db, sql: "SELECT hash FROM audit WHERE sequence = ?", arguments: [first - 1]
            ).map { try Digest($0) }
            let rows = try Row.fetchAll(
                db, sql: "SELECT sequence, entry FROM audit WHERE sequence >= ? ORDER BY sequence",
                arguments: [first])
            for row in rows {
                let entry: String = row["entry"]
                let hash = AuditEntry.hash(Array(entry.utf8), after: head)
                try db.execute(
                    sql: "UPDATE audit SET hash = ? WHERE sequence = ?",
                    arguments: [hash.description, row["sequence"] as Int64])
                head = hash
            }
        }
    }

    /// A registry of a long life: versions, changes, keys, a signed promotion and artifact.
    static func lived() throws -> (fixture: Fixture, key: SigningKey) {
        let fixture = try Fixture(versions: 3)
        let key = try SigningKey.generate(ModelName("ada"))
        let other = try SigningKey.generate(ModelName("bob"))
        let note = Fixture.note
        try fixture.registry.addKey(
            key.name, publicKey: key.publicKey, roles: [.promote, .register], note: note)
        try fixture.registry.addKey(
            other.name, publicKey: other.publicKey, roles: [.promote], note: note)
        try fixture.registry.revokeKey(other.name, note: note)
        try fixture.registry.sign(
            VersionReference(model: fixture.model, version: 2), by: key.signer, note: note)
        try fixture.change(.promote(1))
        try fixture.change(.canary(2, try Share(tenThousandths: 500)))
        _ = try fixture.registry.change(
            ChangeOrder(
                .change(.complete), of: fixture.model, note: note, freshSalt: 1,
                signing: fixture.signing(key)))
        return (fixture, key)
    }

    func signing(_ key: SigningKey, seconds: Int64 = 3_600) -> DeploymentSigning {
        DeploymentSigning(signer: key.signer, topic: "swerve.control", validMs: seconds * 1_000)
    }

    func findings() throws -> [AuditFinding] {
        let report = try Registry.open(path: path, access: .readOnly).verifyAudit()
        return report.findings
    }
}
