import Foundation
import Glibc
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Registry

/// Names, rights and owners of what a restore puts and leaves in the registry's folder.
@Suite("the files of a restored registry")
struct RestoredFileTests {
    private func link(_ path: String, as other: String) throws {
        try FileManager.default.linkItem(atPath: path, toPath: other)
    }

    private func status(_ path: String) throws -> FileStatus {
        try #require(try FileStatus.of(path))
    }

    // MARK: What a killed restore left

    @Test("the second names that a killed restore gave the registry go with the next one")
    func leavings() throws {
        let killed = try KilledRegistry()
        let left = killed.path + ".before-20261201T010203004Z"
        for suffix in ["", "-wal"] { try link(killed.path + suffix, as: left + suffix) }
        // Another restore's, with what it replaced, and somebody's own.
        let replaced = killed.path + ".before-20261130T010203004Z"
        try FileManager.default.copyItem(atPath: killed.backup, toPath: replaced)
        let own = [".before-upgrade", ".before-20261201T010203004Z.copy", ".before-"].map {
            killed.path + $0
        }
        for path in own { try link(killed.path, as: path) }
        let before = try status(killed.path)
        let trial = RegistryRestore.Terms(isTrial: true)
        _ = try Registry.restore(killed.backup, to: killed.path, trial)
        #expect(try status(left).isSameFile(as: before))
        let done = try Registry.restore(killed.backup, to: killed.path, .init())
        #expect(try FileStatus.of(left) == nil && FileStatus.of(left + "-wal") == nil)
        #expect(try status(replaced).bytes > 0)
        for path in own { #expect(try status(path).isSameFile(as: before)) }
        let kept = try #require(done.kept)
        #expect(try status(kept).isSameFile(as: before))
        #expect(try killed.versions(at: kept) == 2 && killed.versions() == 1)
    }

    @Test("also where what is there is not kept: nothing of it is left then")
    func discarded() throws {
        let killed = try KilledRegistry()
        let left = killed.path + ".before-20261201T010203004Z"
        for suffix in ["", "-wal"] { try link(killed.path + suffix, as: left + suffix) }
        _ = try Registry.restore(killed.backup, to: killed.path, .init(keepsReplaced: false))
        #expect(try killed.names().allSatisfy { !$0.contains("before") })
        #expect(try killed.versions() == 1)
    }

    @Test("a log of which such a name is the only one stays")
    func onlyName() throws {
        let killed = try KilledRegistry()
        let left = killed.path + ".before-20261201T010203004Z"
        for suffix in ["", "-wal"] { try link(killed.path + suffix, as: left + suffix) }
        // Whoever closes the registry brings its log in, and takes the log's own name away.
        try #require(
            try Registry.open(path: killed.path, access: .readWrite(create: false)).models().count
                == 1)
        try #require(try FileStatus.of(killed.path + "-wal") == nil)
        let log = try Data(contentsOf: URL(fileURLWithPath: left + "-wal"))
        let done = try Registry.restore(killed.backup, to: killed.path, .init())
        #expect(try FileStatus.of(left) == nil)
        #expect(try Data(contentsOf: URL(fileURLWithPath: left + "-wal")) == log)
        let kept = try #require(done.kept)
        #expect(try killed.versions(at: kept) == 2)
    }

    @Test("a restore that fails leaves no second name of the registry")
    func failed() throws {
        let killed = try KilledRegistry()
        let before = try killed.names()
        // Nothing can give a folder a second name.
        let obstacle = killed.path + "-journal"
        try FileManager.default.createDirectory(
            atPath: obstacle, withIntermediateDirectories: false)
        #expect(throws: SwerveError.self) {
            try Registry.restore(killed.backup, to: killed.path, .init())
        }
        try FileManager.default.removeItem(atPath: obstacle)
        #expect(try killed.names().filter { !$0.hasSuffix("-shm") } == before)
        #expect(try killed.versions() == 2)
    }

    @Test(
        "what a backup replaced is kept where its folder could not be written to the disk",
        arguments: [true, false])
    func unsynced(keepsReplaced: Bool) throws {
        let killed = try KilledRegistry()
        let failed = SwerveError(.system, act: "a test", reason: "fsync: I/O error")
        var restoring = try Restoring(
            backup: killed.backup, place: killed.path,
            terms: RegistryRestore.Terms(keepsReplaced: keepsReplaced), act: "a test")
        restoring.publish = { file throws(SwerveError) in
            try file.publish()
            throw failed
        }
        #expect(throws: failed) { try restoring.run() }
        let kept = try killed.names().filter { $0.hasSuffix("Z") }
        try #require(kept.count == 1)
        #expect(try killed.versions(at: killed.folder.path(kept[0])) == 2)
    }

    // MARK: Links

    @Test("a link to what is not there is no place for a registry: it stays, and is named")
    func dangling() throws {
        let killed = try KilledRegistry()
        let folder = killed.folder
        let links = [("lost.db", folder.path("volume/swerve.db")), ("loop.db", "loop.db")]
        for (name, target) in links {
            let path = folder.path(name)
            try FileManager.default.createSymbolicLink(
                atPath: path, withDestinationPath: target)
            func isRefused(_ act: () throws -> Void) -> Bool {
                do {
                    try act()
                    return false
                } catch {
                    return code(error) == .invalid && "\(error)".contains("symbolic link")
                }
            }
            for terms in [RegistryRestore.Terms(), .init(isForced: true), .init(isTrial: true)] {
                #expect(isRefused { _ = try Registry.restore(killed.backup, to: path, terms) })
            }
            for access in [
                RegistryAccess.readWrite(create: true), .readWrite(create: false), .readOnly,
                .artifacts, .copying,
            ] {
                #expect(isRefused { _ = try Registry.open(path: path, access: access) })
            }
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == target)
        }
        #expect(try FileStatus.of(folder.path("volume")) == nil)
    }

    @Test("a backup takes no such link's place unasked")
    func danglingBackup() throws {
        let fixture = try Fixture(versions: 1)
        let path = fixture.folder.path("copy.db")
        try FileManager.default.createSymbolicLink(
            atPath: path, withDestinationPath: fixture.folder.path("volume/copy.db"))
        #expect {
            try fixture.registry.backup(to: path, isForced: false)
        } throws: { code($0) == .refused && "\($0)".contains("the file exists") }
        #expect(
            try FileManager.default.destinationOfSymbolicLink(atPath: path).hasSuffix("copy.db"))
        _ = try fixture.registry.backup(to: path, isForced: true)
        #expect(try Registry.open(path: path, access: .readOnly).id == fixture.registry.id)
    }

    @Test("a link to a registry stays a link, and the registry that it names is replaced")
    func followed() throws {
        let killed = try KilledRegistry()
        let path = killed.folder.path("link.db")
        try FileManager.default.createSymbolicLink(
            atPath: path, withDestinationPath: killed.path)
        let done = try Registry.restore(killed.backup, to: path, .init())
        #expect(done.path == killed.path)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: path) == killed.path)
        #expect(try killed.versions() == 1)
    }

    // MARK: Rights

    @Test("where none was, a restored registry has the rights of a made one")
    func rightsOfNew() throws {
        let killed = try KilledRegistry()
        let made = killed.folder.path("made.db")
        _ = try Registry.open(path: made, access: .readWrite(create: true))
        let restored = killed.folder.path("restored.db")
        // Nobody's rights to a backup are those to a registry.
        for mode in [0o600, 0o666] {
            try FileManager.default.setAttributes(
                [.posixPermissions: mode], ofItemAtPath: killed.backup)
            _ = try Registry.restore(killed.backup, to: restored, .init())
            #expect(try status(restored).permissions == status(made).permissions)
            try FileManager.default.removeItem(atPath: restored)
        }
    }

    @Test(
        "else it has those of the one in whose place it is, whatever this process's mask takes",
        arguments: [0o600, 0o640, 0o664, 0o666])
    func rightsOfReplaced(mode: Int) throws {
        let killed = try KilledRegistry()
        try FileManager.default.setAttributes(
            [.posixPermissions: mode], ofItemAtPath: killed.path)
        let done = try Registry.restore(killed.backup, to: killed.path, .init())
        #expect(try status(killed.path).permissions == UInt32(mode))
        let kept = try #require(done.kept)
        #expect(try status(kept).permissions == UInt32(mode))
    }

    @Test(
        "and its owner and group, where this process may give it away",
        .enabled(if: geteuid() == 0, "needs root"))
    func owner() throws {
        let killed = try KilledRegistry()
        try #require(unsafe chown(killed.path, 1_234, 4_321) == 0)
        try #require(unsafe chmod(killed.path, 0o640) == 0)
        _ = try Registry.restore(killed.backup, to: killed.path, .init())
        var found = stat()
        try #require(unsafe stat(killed.path, &found) == 0)
        #expect(found.st_uid == 1_234 && found.st_gid == 4_321)
        #expect(found.st_mode & 0o777 == 0o640)
    }
}
