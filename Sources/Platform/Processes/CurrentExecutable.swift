import Glibc
package import Lifecycle

/// The program that this process runs.
package enum CurrentExecutable {
    /// Runs the very same program as a child, even where an upgrade has replaced or removed the
    /// file since: old and new are never mixed in one service.
    ///
    /// The child's short name in `ps` is `exe` until it calls `OSThread.nameCurrent`.
    package static let spawnPath = "/proc/self/exe"

    /// Where the program lies, for people; ends in ` (deleted)` when its file was replaced.
    package static func path() throws(SwerveError) -> String {
        var bytes = [UInt8](repeating: 0, count: pathBytes)
        let count = unsafe bytes.withUnsafeMutableBytes { buffer in
            guard let start = buffer.baseAddress else { return 0 }
            return unsafe readlink(
                spawnPath, start.assumingMemoryBound(to: CChar.self), buffer.count)
        }
        guard count > 0 else {
            throw SystemError.make(
                errno, act: "finding the running program", call: "readlink \(spawnPath)")
        }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    private static let pathBytes = 4_096
}
