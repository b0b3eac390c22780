import Foundation
import GRDB
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Registry

@Suite("opening a registry")
struct OpeningTests {
    @Test("a registry is made on first use, in the write-ahead log, with a UUID that stays")
    func creates() throws {
        let fixture = try Fixture()
        #expect(UUID(uuidString: fixture.registry.id) != nil)
        #expect(fixture.registry.path.hasSuffix("/swerve.db"))
        let again = try Registry.open(path: fixture.path, access: .readWrite(create: false))
        #expect(again.id == fixture.registry.id)
        let mode = try fixture.raw().read { try String.fetchOne($0, sql: "PRAGMA journal_mode") }
        #expect(mode == "wal")
    }

    @Test("two registries have two ids")
    func idsDiffer() throws {
        #expect(try Fixture().registry.id != Fixture().registry.id)
    }

    @Test("a missing file is not made by readers, nor by writers that must not")
    func missing() throws {
        let folder = try TemporaryFolder()
        for access in [RegistryAccess.readOnly, .readWrite(create: false)] {
            #expect {
                try Registry.open(path: folder.path("none.db"), access: access)
            } throws: { code($0) == .notFound }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path).isEmpty)
    }

    @Test("a registry that another process makes while it is opened is taken for no stranger's")
    func madeMeanwhile() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("new.db")
        let statements = Guarded(0)
        try DatabaseQueue(path: path).writeWithoutTransaction { db in
            db.trace { _ in
                // Before each statement but the first, where nothing is locked then.
                let count = statements.withLock { count in
                    count += 1
                    return count
                }
                guard count > 1 else { return }
                _ = try? DatabaseQueue(path: path).write { other in
                    try other.execute(
                        sql: "CREATE TABLE a (b); PRAGMA application_id = \(0x5357_5256)")
                }
            }
            try SchemaMigrator.checkOwner(db, act: "opening", isEmptyAllowed: true)
        }
        #expect(statements.withLock { $0 } > 0)
    }

    @Test("a missing folder is named")
    func missingFolder() throws {
        let folder = try TemporaryFolder()
        #expect {
            try Registry.open(path: folder.path("a/b.db"), access: .readWrite(create: true))
        } throws: { "\($0)".contains("there is no folder \(folder.path("a"))") }
    }

    @Test(
        "SQLite's special names are file names here",
        arguments: [":memory:", "file:x?mode=memory"])
    func specialNames(name: String) throws {
        let folder = try TemporaryFolder()
        let registry = try Registry.open(
            path: folder.path(name), access: .readWrite(create: true))
        #expect(FileManager.default.fileExists(atPath: folder.path(name)))
        #expect(registry.path == folder.path(name))
    }

    @Test("an empty name, and one with a zero byte, are refused as usage", arguments: ["", "a\0b"])
    func names(name: String) {
        #expect {
            try Registry.open(path: name, access: .readWrite(create: true))
        } throws: { code($0) == .usage }
    }

    @Test("a folder is refused, with what to write instead")
    func folder() throws {
        let folder = try TemporaryFolder()
        #expect {
            try Registry.open(path: folder.url.path, access: .readWrite(create: true))
        } throws: { code($0) == .invalid && "\($0)".contains("/swerve.db") }
    }

    @Test("a device and a fifo are refused without being opened")
    func device() throws {
        let folder = try TemporaryFolder()
        let made = unsafe mkfifo(folder.path("fifo"), 0o644)
        #expect(made == 0)
        for path in ["/dev/zero", folder.path("fifo")] {
            #expect {
                try Registry.open(path: path, access: .readWrite(create: true))
            } throws: { code($0) == .invalid && "\($0)".contains("regular file") }
        }
    }

    @Test("a file that is not SQLite is refused and left as it was")
    func notSQLite() throws {
        let folder = try TemporaryFolder()
        let text = String(repeating: "solver_type L2R_LR\n", count: 100)
        let path = try folder.write("model.txt", text)
        for access in [RegistryAccess.readOnly, .readWrite(create: true)] {
            #expect {
                try Registry.open(path: path, access: access)
            } throws: { code($0) == .invalid && "\($0)".contains("not a SQLite database") }
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == text)
    }

    @Test("somebody else's SQLite database is refused and left as it was")
    func notOurs() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("other.db")
        try DatabaseQueue(path: path).write { try $0.execute(sql: "CREATE TABLE t (x)") }
        let before = try Data(contentsOf: URL(fileURLWithPath: path))
        for access in [RegistryAccess.readOnly, .readWrite(create: true)] {
            #expect {
                try Registry.open(path: path, access: access)
            } throws: { code($0) == .invalid && "\($0)".contains("not a Swerve registry") }
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    }

    @Test("a database without a table becomes a registry only for who may make one")
    func emptyDatabase() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("swerve.db")
        try DatabaseQueue(path: path).writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL")
        }
        for access in [RegistryAccess.readOnly, .readWrite(create: false)] {
            #expect {
                try Registry.open(path: path, access: access)
            } throws: { code($0) == .unavailable }
        }
        let registry = try Registry.open(path: path, access: .readWrite(create: true))
        #expect(try registry.models().isEmpty)
    }

    @Test("a cut file is an error, not a trap", arguments: [1, 50, 100, 4_096, 20_000])
    func truncated(bytes: Int) throws {
        let fixture = try Fixture(versions: 2)
        try fixture.raw().writeWithoutTransaction { db in
            _ = try db.checkpoint(.truncate)
        }
        let whole = try Data(contentsOf: URL(fileURLWithPath: fixture.path))
        let folder = try TemporaryFolder()
        let path = try folder.write("cut.db", whole.prefix(min(bytes, whole.count / 2)))
        #expect(throws: SwerveError.self) {
            let registry = try Registry.open(path: path, access: .readOnly)
            _ = try registry.versions(of: fixture.model)
            _ = try registry.artifact(Fixture.artifact("model 1").1)
            _ = try registry.artifact(Fixture.artifact("model 2").1)
        }
    }

    @Test("a reader works beside a writer's open transaction, and sees what was before it")
    func readerBesideWriter() throws {
        let fixture = try Fixture(versions: 1)
        try fixture.raw().writeWithoutTransaction { db in
            try db.inTransaction(.immediate) {
                try db.execute(sql: "INSERT INTO models VALUES ('other', '')")
                let reader = try Registry.open(path: fixture.path, access: .readOnly)
                #expect(try reader.models().map(\.name) == [fixture.model])
                return .commit
            }
        }
        let reader = try Registry.open(path: fixture.path, access: .readOnly)
        #expect(try reader.models().count == 2)
    }

    @Test("a reader cannot write")
    func readerCannotWrite() throws {
        let fixture = try Fixture(versions: 1)
        let reader = try Registry.open(path: fixture.path, access: .readOnly)
        #expect { try fixture.change(.promote(1), in: reader) } throws: { code($0) == .system }
        #expect(try fixture.registry.deployment(of: fixture.model) == nil)
    }

    @Test("openers that race to make a registry agree on one")
    func race() async throws {
        for _ in 0..<5 {
            let folder = try TemporaryFolder()
            let path = folder.path("swerve.db")
            let ids = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try Registry.open(path: path, access: .readWrite(create: true)).id
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(ids.count == 8)
            #expect(Set(ids).count == 1)
        }
    }
}
