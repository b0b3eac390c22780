import CPlatform
import Glibc
package import Lifecycle

/// An exclusive lock of some bytes of a file, against every process that locks them, as SQLite does
/// with a database that it has open.
///
/// It goes with its holder, and is of the file that has the path once it is there: who waits while
/// another file is put in its place waits for that one's. Not for a file that this process has open
/// itself through SQLite: to close any descriptor of a file gives up the process's own locks of the
/// other kind (fcntl(2)).
package final class RangeLock: Sendable {
    private let file: OwnedDescriptor

    /// - Parameters:
    ///   - path: of a file that is there, and that this user may write.
    ///   - waitMs: how long to try before `.unavailable`; 0 tries once.
    /// - Note: Blocks the thread. Tried every 20 ms.
    package static func acquire(
        _ path: String, _ range: Range<Int64>, waitMs: Int, act: String
    ) throws(SwerveError) -> RangeLock {
        let deadline = Deadline(afterMs: waitMs)
        while true {
            let lock = try acquire(path, range, until: deadline, act: act)
            if lock.isAt(path) { return lock }
        }
    }

    private static func acquire(
        _ path: String, _ range: Range<Int64>, until deadline: Deadline, act: String
    ) throws(SwerveError) -> RangeLock {
        let descriptor = unsafe open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw SystemError.make(errno, act: act, call: "open \(path)", path: path)
        }
        let file = OwnedDescriptor(descriptor)
        let count = range.upperBound - range.lowerBound
        while true {
            let result = platform_lock_range(file.raw, range.lowerBound, count)
            if result >= 0 { return RangeLock(file: file) }
            guard result == -EAGAIN else {
                throw SystemError.make(result, act: act, call: "fcntl", path: path)
            }
            guard !deadline.hasPassed else { break }
            _ = try Poll.waitForAny([], timeoutMs: retryMs)
        }
        var process: Int32 = 0
        _ = unsafe platform_range_holder(file.raw, range.lowerBound, count, &process)
        throw SwerveError(
            .unavailable, act: act,
            reason: process > 0
                ? "process \(process) has it open" : "another process has it open")
    }

    private func isAt(_ path: String) -> Bool {
        var (held, present) = (stat(), stat())
        return unsafe fstat(file.raw, &held) == 0 && stat(path, &present) == 0
            && held.st_dev == present.st_dev && held.st_ino == present.st_ino
    }

    private init(file: OwnedDescriptor) { self.file = file }

    deinit { release() }

    /// Gives it up; a second call does nothing.
    package func release() { file.close() }

    private static let retryMs = 20
}
