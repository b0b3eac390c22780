import Glibc
import Lifecycle

/// A file with a secret, which counts only where nobody else can have read it.
enum PrivateFile {
    /// Reads one of at most `limit` bytes.
    ///
    /// A symbolic link is followed, as mounted secrets are links; the file behind it counts.
    ///
    /// - Parameter lost: what to do about a secret that others may have read.
    /// - Returns: nil for a longer one.
    /// - Throws: `.notFound`; `.refused` for a file that others may read or that belongs to another
    ///   user (a group may read root's, where this process is of that group: so a kubelet mounts
    ///   secrets); `.invalid` for what is not a regular file.
    static func read(
        _ path: String, limit: Int, act: String, lost: String
    ) throws(SwerveError) -> [UInt8]? {
        // Non-blocking, or a fifo in the place of the file would hold the caller for ever.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw SystemError.make(errno, act: act, call: "open", path: path)
        }
        let file = OwnedDescriptor(descriptor)
        try check(file, path: path, act: act, lost: lost)
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        var used = 0
        while used < bytes.count, let count = try file.fill(&bytes, from: used), count > 0 {
            used += count
        }
        return used <= limit ? Array(bytes.prefix(used)) : nil
    }

    private static func check(
        _ file: OwnedDescriptor, path: String, act: String, lost: String
    ) throws(SwerveError) {
        var status = stat()
        guard unsafe fstat(file.raw, &status) == 0 else {
            throw SystemError.make(errno, act: act, call: "fstat", path: path)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw SwerveError(.invalid, act: act, reason: "not a regular file")
        }
        guard isPrivate(status, to: geteuid(), groups: groups) else {
            let mode = String(status.st_mode & 0o777, radix: 8)
            throw SwerveError(
                .refused, act: act, reason: "others may use it (its mode is 0\(mode))",
                remedy: "chmod 600 \(path), and if others had it, \(lost)")
        }
        let user = geteuid()
        guard user == 0 || status.st_uid == user || status.st_uid == 0 else {
            throw SwerveError(
                .refused, act: act, reason: "it belongs to another user",
                remedy: "use a file of your own")
        }
    }

    /// Whether its mode keeps others out.
    ///
    /// - Parameters:
    ///   - user: who this process is.
    ///   - groups: that it is of.
    static func isPrivate(_ status: stat, to user: uid_t, groups: [gid_t]) -> Bool {
        if status.st_mode & (S_IRWXG | S_IRWXO) == 0 { return true }
        let isReadByGroupAlone = status.st_mode & (S_IWGRP | S_IXGRP | S_IRWXO) == 0
        return isReadByGroupAlone && status.st_uid == 0 && user != 0
            && groups.contains(status.st_gid)
    }

    /// The process's own, and those beside it.
    private static var groups: [gid_t] {
        let count = getgroups(0, nil)
        guard count > 0 else { return [getegid()] }
        var groups = [gid_t](repeating: 0, count: Int(count))
        let got = unsafe groups.withUnsafeMutableBufferPointer {
            unsafe getgroups(count, $0.baseAddress)
        }
        return [getegid()] + groups.prefix(max(Int(got), 0))
    }
}
