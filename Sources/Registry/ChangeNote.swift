import Lifecycle

/// Who changes a deployment, when and why.
package struct ChangeNote: Sendable, Equatable {
    package let by: String
    /// Wall clock, ISO 8601 UTC.
    package let at: String
    package let reason: String

    package init(by: String, at: String, reason: String = "") {
        self.by = by
        self.at = at
        self.reason = reason
    }

    func check(act: String) throws(SwerveError) {
        guard reason.utf8.count <= Limits.remarkBytes else {
            throw SwerveError(
                .usage, act: act, reason: "the reason has more than \(Limits.remarkBytes) bytes")
        }
        guard by.utf8.count <= RegistryBounds.authorBytes else {
            throw SwerveError(
                .usage, act: act,
                reason: "the author's name has more than \(RegistryBounds.authorBytes) bytes")
        }
    }
}
