import Foundation
import GRDB
import Lifecycle
import Platform
import Registry
import RegistrySchema
import TestSupport
import Testing

@Suite("migrations")
struct MigrationTests {
    @Test(
        "an edited migration and an unknown one are refused, with what to do",
        arguments: [
            (
                "UPDATE migrations SET sha256 = 'sha256:' || printf('%064d', 0)",
                "migration 0001_initial was changed after it was applied"
            ),
            (
                "INSERT INTO migrations VALUES ('9999_later', 'sha256:', '')",
                "made by a newer swerve (migration 9999_later is not known here); use that one"
            ),
            (
                "UPDATE migrations SET id = '0001_other' WHERE id = '0001_initial'",
                "made by a newer swerve (migration 0001_other is not known here)"
            ),
        ])
    func refuses(sql: String, said: String) throws {
        let fixture = try Fixture()
        try fixture.raw().write { try $0.execute(sql: sql) }
        for access in [RegistryAccess.readOnly, .readWrite(create: true)] {
            #expect {
                try Registry.open(path: fixture.path, access: access)
            } throws: { code($0) == .refused && "\($0)".contains(said) }
        }
    }

    @Test("a registry whose schema is behind is refused to readers, who cannot bring it up")
    func behind() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("old.db")
        try DatabaseQueue(path: path).write { db in
            try db.execute(sql: "PRAGMA application_id = \(0x5357_5256)")
        }
        #expect {
            try Registry.open(path: path, access: .readOnly)
        } throws: { code($0) == .refused && "\($0)".contains("older swerve") }
        let registry = try Registry.open(path: path, access: .readWrite(create: false))
        #expect(try Registry.open(path: path, access: .readOnly).id == registry.id)
    }

    /// A registry as a swerve made it that knew so many migrations, with the artifacts of another.
    private func older(_ count: Int, artifactsOf fixture: Fixture, at path: String) throws {
        try DatabaseQueue(path: path).writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA application_id = \(0x5357_5256)")
            try db.execute(
                sql: "CREATE TABLE migrations (id TEXT NOT NULL PRIMARY KEY, sha256 TEXT NOT NULL, "
                    + "applied_at TEXT NOT NULL) STRICT")
            for migration in Migrations.all.prefix(count) {
                try db.execute(sql: String(decoding: migration.sql, as: UTF8.self))
                try db.execute(
                    sql: "INSERT INTO migrations VALUES (?, ?, '')",
                    arguments: [migration.id, ContentHash.sha256(migration.sql).description])
            }
            guard count > 0 else { return }
            try db.execute(
                sql: """
                    INSERT INTO registry (only_row, id, created_at)
                        VALUES (1, '\(fixture.registry.id)', '');
                    ATTACH '\(fixture.path)' AS newer;
                    INSERT INTO blobs SELECT * FROM newer.blobs;
                    INSERT INTO artifacts SELECT * FROM newer.artifacts;
                    INSERT INTO artifact_files SELECT * FROM newer.artifact_files
                    """)
            guard count > 1 else { return }
            try db.execute(
                sql: """
                    INSERT INTO models SELECT * FROM newer.models;
                    INSERT INTO keys SELECT * FROM newer.keys;
                    INSERT INTO artifact_signatures SELECT * FROM newer.artifact_signatures
                    """)
        }
    }

    @Test(
        "workers load artifacts from a registry of each older schema, and change nothing of it",
        arguments: 2..<Migrations.all.count)
    func olderSchemas(count: Int) throws {
        let fixture = try Fixture(versions: 2)
        let path = fixture.folder.path("older.db")
        try older(count, artifactsOf: fixture, at: path)
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        for number in 1...2 {
            let digest = try fixture.version(number).digest
            let found = try RegistryArtifacts(path: path).artifact(digest)
            #expect(try found == RegistryArtifacts(path: fixture.path).artifact(digest))
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
        // Whoever reads more needs all of the schema.
        #expect {
            try Registry.open(path: path, access: .readOnly)
        } throws: { code($0) == .refused && "\($0)".contains("older swerve") }
    }

    @Test("workers load nothing from a schema without signatures, nor from a newer registry")
    func noSchema() throws {
        let fixture = try Fixture(versions: 1)
        let digest = try fixture.version(1).digest
        for count in 0...1 {
            let path = fixture.folder.path("older\(count).db")
            try older(count, artifactsOf: fixture, at: path)
            #expect {
                try RegistryArtifacts(path: path).artifact(digest)
            } throws: { code($0) == .refused && "\($0)".contains("older swerve") }
        }
        try fixture.raw().write {
            try $0.execute(sql: "INSERT INTO migrations VALUES ('9999_later', 'sha256:', '')")
        }
        #expect {
            try RegistryArtifacts(path: fixture.path).artifact(digest)
        } throws: { code($0) == .refused && "\($0)".contains("made by a newer swerve") }
    }

    @Test("the schema of a registry is that of the files, run one after the other")
    func schemaEqualsFiles() throws {
        let fixture = try Fixture()
        let schema = "SELECT sql FROM sqlite_master WHERE tbl_name <> 'migrations' ORDER BY name"
        let plain = try DatabaseQueue()
        try plain.write { db in
            for migration in Migrations.all {
                try db.execute(sql: String(decoding: migration.sql, as: UTF8.self))
            }
        }
        let expected = try plain.read { try String?.fetchAll($0, sql: schema) }
        let found = try fixture.raw().read { try String?.fetchAll($0, sql: schema) }
        #expect(found == expected)
        #expect(found.count > 30)
    }
}
