import Glibc
package import Lifecycle

/// Turns an errno into an error that names the call, the object and what the operator can do.
package enum SystemError {
    /// - Parameters:
    ///   - number: the errno; a negative one (the C shim's way) is taken by its amount.
    ///   - act: what was being done, to what: `writing /var/lib/swerve/0.json`.
    ///   - call: the system call that refused, with its object where that is not the act's.
    ///   - path: the file or folder that a remedy should name; empty for none.
    ///   - isReading: whether it was only to be read.
    package static func make(
        _ number: Int32, act: String, call: String, path: String = "", isReading: Bool = false
    ) -> SwerveError {
        let code = number == .min ? EINVAL : abs(number)
        return SwerveError(
            self.code(of: code), act: act, reason: "\(call): \(text(code))",
            remedy: remedy(for: code, path: path, isReading),
            problem: [ENOSPC, EDQUOT].contains(code)
                ? Problem(.diskFull, [.path: path.isEmpty ? "the file" : path]) : nil)
    }

    /// The system's words for an errno, and its number: `No such file or directory (errno 2)`.
    package static func text(_ number: Int32) -> String {
        // Thread-safe since glibc 2.32: unknown numbers are formatted into thread-local storage.
        guard let words = unsafe strerror(number) else { return "errno \(number)" }
        return "\(unsafe String(cString: words)) (errno \(number))"
    }

    private static func code(of number: Int32) -> SwerveError.Code {
        switch number {
        case ENOENT, ENOTDIR: .notFound
        case EAGAIN, ENOMEM, EBUSY, ETXTBSY: .unavailable
        case EFBIG, E2BIG: .tooLarge
        default: .system
        }
    }

    /// What to do where a user may not look into `folder`.
    package static func remedy(forClosed folder: String) -> String {
        "user \(ProcessIdentity.userName) may not look into \(folder): run it as a user who may, as "
            + "the service's"
    }

    private static func remedy(
        for number: Int32, path: String, _ isReading: Bool
    ) -> String {
        let place = path.isEmpty ? "the file" : path
        switch number {
        case ENOSPC, EDQUOT: return "free space on the volume of \(place)"
        case EACCES, EPERM:
            if let folder = path.isEmpty ? nil : FileStatus.closedFolder(above: path) {
                return remedy(forClosed: folder)
            }
            return isReading
                ? "let user \(ProcessIdentity.userName) read \(place), or run it as a user who may"
                : "let the service's user read and write \(place)"
        case EROFS: return "choose a folder that is not read-only instead of that of \(place)"
        case EMFILE, ENFILE: return "raise the limit of open files (ulimit -n)"
        case ENOENT: return path.isEmpty ? "" : "check the path \(place)"
        case ENOTDIR: return "check the path \(place): one of its folders is a file"
        case EISDIR: return "name a file; \(place) is a folder"
        default: return ""
        }
    }
}
