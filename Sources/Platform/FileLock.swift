import CPlatform
import Glibc
package import Lifecycle

/// An exclusive lock between processes, on a file that stays behind (flock(2)).
///
/// It goes with its holder, however that ends, so there are no stale locks. The file holds the
/// process id of the last holder, for people and for the error below. It is never removed: a waiter
/// could hold the lock of a removed file while another locks its successor.
package final class FileLock: Sendable {
    package let path: String
    private let file: OwnedDescriptor

    /// Takes the lock on `path`, which is made when absent.
    ///
    /// - Parameter waiting: how long to try before `.unavailable`; zero tries once.
    /// - Note: Blocks the thread. Tried every 20 ms: flock has no timeout, and a thread parked in
    ///   it could not be called back.
    package static func acquire(
        _ path: String, waiting: Duration
    ) throws(SwerveError) -> FileLock {
        let act = "locking \(path)"
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        let descriptor = unsafe open(path, flags, 0o644)
        guard descriptor >= 0 else {
            throw SystemError.make(errno, act: act, call: "open", path: path)
        }
        let file = OwnedDescriptor(descriptor)
        let deadline = Deadline(afterMs: milliseconds(waiting))
        while true {
            let result = platform_lock_file(descriptor)
            if result >= 0 { break }
            guard result == -EWOULDBLOCK else {
                throw SystemError.make(result, act: act, call: "flock", path: path)
            }
            guard !deadline.hasPassed else {
                throw SwerveError(
                    .unavailable, act: act, reason: "held by \(holder(of: file))",
                    remedy: "wait for it, or stop it")
            }
            _ = try Poll.waitForAny([], timeoutMs: retryMs)
        }
        let lock = FileLock(path: path, file: file)
        lock.writeHolder()
        return lock
    }

    private init(path: String, file: OwnedDescriptor) {
        self.path = path
        self.file = file
    }

    /// Gives the lock up; a second call does nothing.
    ///
    /// The end of the value does the same.
    package func release() {
        guard file.isOpen else { return }
        // To close is not enough: a child that another thread is spawning at this moment has a copy
        // of the descriptor until its exec, and would hold the lock as long.
        _ = platform_unlock_file(file.raw)
        file.close()
    }

    deinit { release() }

    private static let retryMs = 20
    private static let holderBytes = 32

    private static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        let (whole, overflow) = Int(clamping: seconds).multipliedReportingOverflow(by: 1_000)
        return overflow ? .max : whole &+ Int(clamping: attoseconds / 1_000_000_000_000_000)
    }

    /// Best effort: the lock holds without it, and a full disk must not take it away.
    private func writeHolder() {
        let text = Array("\(getpid())\n".utf8)
        guard ftruncate(file.raw, 0) == 0 else { return }
        _ = unsafe text.withUnsafeBytes { unsafe pwrite(file.raw, $0.baseAddress, $0.count, 0) }
    }

    private static func holder(of file: OwnedDescriptor) -> String {
        var text = [UInt8](repeating: 0, count: holderBytes)
        let count = unsafe text.withUnsafeMutableBytes {
            unsafe pread(file.raw, $0.baseAddress, $0.count, 0)
        }
        let digits = text.prefix(max(0, count)).prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty else { return "another process" }
        return "process \(String(decoding: digits, as: UTF8.self))"
    }
}
