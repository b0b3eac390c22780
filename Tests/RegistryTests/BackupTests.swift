import Foundation
import GRDB
import Lifecycle
import Registry
import TestSupport
import Testing

@Suite("backing a registry up")
struct BackupTests {
    private func names(_ folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
    }

    @Test("a backup is one whole file with the same id, and a registry where it is put")
    func whole() throws {
        let fixture = try Fixture(versions: 2)
        try fixture.change(.promote(1))
        try fixture.registry.archive(fixture.reference(2), note: Fixture.note)
        let folder = try TemporaryFolder()
        let done = try fixture.registry.backup(to: folder.path("copy.db"), isForced: false)
        #expect(try names(folder) == ["copy.db"])
        #expect(done.id == fixture.registry.id)
        #expect(done.bytes > 0)
    }

    @Test("what was written after the backup is not in it, what was before is")
    func snapshot() throws {
        let fixture = try Fixture(versions: 2)
        try fixture.change(.promote(1))
        let folder = try TemporaryFolder()
        let path = folder.path("copy.db")
        // A writer in the midst of a transaction disturbs nothing, and is not waited for.
        try fixture.raw().writeWithoutTransaction { db in
            try db.inTransaction(.immediate) {
                try db.execute(sql: "INSERT INTO models VALUES ('later', '')")
                _ = try fixture.registry.backup(to: path, isForced: false)
                return .commit
            }
        }
        try fixture.change(.promote(2))
        let copy = try Registry.open(path: path, access: .readWrite(create: false))
        #expect(copy.id == fixture.registry.id)
        #expect(try copy.models().map(\.name) == [fixture.model])
        #expect(try copy.deployment(of: fixture.model)?.epoch == 1)
        #expect(try copy.artifact(fixture.version(2).digest).files.count == 3)
    }

    @Test("who leads the registry does not lead its copy")
    func lease() throws {
        let fixture = try Fixture(versions: 1)
        let claim = LeaseClaim(
            incarnation: "a", holder: "h", address: "http://127.0.0.1:1", spanMs: 10_000)
        _ = try fixture.registry.takeLease(claim, at: BootMoment(boot: "b", ms: 1))
        let folder = try TemporaryFolder()
        _ = try fixture.registry.backup(to: folder.path("copy.db"), isForced: false)
        let copy = try Registry.open(path: folder.path("copy.db"), access: .readOnly)
        #expect(try copy.lease()?.isReleased == true)
        #expect(try fixture.registry.lease()?.isReleased == false)
    }

    @Test("a file that is there is replaced only by force, the registry itself never")
    func destinations() throws {
        let fixture = try Fixture(versions: 1)
        let path = try fixture.folder.write("copy.db", "precious")
        let link = fixture.folder.path("link.db")
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: fixture.path)
        let cases: [(String, Bool, String)] = [
            (path, false, "the file exists"), (fixture.path, true, "that is the registry itself"),
            (link, true, "that is the registry itself"),
            (fixture.folder.url.path, true, "no regular file"),
            (fixture.folder.path("none/copy.db"), false, "none"), ("", false, "not a file name"),
        ]
        for (destination, isForced, said) in cases {
            #expect {
                try fixture.registry.backup(to: destination, isForced: isForced)
            } throws: { "\($0)".contains(said) }
        }
        #expect(try String(contentsOfFile: path, encoding: .utf8) == "precious")
        _ = try fixture.registry.backup(to: path, isForced: true)
        #expect(try Registry.open(path: path, access: .readOnly).id == fixture.registry.id)
        try fixture.folder.write("other.db-wal", "left by a crash")
        #expect {
            try fixture.registry.backup(to: fixture.folder.path("other.db"), isForced: true)
        } throws: { code($0) == .refused && "\($0)".contains("other.db-wal") }
        #expect(try names(fixture.folder).allSatisfy { !$0.hasSuffix(".swerve-tmp") })
    }

    @Test(
        "what lies beside the registry under its name is no place for a copy, there or not",
        arguments: [
            "-wal", "-shm", "-journal", ".hub.lock", ".outbox.lock", ".uploads", ".webhook-key",
        ])
    func companions(suffix: String) throws {
        let fixture = try Fixture(versions: 1)
        let hidden = fixture.folder.path("./swerve.db")
        for path in [fixture.path + suffix, hidden + suffix] {
            #expect {
                try fixture.registry.backup(to: path, isForced: true)
            } throws: { code($0) == .refused && "\($0)".contains("of the registry's own") }
        }
        try fixture.registry.requireInPlace("looking")
        #expect(try fixture.registry.verifyAudit().findings.isEmpty)
    }

    @Test("nothing is written into a registry's file that is not at its path any more")
    func replaced() throws {
        let fixture = try Fixture(versions: 1)
        let copy = fixture.folder.path("copy.db")
        _ = try fixture.registry.backup(to: copy, isForced: false)
        let changes = try fixture.registry.auditHead()
        try FileManager.default.removeItem(atPath: fixture.path)
        try FileManager.default.moveItem(atPath: copy, toPath: fixture.path)
        #expect { try fixture.register("lost") } throws: {
            code($0) == .unavailable && "\($0)".contains("another file")
        }
        #expect(try fixture.registry.auditHead() == changes)
        try FileManager.default.removeItem(atPath: fixture.path)
        #expect { try fixture.register("lost") } throws: { code($0) == .unavailable }
    }

    @Test("a registry whose schema is behind is copied as it is")
    func oldSchema() throws {
        let fixture = try Fixture(versions: 1)
        try fixture.raw().write { db in
            try db.execute(sql: "DELETE FROM migrations WHERE id > '0001_initial'")
        }
        #expect {
            try Registry.open(path: fixture.path, access: .readOnly)
        } throws: { problem($0)?.kind == .schemaBehind }
        let path = fixture.folder.path("copy.db")
        let registry = try Registry.open(path: fixture.path, access: .copying)
        let backup = try registry.backup(to: path, isForced: false)
        #expect(backup.id == fixture.registry.id)
        // This swerve does not know what that one's chain would have to say.
        #expect(backup.audit == nil)
    }

    @Test("a copy is held against its audit chain, and made all the same")
    func edited() throws {
        let fixture = try Fixture(versions: 2)
        try fixture.change(.promote(1))
        let sound = try fixture.registry.backup(
            to: fixture.folder.path("sound.db"), isForced: false)
        #expect(sound.audit?.isClean == true)
        try fixture.tamper("UPDATE deployments SET salt = 99")
        let edited = try fixture.registry.backup(
            to: fixture.folder.path("edited.db"), isForced: false)
        let findings = try fixture.findings()
        #expect(edited.audit?.findings == findings)
        #expect(edited.audit?.isClean == false)
        #expect(
            try Registry.open(path: edited.path, access: .readOnly).id == fixture.registry.id)
    }

    @Test(
        "where no file can be made, the error names the file that was asked for",
        .enabled(if: SmallVolume.isPossible, "needs to mount"))
    func unwritable() throws {
        let fixture = try Fixture(versions: 1)
        let volume = try SmallVolume()
        try volume.makeReadOnly()
        let path = volume.folder.path("copy.db")
        let error = try #require(throws: SwerveError.self) {
            try fixture.registry.backup(to: path, isForced: false)
        }
        #expect(error.description.contains(path) && error.description.contains("Read-only"))
        #expect(!error.description.contains("swerve-tmp"), "\(error)")
    }

    @Test("a damaged registry gives no backup, and leaves nothing behind")
    func damaged() throws {
        let fixture = try Fixture(versions: 30)
        try fixture.raw().writeWithoutTransaction { _ = try $0.checkpoint(.truncate) }
        let folder = try TemporaryFolder()
        let size = try Data(contentsOf: URL(fileURLWithPath: fixture.path)).count
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: fixture.path))
        try file.seek(toOffset: UInt64(size / 2))
        try file.write(contentsOf: Data(repeating: 0xFF, count: 8_192))
        try file.close()
        #expect {
            let registry = try Registry.open(path: fixture.path, access: .copying)
            _ = try registry.backup(to: folder.path("copy.db"), isForced: false)
        } throws: { code($0) == .system && "\($0)".contains("damaged") }
        #expect(try names(folder).isEmpty)
    }
}
