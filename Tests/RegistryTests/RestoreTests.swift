import Foundation
import GRDB
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import Registry

@Suite("restoring a registry")
struct RestoreTests {
    private func name(of path: String) -> String {
        String(path.split(separator: "/").last ?? "")
    }

    private static let everyAccess: [RegistryAccess] = [
        .readWrite(create: true), .readWrite(create: false), .readOnly, .artifacts, .copying,
    ]

    @Test(
        "a backup that was copied beside another file's log is opened by nobody, and stays whole",
        arguments: everyAccess)
    func copiedOver(access: RegistryAccess) throws {
        let killed = try KilledRegistry()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: killed.backup))
        try bytes.write(to: URL(fileURLWithPath: killed.path))
        let log = try Data(contentsOf: URL(fileURLWithPath: killed.path + "-wal"))
        #expect {
            try Registry.open(path: killed.path, access: access)
        } throws: {
            problem($0)?.kind == .foreignLog && "\($0)".contains("swerve.db-wal")
                && code($0) == .system
        }
        #expect(try Data(contentsOf: URL(fileURLWithPath: killed.path)) == bytes)
        #expect(try Data(contentsOf: URL(fileURLWithPath: killed.path + "-wal")) == log)
        // The same backup puts it right.
        let done = try Registry.restore(killed.backup, to: killed.path, RegistryRestore.Terms())
        #expect(try killed.versions() == 1)
        #expect(try FileStatus.of(try #require(done.kept) + "-wal")?.bytes == Int64(log.count))
    }

    @Test("a registry's own log is no other's, after a kill and beside one that writes")
    func ownLog() throws {
        let killed = try KilledRegistry()
        #expect(try killed.versions() == 2)
        let writer = try Registry.open(path: killed.path, access: .readWrite(create: false))
        #expect(writer.id == killed.id)
        #expect(try killed.versions() == 2)
    }

    @Test("the backup takes the place, and what was there is kept whole, with its newest changes")
    func restored() throws {
        let killed = try KilledRegistry()
        let bytes = try Data(contentsOf: URL(fileURLWithPath: killed.backup))
        let done = try Registry.restore(killed.backup, to: killed.path, RegistryRestore.Terms())
        #expect(done.id == killed.id && done.audit?.isClean == true)
        let (newest, replaced) = (
            try #require(done.newestChange), try #require(done.replacedChange)
        )
        #expect(newest > 0 && newest < replaced)
        #expect(try killed.versions() == 1)
        let kept = try #require(done.kept)
        #expect(kept.hasPrefix(killed.path + ".before-"))
        #expect(try killed.versions(at: kept) == 2)
        #expect(try Data(contentsOf: URL(fileURLWithPath: killed.backup)) == bytes)
        #expect(try killed.names().allSatisfy { !$0.hasSuffix(".swerve-tmp") })
        // It can be written, and restored from what was kept.
        #expect(
            try Registry.open(path: killed.path, access: .readWrite(create: false)).verifyAudit()
                .findings.isEmpty)
        _ = try Registry.restore(kept, to: killed.path, RegistryRestore.Terms(keepsReplaced: false))
        #expect(try killed.versions() == 2)
        #expect(try killed.names().filter { $0.hasSuffix("Z") } == [name(of: kept)])
    }

    @Test("a dry run and a refusal change nothing")
    func unchanged() throws {
        let killed = try KilledRegistry()
        let text = "no database, and long enough to be one"
        let damaged = try killed.folder.write("damaged.db", text)
        let stranger = try Fixture(versions: 1)
        let other = killed.folder.path("other.db")
        _ = try stranger.registry.backup(to: other, isForced: false)
        let before = try killed.names()
        func same() throws {
            // An index of the log is made by reading.
            #expect(try killed.names().filter { !$0.hasSuffix("-shm") } == before)
            #expect(try killed.versions() == 2)
        }
        let trial = try Registry.restore(
            killed.backup, to: killed.path, RegistryRestore.Terms(isTrial: true))
        #expect(trial.kept == nil && trial.audit?.isClean == true)
        try same()
        for (backup, said) in [
            (damaged, "not a SQLite database"), (other, "a backup of the registry"),
            (killed.path, "the registry itself"), (killed.path + "-wal", "of the registry's own"),
            (killed.folder.path("none.db"), "no such file"),
        ] {
            #expect {
                try Registry.restore(backup, to: killed.path, RegistryRestore.Terms())
            } throws: { "\($0)".contains(said) }
        }
        try same()
        let forced = try Registry.restore(
            other, to: killed.path, RegistryRestore.Terms(isForced: true))
        #expect(forced.id == stranger.registry.id)
    }

    @Test("what the audit chain does not bear out is restored only by force")
    func edited() throws {
        let fixture = try Fixture(versions: 2)
        try fixture.change(.promote(1))
        try fixture.tamper("UPDATE deployments SET salt = 99")
        let folder = try TemporaryFolder()
        let edited = folder.path("edited.db")
        _ = try fixture.registry.backup(to: edited, isForced: false)
        let path = folder.path("swerve.db")
        for isTrial in [true, false] {
            #expect {
                try Registry.restore(edited, to: path, RegistryRestore.Terms(isTrial: isTrial))
            } throws: { problem($0)?.kind == .backupDoubtful }
        }
        #expect(try FileStatus.of(path) == nil)
        let done = try Registry.restore(edited, to: path, RegistryRestore.Terms(isForced: true))
        #expect(done.audit?.isClean == false && done.kept == nil)
    }

    @Test("while somebody has the registry open, it is not restored", arguments: [true, false])
    func inUse(isTrial: Bool) throws {
        let fixture = try Fixture(versions: 1)
        let backup = fixture.folder.path("backup.db")
        _ = try fixture.registry.backup(to: backup, isForced: false)
        let reader = try Registry.open(path: fixture.path, access: .readOnly)
        #expect {
            try Registry.restore(backup, to: fixture.path, RegistryRestore.Terms(isTrial: isTrial))
        } throws: {
            problem($0)?.kind == .registryInUse && "\($0)".contains("has it open")
        }
        #expect(try reader.versions(of: fixture.model).count == 1)
        let names = try FileManager.default.contentsOfDirectory(atPath: fixture.folder.url.path)
        #expect(names.allSatisfy { !$0.contains("before") && !$0.hasSuffix(".swerve-tmp") })
    }

    @Test(
        "a registry that was cut to nothing is no new one, and is restored",
        arguments: [true, false])
    func emptied(hasLog: Bool) throws {
        let killed = try KilledRegistry()
        try Data().write(to: URL(fileURLWithPath: killed.path))
        if !hasLog { try FileManager.default.removeItem(atPath: killed.path + "-wal") }
        let log = try FileStatus.of(killed.path + "-wal")
        for access in Self.everyAccess {
            #expect {
                try Registry.open(path: killed.path, access: access)
            } throws: { problem($0)?.kind == .registryEmptied && "\($0)".contains("is empty") }
        }
        #expect(try FileStatus.of(killed.path)?.bytes == 0)
        #expect(try FileStatus.of(killed.path + "-wal") == log)
        _ = try Registry.restore(killed.backup, to: killed.path, RegistryRestore.Terms())
        #expect(try killed.versions() == 1)
    }

    @Test(
        "who opens a registry while another file is put in its place has that one",
        arguments: everyAccess)
    func openedMeanwhile(access: RegistryAccess) throws {
        let killed = try KilledRegistry()
        let calls = Guarded(0)
        var opening = RegistryOpening(path: killed.path, access: access)
        opening.opening = {
            let isFirst = calls.withLock { calls in
                calls += 1
                return calls == 1
            }
            guard isFirst else { return }
            do {
                _ = try Registry.restore(killed.backup, to: killed.path, RegistryRestore.Terms())
            } catch {
                Issue.record(error)
            }
        }
        let opened = try opening.run()
        #expect(calls.withLock { $0 } == 2)
        #expect(try FileStatus.of(killed.path)?.isSameFile(as: opened.file) == true)
        let count = try opened.queue.read { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM versions")
        }
        #expect(count == 1)
        try opened.queue.close()
        // Nothing of the old one lies beside the new one.
        #expect(try killed.versions() == 1)
    }

    @Test("a backup with a stored file that is not what its digest says is refused, unless forced")
    func damagedFile() throws {
        let killed = try KilledRegistry()
        var bytes = try Data(contentsOf: URL(fileURLWithPath: killed.backup))
        let place = try #require(bytes.range(of: Data("model 1".utf8)))
        bytes[place.lowerBound] = UInt8(ascii: "X")
        try bytes.write(to: URL(fileURLWithPath: killed.backup))
        for isTrial in [true, false] {
            #expect {
                try Registry.restore(
                    killed.backup, to: killed.path, RegistryRestore.Terms(isTrial: isTrial))
            } throws: {
                problem($0)?.kind == .backupDoubtful && "\($0)".contains("digest sha256:")
            }
        }
        #expect(try killed.versions() == 2)
        _ = try Registry.restore(
            killed.backup, to: killed.path, RegistryRestore.Terms(isForced: true))
        #expect(try killed.versions() == 1)
    }

    @Test("what cannot be read is not removed for a backup, unless forced")
    func discardsUnknown() throws {
        let killed = try KilledRegistry()
        let rubbish = Data("not a registry, or one that was damaged".utf8)
        try rubbish.write(to: URL(fileURLWithPath: killed.path))
        #expect {
            try Registry.restore(
                killed.backup, to: killed.path, RegistryRestore.Terms(keepsReplaced: false))
        } throws: { "\($0)".contains("may be another registry") }
        #expect(try Data(contentsOf: URL(fileURLWithPath: killed.path)) == rubbish)
        let terms = RegistryRestore.Terms(isForced: true, keepsReplaced: false)
        _ = try Registry.restore(killed.backup, to: killed.path, terms)
        #expect(try killed.versions() == 1)
    }

    @Test(
        "a change that a killed process left half written is taken back by whoever opens next",
        arguments: [RegistryAccess.readWrite(create: false), .readOnly, .artifacts, .copying])
    func halfWritten(access: RegistryAccess) throws {
        let killed = try KilledRegistry()
        let copy = killed.folder.path("copy.db")
        try FileManager.default.copyItem(atPath: killed.backup, toPath: copy)
        // A copy of both files from the middle of a change is what a kill leaves.
        let torn = killed.folder.path("torn.db")
        try DatabaseQueue(path: copy).writeWithoutTransaction { db in
            try db.execute(sql: "PRAGMA cache_size = 1; BEGIN IMMEDIATE; CREATE TABLE junk (a)")
            for _ in 0..<200 { try db.execute(sql: "INSERT INTO junk VALUES (randomblob(5000))") }
            for suffix in ["", "-journal"] {
                try FileManager.default.copyItem(atPath: copy + suffix, toPath: torn + suffix)
            }
            try db.execute(sql: "ROLLBACK")
        }
        #expect(try FileStatus.of(torn)?.bytes ?? 0 > FileStatus.of(killed.backup)?.bytes ?? 0)
        let registry = try Registry.open(path: torn, access: access)
        #expect(try FileStatus.of(torn + "-journal") == nil)
        #expect(registry.id == killed.id)
        #expect(try killed.versions(at: torn) == 1)
    }
}
