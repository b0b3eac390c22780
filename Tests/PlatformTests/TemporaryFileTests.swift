import Foundation
import Glibc
import Lifecycle
import Platform
import TestSupport
import Testing

@Suite("files under temporary names", .blocking)
struct TemporaryFileTests {
    private static let magic = Array("SQLite format 3\0 and more".utf8)

    private func names(in folder: TemporaryFolder) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.url.path).sorted()
    }

    /// Sets when a file was changed last.
    private func age(_ path: String, seconds: Double) throws {
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: path)
    }

    @Test("it takes its name whole, and goes with its maker where it was not published")
    func publishes() throws {
        let folder = try TemporaryFolder()
        do {
            let file = try TemporaryFile(for: folder.path("a.db"))
            try folder.write(String(file.path.split(separator: "/").last ?? ""), "whole")
            try file.publish()
            _ = try TemporaryFile(for: folder.path("b.db"))
        }
        #expect(try names(in: folder) == ["a.db"])
        #expect(try StateFile.read(folder.path("a.db"), limit: 100) == Array("whole".utf8))
        let late = try TemporaryFile(for: folder.path("a.db"))
        #expect(try !late.publishIfAbsent())
        let new = try TemporaryFile(for: folder.path("c.db"))
        #expect(try new.publishIfAbsent())
        #expect(try names(in: folder) == ["a.db", "c.db"])
    }

    @Test("what a killed process left is removed; what lives, is young, or is no such piece stays")
    func clears() throws {
        let folder = try TemporaryFolder()
        let old: [(name: String, bytes: [UInt8], seconds: Double)] = [
            (".x.db.1-1.swerve-tmp", Self.magic, 4_000),
            (".young.db.1-2.swerve-tmp", Self.magic, 60),
            (".list.1-3.swerve-tmp", Array("a,b\n".utf8), 400_000),
            (".none.db.1-4.swerve-tmp", [], 4_000), (".empty.db.1-5.swerve-tmp", [], 90_000),
            ("x.swerve-tmp", Self.magic, 4_000), (".x.db.1-1.swerve-tmp-journal", [1], 4_000),
        ]
        for piece in old {
            try folder.write(piece.name, piece.bytes)
            try age(folder.path(piece.name), seconds: piece.seconds)
        }
        // One that is being made for long.
        let living = try TemporaryFile(for: folder.path("living.db"))
        let name = String(living.path.split(separator: "/").last ?? "")
        let handle = try #require(FileHandle(forUpdatingAtPath: living.path))
        try handle.write(contentsOf: Self.magic)
        try handle.close()
        try age(living.path, seconds: 400_000)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path(".link.1-6.swerve-tmp"), withDestinationPath: folder.path(name))
        let other = try TemporaryFile(for: folder.path("other.db"))
        other.remove()
        #expect(
            try Set(names(in: folder)) == [
                name, ".young.db.1-2.swerve-tmp", ".list.1-3.swerve-tmp",
                ".none.db.1-4.swerve-tmp", "x.swerve-tmp", ".link.1-6.swerve-tmp",
            ])
        withExtendedLifetime(living) {}
    }

    @Test("the bytes that another open file has locked are not to be had, and its process is named")
    func rangeLock() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a", "content")
        let range: Range<Int64> = 1_000..<1_010
        let lock = try RangeLock.acquire(path, range, waitMs: 0, act: "trying")
        #expect {
            try RangeLock.acquire(path, 1_005..<2_000, waitMs: 0, act: "trying")
        } throws: { code($0) == .unavailable && "\($0)".contains("has it open") }
        try RangeLock.acquire(path, 1_010..<2_000, waitMs: 0, act: "trying").release()
        lock.release()
        try RangeLock.acquire(path, range, waitMs: 0, act: "trying").release()
        // As SQLite locks: the process can be named.
        let descriptor = unsafe open(path, O_RDWR)
        defer { close(descriptor) }
        var own = flock()
        own.l_type = Int16(F_RDLCK)
        own.l_whence = Int16(SEEK_SET)
        own.l_start = 1_005
        own.l_len = 1
        try #require(unsafe fcntl(descriptor, F_SETLK, &own) == 0)
        #expect {
            try RangeLock.acquire(path, range, waitMs: 0, act: "trying")
        } throws: { "\($0)".contains("process \(getpid()) has it open") }
    }

    @Test("who waits for a file's bytes gets those of the file that has the name by then")
    func rangeLockOfReplaced() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("a", "old")
        let range: Range<Int64> = 1_000..<1_010
        let old = try RangeLock.acquire(path, range, waitMs: 0, act: "trying")
        let taken = Guarded<RangeLock?>(nil)
        let waiter = OSThread(name: "waiter") {
            let lock = try? RangeLock.acquire(
                path, range, waitMs: 60_000, act: "trying")
            taken.withLock { $0 = lock }
        }
        // Once it has the old file open as well.
        while try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").count(where: {
            (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))
                == path
        }) < 2 {
            try #require(taken.withLock { $0 == nil })
        }
        try StateFile.write(path, Array("new".utf8))
        old.release()
        waiter.join()
        #expect(taken.withLock { $0 != nil })
        #expect {
            try RangeLock.acquire(path, range, waitMs: 0, act: "trying")
        } throws: { code($0) == .unavailable }
    }
}
