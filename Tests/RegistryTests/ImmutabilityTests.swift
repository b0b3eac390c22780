import GRDB
import Lifecycle
import Registry
import TestSupport
import Testing

@Suite("what is registered stays as it is")
struct ImmutabilityTests {
    @Test(
        "a change past the registry is refused by the database",
        arguments: [
            "UPDATE registry SET id = '00000000-0000-0000-0000-000000000000'",
            "DELETE FROM registry",
            "INSERT OR REPLACE INTO registry VALUES (1, '00000000-0000-0000-0000-000000000000', '')",
            "UPDATE blobs SET content = x'00'",
            "DELETE FROM blobs",
            "INSERT OR REPLACE INTO blobs SELECT sha256, x'00' FROM blobs",
            "UPDATE artifacts SET manifest = x'00'",
            "DELETE FROM artifacts",
            "INSERT OR REPLACE INTO artifacts SELECT digest, x'00' FROM artifacts",
            "UPDATE artifact_files SET name = 'other'",
            "DELETE FROM artifact_files",
            "INSERT OR REPLACE INTO artifact_files SELECT * FROM artifact_files",
            "UPDATE versions SET number = number + 10",
            "UPDATE versions SET artifact = (SELECT min(digest) FROM artifacts)",
            "DELETE FROM versions",
            "DELETE FROM versions WHERE number = 2",
            "INSERT OR REPLACE INTO versions SELECT * FROM versions",
            "INSERT INTO versions SELECT model, 9, artifact FROM versions WHERE number = 1",
            "INSERT OR REPLACE INTO versions SELECT model, 3, artifact FROM versions LIMIT 1",
            "UPDATE version_metadata SET registered_by = 'eve'",
            "DELETE FROM version_metadata",
            "INSERT OR REPLACE INTO version_metadata SELECT * FROM version_metadata",
            "UPDATE deployment_history SET reason = 'other'",
            "DELETE FROM deployment_history",
            "INSERT OR REPLACE INTO deployment_history SELECT * FROM deployment_history",
            "UPDATE outbox SET record = x'7B7D'",
            "UPDATE outbox SET epoch = epoch + 5",
            "DELETE FROM outbox",
            "INSERT OR REPLACE INTO outbox SELECT * FROM outbox",
            "UPDATE deployments SET epoch = epoch",
            "UPDATE deployments SET epoch = epoch - 1",
            "UPDATE deployments SET epoch = epoch + 1",
            "UPDATE deployments SET stable = 99",
            "UPDATE deployments SET candidate = 1",
            "DELETE FROM deployments",
            "INSERT OR REPLACE INTO deployments SELECT * FROM deployments",
            "DELETE FROM models",
            "UPDATE models SET name = 'other'",
            "INSERT INTO models VALUES ('No Name', '')",
        ])
    func refuses(sql: String) throws {
        let fixture = try Fixture(versions: 2)
        try fixture.change(.promote(1))
        try fixture.change(.promote(2))
        let before = try Self.everything(fixture)
        #expect(throws: DatabaseError.self) { try fixture.raw().write { try $0.execute(sql: sql) } }
        #expect(try Self.everything(fixture) == before)
    }

    @Test("what people say of a version, and what was published, may change")
    func allows() throws {
        let fixture = try Fixture(versions: 1)
        try fixture.change(.promote(1))
        try fixture.raw().write { db in
            try db.execute(sql: "UPDATE version_metadata SET note = 'better', tags = '{}'")
            try db.execute(sql: "UPDATE outbox SET published_at = 'now'")
        }
        let version = try fixture.registry.versions(of: fixture.model)
        #expect(version.map(\.metadata.note) == ["better"])
        #expect(try fixture.registry.pendingPublications().isEmpty)
    }

    private static func everything(_ fixture: Fixture) throws -> [String] {
        let tables = [
            "registry", "models", "blobs", "artifacts", "artifact_files", "versions",
            "version_metadata", "deployment_history", "outbox", "deployments",
        ]
        return try fixture.raw().read { db in
            try tables.flatMap { table in
                try Row.fetchAll(db, sql: "SELECT * FROM \(table)").map { "\(table) \($0)" }
            }
        }
    }
}
