import GRDB
import Lifecycle
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
