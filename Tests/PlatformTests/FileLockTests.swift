import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

@Suite("FileLock", .blocking)
struct FileLockTests {
    @Test("a second holder is refused, is told who holds it, and gets it after the release")
    func exclusive() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("registry.lock")
        let lock = try FileLock.acquire(path, waiting: .zero)
        let error = #expect(throws: SwerveError.self) {
            try FileLock.acquire(path, waiting: .milliseconds(1))
        }
        #expect(error?.code == .unavailable)
        #expect(
            error?.reason.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
        lock.release()
        lock.release()
        let next = try FileLock.acquire(path, waiting: .zero)
        #expect(next.path == path)
    }

    @Test("nobody else may open the file, nor take the lock of one that an older swerve left open")
    func rights() throws {
        let folder = try TemporaryFolder()
        func mode(_ path: String) throws -> UInt32? { try FileStatus.of(path)?.permissions }
        let new = folder.path("new")
        try FileLock.acquire(new, waiting: .zero).release()
        #expect(try mode(new) == 0o600)
        let older = try folder.write("older", "17")
        try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: older)
        try FileLock.acquire(older, waiting: .zero).release()
        #expect(try mode(older) == 0o600)
        try FileLock.acquire(older, waiting: .zero, permissions: 0o660).release()
        #expect(try mode(older) == 0o660)
    }

    @Test("a holder that wrote nothing into the file is not taken for the last one that did")
    func holder() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("lock")
        try FileLock.acquire(path, waiting: .zero).release()
        let own = ProcessInfo.processInfo.processIdentifier
        var command = ChildCommand(
            executable: "/usr/bin/flock",
            arguments: ["-x", path, "/bin/sh", "-c", "echo held; read x"])
        command.standardInput = .pipe
        command.standardOutput = .pipe
        let child = try ChildProcess.spawn(command)
        var lines = PipeLineReader(try #require(child.standardOutput), limit: 80)
        #expect(try lines.next(timeoutMs: Shell.patienceMs, act: "") == Array("held".utf8))
        let error = #expect(throws: SwerveError.self) {
            try FileLock.acquire(path, waiting: .zero)
        }
        let reason = try #require(error?.reason)
        #expect(reason.hasPrefix("held by "))
        #expect(!reason.hasPrefix("held by process \(own)"), "\(reason)")
        child.standardInput?.close()
        #expect(try child.wait(timeoutMs: Shell.patienceMs) != nil)
    }

    @Test("a waiter gets the lock when its holder lets go")
    func waiting() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("lock")
        let lock = try FileLock.acquire(path, waiting: .zero)
        let started = try EventFD()
        let got = try EventFD()
        let thread = OSThread(name: "waiter") {
            started.signal()
            if (try? FileLock.acquire(path, waiting: .seconds(60))) != nil { got.signal() }
        }
        _ = try Poll.waitForAny([started.descriptor], timeoutMs: nil)
        #expect(got.drain() == 0)
        lock.release()
        thread.join()
        #expect(got.drain() == 1)
    }

    @Test("the lock of a killed process is free at once")
    func killedHolder() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("lock")
        // The child holds the lock through its standard input, as flock(1) would.
        var command = ChildCommand(
            executable: "/usr/bin/flock",
            arguments: ["-x", path, "/bin/sh", "-c", "echo held; read x"])
        command.standardInput = .pipe
        command.standardOutput = .pipe
        let child = try ChildProcess.spawn(command)
        var lines = PipeLineReader(try #require(child.standardOutput), limit: 80)
        #expect(try lines.next(timeoutMs: Shell.patienceMs, act: "") == Array("held".utf8))
        #expect(throws: SwerveError.self) { try FileLock.acquire(path, waiting: .zero) }
        child.standardInput?.close()
        #expect(try child.wait(timeoutMs: Shell.patienceMs) != nil)
        #expect(try FileLock.acquire(path, waiting: .zero).path == path)
    }

    @Test("a folder that is not there is named")
    func missingFolder() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("absent/lock")
        let error = #expect(throws: SwerveError.self) {
            try FileLock.acquire(path, waiting: .zero)
        }
        #expect(error?.code == .notFound)
        #expect(error?.act == "locking \(path)")
    }
}
