import Glibc
package import Lifecycle

/// A file that is being made beside the one that it is to be, under a temporary name: for what
/// takes long, as the copy of a database.
///
/// It is locked as long as its maker lives (flock(2), which goes with the process), so pieces of
/// processes that were killed are told from those at work: each maker removes such of the folder.
package final class TemporaryFile: Sendable {
    package let path: String
    private let target: String
    private let lock: OwnedDescriptor
    private let isDone = Guarded(false)

    /// Makes an empty file beside `target`.
    ///
    /// - Parameter permissions: less what the process's mask takes.
    /// - Throws: in terms of `target`, which its reader knows; the temporary name says nothing.
    package init(for target: String, permissions: UInt32 = 0o600) throws(SwerveError) {
        let act = "making a file beside \(target)"
        let temporary = StateFile.temporaryName(for: target)
        let flags = O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let descriptor = unsafe open(temporary, flags, permissions)
        guard descriptor >= 0 else {
            throw SystemError.make(errno, act: act, call: "open", path: target)
        }
        path = temporary
        self.target = target
        lock = OwnedDescriptor(descriptor)
        // Without locks on this file system, nobody else takes it for left behind either.
        _ = FileLock.isFree(lock)
        Self.clear(beside: target)
    }

    deinit { remove() }

    /// Makes it the owner's of `other`, where this process may: what root makes, a service is to
    /// read.
    package func own(as other: String) {
        var status = stat()
        guard geteuid() == 0, unsafe stat(other, &status) == 0 else { return }
        _ = fchown(lock.raw, status.st_uid, status.st_gid)
    }

    /// Gives it the owner, the group and the rights of the file at `path`, as far as this process
    /// may.
    ///
    /// Where the group stays this process's own, it may do what everybody may, and no more: nobody
    /// is let in who was not.
    package func takeRights(of path: String) throws(SwerveError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw SystemError.make(
                errno, act: "looking at \(path)", call: "stat", path: path, isReading: true)
        }
        var mode = status.st_mode & 0o777
        if fchown(lock.raw, status.st_uid, status.st_gid) != 0,
            fchown(lock.raw, .max, status.st_gid) != 0
        {
            mode &= ~0o070 | (mode & 0o007) << 3
        }
        guard fchmod(lock.raw, mode) == 0 else {
            throw SystemError.make(
                errno, act: "making a file beside \(target)", call: "fchmod", path: target)
        }
    }

    /// Puts it, whole, in the place of its target: fsync, rename, fsync of the folder.
    package func publish() throws(SwerveError) {
        try StateFile.publish(path, as: target)
        isDone.withLock { $0 = true }
    }

    /// Gives it its target's name where nothing has it.
    ///
    /// - Returns: false where something has.
    package func publishIfAbsent() throws(SwerveError) -> Bool {
        let act = "writing \(target)"
        guard fsync(lock.raw) == 0 else {
            throw SystemError.make(errno, act: act, call: "fsync", path: target)
        }
        let isMade = try StateFile.link(path, as: target)
        if isMade { try StateFile.syncNames(beside: target) }
        remove()
        return isMade
    }

    /// Takes it away, with what SQLite makes beside it, unless it was published.
    package func remove() {
        let isDone = isDone.withLock { isDone in
            defer { isDone = true }
            return isDone
        }
        guard !isDone else { return }
        Self.remove(path)
    }

    private static func remove(_ path: String) {
        // The piece itself last: by it the others are found.
        for suffix in SQLiteFile.companions + [""] { _ = try? StateFile.remove(path + suffix) }
    }

    /// Removes what processes that are no more left of databases in the folder of `target`.
    ///
    /// Some at most; others' files, and what cannot be looked at, stay.
    package static func clear(beside target: String) {
        let folder = StateFile.split(target).folder
        guard let names = try? FolderListing.names(in: folder, limit: namesMax) else { return }
        var removed = 0
        for name in names where StateFile.isTemporary(name) && removed < removedMax {
            let path = "\(folder)/\(name)"
            guard isLeft(path) else { continue }
            remove(path)
            removed += 1
        }
    }

    /// Whether it is a piece of a database, or empty, that nobody makes any more.
    private static func isLeft(_ path: String) -> Bool {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_uid == geteuid()
        else { return false }
        // Behind its making a file is without its lock for a moment.
        let agedS = WallClock.nowMs / 1_000 - Int64(status.st_mtim.tv_sec)
        guard agedS >= (status.st_size == 0 ? emptyS : filledS) else { return false }
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return false }
        let file = OwnedDescriptor(descriptor)
        guard FileLock.isFree(file) else { return false }
        guard status.st_size > 0 else { return true }
        var bytes = [UInt8](repeating: 0, count: SQLiteFile.magic.count)
        guard let count = try? file.fill(&bytes, from: 0), count == bytes.count else {
            return false
        }
        return bytes == SQLiteFile.magic
    }

    private static let namesMax = 10_000
    private static let removedMax = 100
    private static let filledS: Int64 = 3_600
    /// A release before makes them without a lock, and fills them at once.
    private static let emptyS: Int64 = 86_400
}
