import Foundation
import RegistrySchema
import TestSupport
import Testing

@testable import Registry

@Suite("the list of migrations")
struct MigrationListTests {
    @Test("the list is the folder's SQL files, in order, byte for byte")
    func listEqualsFolder() throws {
        let folder = RepositoryFiles.file("migrations")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            .filter { $0.hasSuffix(".sql") }.sorted()
        #expect(files == Migrations.all.map { $0.id + ".sql" })
        for (file, migration) in zip(files, Migrations.all) {
            let content = try Data(contentsOf: folder.appendingPathComponent(file))
            #expect(content == Data(migration.sql))
        }
    }

    @Test("the digest that a schema is first held against is that of what the migrations make")
    func schemaDigest() throws {
        let made = try SchemaCheck.madeDigest()
        #expect(SchemaCheck.expectedDigest == made, "SchemaCheck.expectedDigest should be \(made)")
    }

    @Test("the ids count from 0001 without gaps")
    func idsAreConsecutive() {
        for (index, migration) in Migrations.all.enumerated() {
            #expect(migration.id.hasPrefix(String(format: "%04d_", index + 1)))
        }
    }
}
