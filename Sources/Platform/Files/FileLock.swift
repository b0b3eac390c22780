import CPlatform
import Glibc
package import Lifecycle

/// An exclusive lock between processes, on a file that stays behind (flock(2)).
///
/// It goes with its holder, however that ends, so there are no stale locks. The file holds the
/// process id of the last holder, for people and for the error below. It is never removed: a waiter
/// could hold the lock of a removed file while another locks its successor.
///
/// Whoever may open the file, if only to read, may take the lock and keep it: so nobody may who may
/// not do what it guards.
package final class FileLock: Sendable {
    package let path: String
    private let file: OwnedDescriptor

    /// Takes the lock on `path`, which is made when absent.
    ///
    /// - Parameters:
    ///   - waiting: how long to try before `.unavailable`; zero tries once.
    ///   - permissions: the file's rights from now on, where it is this user's.
    /// - Note: Blocks the thread. Tried every 20 ms: flock has no timeout, and a thread parked in
    ///   it could not be called back.
    package static func acquire(
        _ path: String, waiting: Duration, permissions: UInt32 = ownerAlone
    ) throws(SwerveError) -> FileLock {
        let act = "locking \(path)"
        let flags = O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW
        let descriptor = unsafe open(path, flags, ownerAlone)
        guard descriptor >= 0 else {
            throw SystemError.make(errno, act: act, call: "open", path: path)
        }
        let file = OwnedDescriptor(descriptor)
        restrict(file, to: permissions)
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

    /// Takes the lock of an open file, where nobody has it, for as long as the file is open.
    static func isFree(_ file: OwnedDescriptor) -> Bool { platform_lock_file(file.raw) >= 0 }

    /// The default of `permissions`.
    package static let ownerAlone: UInt32 = 0o600

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

    /// Best effort: another user's file keeps its rights.
    private static func restrict(_ file: OwnedDescriptor, to permissions: UInt32) {
        var status = stat()
        guard unsafe fstat(file.raw, &status) == 0, status.st_uid == geteuid(),
            status.st_mode & 0o7777 != permissions
        else { return }
        _ = fchmod(file.raw, permissions)
    }

    /// What is known: the kernel's word where it gives one, else who had the lock last, who need
    /// not be the one that has it now.
    private static func holder(of file: OwnedDescriptor) -> String {
        if let holder = kernelsHolder(of: file) { return "process \(holder)" }
        var text = [UInt8](repeating: 0, count: holderBytes)
        let count = unsafe text.withUnsafeMutableBytes {
            unsafe pread(file.raw, $0.baseAddress, $0.count, 0)
        }
        let digits = text.prefix(max(0, count)).prefix { (0x30...0x39).contains($0) }
        guard !digits.isEmpty else { return "another process" }
        return "another process (the last swerve that had it was process "
            + "\(String(decoding: digits, as: UTF8.self)))"
    }

    /// The process that took the lock, by `/proc/locks`; nil where that does not tell, as for a
    /// process of another container.
    private static func kernelsHolder(of file: OwnedDescriptor) -> Int? {
        var status = stat()
        guard unsafe fstat(file.raw, &status) == 0,
            let text = try? StateFile.read("/proc/locks", limit: locksBytes)
        else { return nil }
        let device = UInt64(status.st_dev)
        let major = ((device >> 8) & 0xfff) | ((device >> 32) & ~0xfff)
        let minor = (device & 0xff) | ((device >> 12) & ~0xff)
        for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
            let words = line.split(separator: " ")
            // As in `1: FLOCK ADVISORY WRITE 4242 08:01:131074 0 EOF`; a waiter has `->` second.
            guard words.count >= 6, words[1] == "FLOCK", let process = Int(words[4]), process > 0
            else { continue }
            let place = words[5].split(separator: ":")
            guard place.count == 3, UInt64(place[0], radix: 16) == major,
                UInt64(place[1], radix: 16) == minor, UInt64(place[2]) == UInt64(status.st_ino)
            else { continue }
            return process
        }
        return nil
    }

    private static let locksBytes = 1 << 20
}
