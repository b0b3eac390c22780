import Glibc
package import Lifecycle

/// What stands at a path.
package struct FileStatus: Sendable, Equatable {
    package let bytes: Int64
    package let isRegular: Bool
    /// The rights of owner, group and others, `0o644` and the like.
    package let permissions: UInt32
    /// When it was changed, its content or its rights, in nanoseconds.
    private let changedNs: Int64
    /// Tells files apart whatever they are called.
    private let device: UInt64
    private let node: UInt64

    /// Symbolic links are followed; nil where there is nothing.
    package static func of(_ path: String) throws(SwerveError) -> FileStatus? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            let number = errno
            guard number != ENOENT else { return nil }
            throw SystemError.make(
                number, act: "looking at \(path)", call: "stat", path: path, isReading: true)
        }
        return FileStatus(
            bytes: Int64(status.st_size), isRegular: status.st_mode & S_IFMT == S_IFREG,
            permissions: status.st_mode & 0o777,
            changedNs: Int64(status.st_ctim.tv_sec) &* 1_000_000_000
                &+ Int64(status.st_ctim.tv_nsec),
            device: UInt64(status.st_dev), node: UInt64(status.st_ino))
    }

    /// Whether `path` is a symbolic link that leads nowhere, or back to itself.
    package static func isLostLink(_ path: String) -> Bool {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK,
            unsafe stat(path, &status) != 0
        else { return false }
        return errno == ENOENT || errno == ELOOP
    }

    /// Whether two paths are names of one file, and none is a symbolic link.
    package static func areSame(_ path: String, _ other: String) -> Bool {
        var (found, there) = (stat(), stat())
        return unsafe lstat(path, &found) == 0 && lstat(other, &there) == 0
            && found.st_mode & S_IFMT == S_IFREG && found.st_dev == there.st_dev
            && found.st_ino == there.st_ino
    }

    /// The first folder on the way to `path` that this user may not look into; nil where there is
    /// none, so that what is not found is not there.
    package static func closedFolder(above path: String) -> String? {
        guard path.utf8.count <= longestPath, !path.utf8.contains(0) else { return nil }
        var folder = path.hasPrefix("/") ? "/" : "."
        for part in path.split(separator: "/") {
            // Before the part is looked for in it.
            guard unsafe access(folder, X_OK) == 0 else {
                return errno == EACCES ? folder : nil
            }
            folder = folder == "/" ? "/\(part)" : folder == "." ? String(part) : "\(folder)/\(part)"
        }
        return nil
    }

    private static let longestPath = 4_096

    /// Rights to read and write for the owner, and for those of group and others who may write the
    /// file.
    package var writers: UInt32 {
        0o600 | (permissions & 0o020 != 0 ? 0o060 : 0) | (permissions & 0o002 != 0 ? 0o006 : 0)
    }

    /// When it was changed, its content or its rights, in milliseconds since 1970.
    package var changedAtMs: Int64 { changedNs / 1_000_000 }

    package func isSameFile(as other: FileStatus) -> Bool {
        device == other.device && node == other.node
    }
}
