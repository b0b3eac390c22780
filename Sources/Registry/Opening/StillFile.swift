import Lifecycle
import Platform

/// A registry file that nobody writes while it is read.
///
/// SQLite takes no lock on it and does not look whether it changes, so that is looked for here:
/// what was read from a file that changed meanwhile does not count.
struct StillFile {
    private let path: String
    private let status: FileStatus

    /// - Throws: `.unavailable` where somebody writes it, or ended while writing: what lies beside
    ///   the file belongs to it then.
    init(of path: String, act: String) throws(SwerveError) {
        self.path = path
        guard let status = try FileStatus.of(path) else {
            throw SwerveError(.notFound, act: act, reason: "there is no such file")
        }
        self.status = status
        try checkCompanions(act: act)
    }

    /// - Throws: `.unavailable` where the file is another than it was, or somebody began to write.
    func check(act: String) throws(SwerveError) {
        guard try FileStatus.of(path) == status else {
            throw SwerveError(
                .unavailable, act: act,
                reason: "\(path.shortened(to: 200)) changed while it was read",
                remedy: "")
        }
        try checkCompanions(act: act)
    }

    private func checkCompanions(act: String) throws(SwerveError) {
        for suffix in SQLiteFile.contents {
            guard let companion = try FileStatus.of(path + suffix), companion.bytes > 0 else {
                continue
            }
            throw SwerveError(
                .unavailable, act: act,
                reason: "this user may not write its folder, and beside it lies a \(suffix) with "
                    + "changes that are not in the file yet",
                problem: Problem(.unfinishedWrite, [.path: path + suffix]))
        }
    }
}
