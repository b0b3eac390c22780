import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

@Suite("FileLock")
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
        #expect(error?.reason == "held by process \(ProcessInfo.processInfo.processIdentifier)")
        lock.release()
        lock.release()
        let next = try FileLock.acquire(path, waiting: .zero)
        #expect(next.path == path)
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
        var lines = LineReader(try #require(child.standardOutput), limit: 80)
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
