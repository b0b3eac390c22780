import Glibc
package import Lifecycle

/// A file that is written from its beginning to its end, with breaks: what is there stays for the
/// next process.
///
/// One thread at a time, and one process: whoever opens it holds a lock beside it.
package final class PartialFile: Sendable {
    package let path: String
    private let file: OwnedDescriptor

    /// Opens it, or makes an empty one that is this user's alone.
    ///
    /// - Throws: `.invalid` for what is no regular file.
    package init(_ path: String) throws(SwerveError) {
        let act = "opening \(path)"
        let flags = O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK
        let descriptor = unsafe open(path, flags, 0o600)
        guard descriptor >= 0 else {
            throw SystemError.make(errno, act: act, call: "open", path: path)
        }
        let file = OwnedDescriptor(descriptor)
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw SwerveError(.invalid, act: act, reason: "not a regular file")
        }
        self.path = path
        self.file = file
    }

    package func length() throws(SwerveError) -> Int64 {
        var status = stat()
        guard unsafe fstat(file.raw, &status) == 0 else {
            throw SystemError.make(errno, act: "looking at \(path)", call: "fstat", path: path)
        }
        return Int64(status.st_size)
    }

    /// Behind what is there.
    package func append(_ bytes: [UInt8]) throws(SwerveError) {
        try file.write(bytes, act: "writing \(path)", path: path)
    }

    package func clear() throws(SwerveError) {
        guard ftruncate(file.raw, 0) == 0 else {
            throw SystemError.make(errno, act: "emptying \(path)", call: "ftruncate", path: path)
        }
    }

    /// `count` bytes from `start` on; fewer where the file ends.
    package func read(_ count: Int, from start: Int64) throws(SwerveError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let got = unsafe bytes.withUnsafeMutableBytes { space in
                unsafe pread(
                    file.raw, space.baseAddress.map { unsafe $0 + done }, count - done,
                    off_t(start) + off_t(done))
            }
            if got < 0 {
                let number = errno
                if number == EINTR { continue }
                throw SystemError.make(number, act: "reading \(path)", call: "pread", path: path)
            }
            guard got > 0 else { break }
            done += got
        }
        bytes.removeLast(count - done)
        return bytes
    }

    package func close() { file.close() }
}
