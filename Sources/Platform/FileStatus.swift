import Glibc
package import Lifecycle

/// What stands at a path.
package struct FileStatus: Sendable, Equatable {
    package let bytes: Int64
    package let isRegular: Bool
    /// Tells files apart whatever they are called.
    private let device: UInt64
    private let node: UInt64

    /// Symbolic links are followed; nil where there is nothing.
    package static func of(_ path: String) throws(SwerveError) -> FileStatus? {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            let number = errno
            guard number != ENOENT else { return nil }
            throw SystemError.make(number, act: "looking at \(path)", call: "stat", path: path)
        }
        return FileStatus(
            bytes: Int64(status.st_size), isRegular: status.st_mode & S_IFMT == S_IFREG,
            device: UInt64(status.st_dev), node: UInt64(status.st_ino))
    }

    package func isSameFile(as other: FileStatus) -> Bool {
        device == other.device && node == other.node
    }
}
