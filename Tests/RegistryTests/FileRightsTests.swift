import Foundation
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

/// Who may read a registry's copies, and what is read where nothing may be written.
@Suite("the rights of a registry's files")
struct FileRightsTests {
    @Test(
        "a backup is open to nobody to whom the registry is not", arguments: [0o600, 0o640, 0o644])
    func backup(mode: Int) throws {
        let fixture = try Fixture(versions: 1)
        try FileManager.default.setAttributes(
            [.posixPermissions: mode], ofItemAtPath: fixture.path)
        let copy = fixture.folder.path("copy.db")
        _ = try fixture.registry.backup(to: copy, isForced: false)
        let found = try #require(try FileStatus.of(copy)).permissions
        #expect(found & ~UInt32(mode) == 0 && found & 0o600 == 0o600)
    }

    @Test(
        "a registry on a read-only file system is read, and not changed",
        .enabled(if: SmallVolume.isPossible, "needs to mount"))
    func readOnly() throws {
        let volume = try SmallVolume(kilobytes: 4_096)
        let path = volume.folder.path("swerve #1?.db")
        let fixture = try Fixture(versions: 2)
        _ = try fixture.registry.backup(to: path, isForced: false)
        // As a registry is left by its last writer.
        try #require(
            try Registry.open(path: path, access: .readWrite(create: false)).models().count == 1)
        try volume.makeReadOnly()
        let registry = try Registry.open(path: path, access: .readOnly)
        #expect(try registry.versions(of: fixture.model).count == 2)
        #expect(try registry.verifyAudit().findings == [])
        #expect(registry.path.hasSuffix("swerve #1?.db"))
        let copy = fixture.folder.path("copy.db")
        _ = try registry.backup(to: copy, isForced: false)
        #expect(try Registry.open(path: copy, access: .readOnly).id == fixture.registry.id)
        let error = try #require(throws: SwerveError.self) {
            try Registry.open(path: path, access: .readWrite(create: false))
                .setAlias(AliasName("a"), to: fixture.reference(1), note: Fixture.note)
        }
        #expect(error.code == .system && !error.remedy.contains("URL"), "\(error)")
    }

    @Test(
        "changes beside it that are not in the file yet are not passed over",
        .enabled(if: SmallVolume.isPossible, "needs to mount"))
    func liveLog() throws {
        let volume = try SmallVolume(kilobytes: 4_096)
        let fixture = try Fixture(versions: 2)
        // A writer that ended in the middle: file and log, and no index of the log.
        for suffix in ["", "-wal"] {
            try FileManager.default.copyItem(
                atPath: fixture.path + suffix, toPath: volume.folder.path("swerve.db" + suffix))
        }
        try volume.makeReadOnly()
        do {
            let registry = try Registry.open(
                path: volume.folder.path("swerve.db"), access: .readOnly)
            #expect(try registry.versions(of: fixture.model).count == 2)
        } catch {
            #expect(code(error) == .unavailable && "\(error)".contains("-wal"), "\(error)")
        }
    }
}
