import Glibc
package import Lifecycle
import Synchronization

/// Files that a crash must find whole: the old content or the new, never a part.
package enum StateFile {
    /// Replaces `path` by `bytes`, or leaves it as it was.
    ///
    /// A temporary file in the same folder, fsync, rename, fsync of the folder: after the return a
    /// power cut finds the new content. Costs two waits for the disk; call it off the poll thread.
    /// Writers of the same path do not disturb each other, and the last one wins.
    ///
    /// - Parameter permissions: the owner's alone, if nothing else is said: models, notes and
    ///   lineage are no more everybody's than the registry is.
    /// - Throws: with the path, the system's words and a remedy; a full disk is `.system`;
    ///   `.invalid` for a device, a folder or anything else that is no file.
    package static func write(
        _ path: String, _ bytes: [UInt8], permissions: UInt32 = 0o600
    ) throws(SwerveError) {
        let act = "writing \(path)"
        try checkReplaceable(path)
        let temporary = temporaryName(for: path)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let descriptor = unsafe open(temporary, flags, permissions)
        guard descriptor >= 0 else {
            throw SystemError.make(errno, act: act, call: "open \(temporary)", path: path)
        }
        let file = OwnedDescriptor(descriptor)
        do throws(SwerveError) {
            try fill(file, with: bytes, act: act, path: path)
            file.close()
            guard unsafe rename(temporary, path) == 0 else {
                throw SystemError.make(errno, act: act, call: "rename", path: path)
            }
        } catch {
            file.close()
            _ = unsafe unlink(temporary)
            throw error
        }
        try syncFolder(split(path).folder, act: act)
    }

    /// A link to a file is replaced by one, and what it leads to stays.
    ///
    /// - Throws: `.invalid` for a device, a folder or anything else that is no file, and for a link
    ///   to such a thing, as `/dev/stdout` is.
    package static func checkReplaceable(_ path: String) throws(SwerveError) {
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { return }
        var isFile = status.st_mode & S_IFMT == S_IFREG
        if status.st_mode & S_IFMT == S_IFLNK {
            // Whatever the links of the system's own folders lead to just now.
            let isSystems = ["/dev/", "/proc/", "/sys/"].contains { path.hasPrefix($0) }
            isFile =
                unsafe !isSystems
                && (stat(path, &status) != 0 || status.st_mode & S_IFMT == S_IFREG)
        }
        guard !isFile else { return }
        throw SwerveError(
            .invalid, act: "writing \(path)", reason: "it is there, and is no file",
            remedy: "name a file, or one that is not there yet")
    }

    /// A name beside `path` for a file that `publish` puts in its place.
    package static func temporaryName(for path: String) -> String {
        let (folder, name) = split(path)
        let stem = String(name.unicodeScalars.prefix(stemScalars))
        return "\(folder)/.\(stem).\(getpid())-\(nextNumber())\(temporarySuffix)"
    }

    /// Makes the empty file `temporary`, of `temporaryName`, for somebody else to fill.
    ///
    /// - Throws: in terms of `path`, which its reader knows; the temporary name says nothing.
    package static func reserve(
        _ temporary: String, for path: String, permissions: UInt32 = 0o600
    ) throws(SwerveError) {
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        let descriptor = unsafe open(temporary, flags, permissions)
        guard descriptor >= 0 else {
            throw SystemError.make(
                errno, act: "making a file beside \(path)", call: "open", path: path)
        }
        OwnedDescriptor(descriptor).close()
    }

    /// Puts a finished file of `temporaryName` in the place of `path`: fsync, rename, fsync of the
    /// folder.
    package static func publish(_ temporary: String, as path: String) throws(SwerveError) {
        let act = "writing \(path)"
        let descriptor = unsafe open(temporary, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            throw SystemError.make(errno, act: act, call: "open \(temporary)", path: path)
        }
        let file = OwnedDescriptor(descriptor)
        guard fsync(file.raw) == 0 else {
            throw SystemError.make(errno, act: act, call: "fsync", path: path)
        }
        guard unsafe rename(temporary, path) == 0 else {
            throw SystemError.make(errno, act: act, call: "rename", path: path)
        }
        try syncFolder(split(path).folder, act: act)
    }

    /// Gives the file at `path` a second name.
    ///
    /// - Returns: false where a file has that name already.
    package static func link(_ path: String, as other: String) throws(SwerveError) -> Bool {
        if unsafe Glibc.link(path, other) == 0 { return true }
        let number = errno
        guard number != EEXIST else { return false }
        throw SystemError.make(
            number, act: "keeping \(path) as \(other)", call: "link", path: other)
    }

    /// Waits until the names in the folder of `path` are on the disk.
    package static func syncNames(beside path: String) throws(SwerveError) {
        try syncFolder(split(path).folder, act: "writing \(path)")
    }

    /// The whole of a file of at most `limit` bytes.
    ///
    /// - Parameter followsLinks: whether `path` itself may be a symbolic link.
    /// - Throws: `.notFound` where there is none, `.tooLarge` above the limit (before anything is
    ///   allocated, where the file tells its size), `.invalid` for what is not a regular file.
    package static func read(
        _ path: String, limit: Int, followsLinks: Bool = true
    ) throws(SwerveError) -> [UInt8] {
        let act = "reading \(path)"
        // Non-blocking, or a fifo in the place of the file would hold the caller for ever.
        let flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | (followsLinks ? 0 : O_NOFOLLOW)
        let descriptor = unsafe open(path, flags)
        guard descriptor >= 0 else {
            let number = errno
            guard followsLinks || number != ELOOP else {
                throw SwerveError(.invalid, act: act, reason: "a symbolic link, not a regular file")
            }
            throw SystemError.make(
                number, act: act, call: "open", path: path, isReading: true)
        }
        let file = OwnedDescriptor(descriptor)
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw SystemError.make(errno, act: act, call: "fstat", path: path)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SwerveError(.invalid, act: act, reason: "not a regular file")
        }
        let tooLarge = SwerveError(.tooLarge, act: act, reason: "more than \(limit) bytes")
        guard status.st_size <= limit else { throw tooLarge }
        // One more than the file says, so that its growth shows; /proc says 0 for all of its files.
        var bytes = [UInt8](repeating: 0, count: max(Int(status.st_size) + 1, firstReadBytes))
        var used = 0
        while let count = try file.fill(&bytes, from: used), count > 0 {
            used += count
            guard used <= limit else { throw tooLarge }
            if used == bytes.count {
                bytes.append(contentsOf: repeatElement(0, count: min(used, limit + 1 - used)))
            }
        }
        bytes.removeLast(bytes.count - used)
        return bytes
    }

    /// Makes the folder `path` and those above it; existing ones are fine.
    package static func makeFolder(
        _ path: String, permissions: UInt32 = 0o700
    ) throws(SwerveError) {
        let act = "making folder \(path)"
        var made = path.hasPrefix("/") ? "/" : ""
        for part in path.split(separator: "/") {
            made += made.isEmpty || made == "/" ? part : "/\(part)"
            if unsafe mkdir(made, permissions) == 0 { continue }
            let number = errno
            var status = stat()
            // Not by EEXIST alone: a read-only or foreign folder above answers otherwise though the
            // folder exists.
            guard unsafe stat(made, &status) == 0 else {
                guard number != EEXIST else {
                    throw SwerveError(
                        .notFound, act: act,
                        reason: "\(made) is a symbolic link to what is not there",
                        remedy: "make the folder that it names, or remove the link")
                }
                throw SystemError.make(number, act: act, call: "mkdir \(made)", path: made)
            }
            guard status.st_mode & S_IFMT == S_IFDIR else {
                throw SystemError.make(ENOTDIR, act: act, call: "mkdir \(made)", path: made)
            }
        }
    }

    /// Takes from group and others what they may do with a file or folder that is there and this
    /// user's; what is not there, a link, or not this user's stays as it is.
    package static func tighten(_ path: String) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
        guard descriptor >= 0 else { return }
        let file = OwnedDescriptor(descriptor)
        var status = stat()
        guard unsafe fstat(file.raw, &status) == 0, status.st_uid == geteuid(),
            status.st_mode & 0o077 != 0
        else { return }
        _ = fchmod(file.raw, status.st_mode & 0o700)
    }

    /// Removes `path`; false where there was none.
    @discardableResult
    package static func remove(_ path: String) throws(SwerveError) -> Bool {
        if unsafe unlink(path) == 0 { return true }
        let number = errno
        guard number == ENOENT else {
            throw SystemError.make(number, act: "removing \(path)", call: "unlink", path: path)
        }
        return false
    }

    /// Whether `name` (without a folder) is a temporary file of `write`, left by a crash unless a
    /// writer is at work; a cleaner should remove only old ones.
    package static func isTemporary(_ name: String) -> Bool {
        name.hasPrefix(".") && name.hasSuffix(temporarySuffix)
    }

    private static let temporarySuffix = ".swerve-tmp"
    /// So much of a long name that the temporary one is no longer than a file system allows.
    private static let stemScalars = 40
    private static let firstReadBytes = 4_096
    private static let number = Atomic<Int>(0)

    private static func nextNumber() -> Int {
        number.wrappingAdd(1, ordering: .relaxed).newValue
    }

    static func split(_ path: String) -> (folder: String, name: Substring) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path[...]) }
        let folder = slash == path.startIndex ? "/." : String(path[..<slash])
        return (folder, path[path.index(after: slash)...])
    }

    private static func fill(
        _ file: OwnedDescriptor, with bytes: [UInt8], act: String, path: String
    ) throws(SwerveError) {
        try file.write(bytes, act: act, path: path)
        guard fsync(file.raw) == 0 else {
            throw SystemError.make(errno, act: act, call: "fsync", path: path)
        }
    }

    private static func syncFolder(_ folder: String, act: String) throws(SwerveError) {
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw SystemError.make(errno, act: act, call: "open \(folder)", path: folder)
        }
        let opened = OwnedDescriptor(descriptor)
        guard fsync(opened.raw) == 0 else {
            throw SystemError.make(errno, act: act, call: "fsync \(folder)", path: folder)
        }
    }
}
