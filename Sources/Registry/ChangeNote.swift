import Lifecycle

/// Who changes a deployment, when and why.
package struct ChangeNote: Sendable, Equatable, Codable {
    package let by: String
    /// Wall clock, ISO 8601 UTC.
    package let at: String
    package let reason: String

    package init(by: String, at: String, reason: String = "") {
        self.by = by
        self.at = at
        self.reason = reason
    }

    /// With the key's name for the author's, where a key signs: of a controller's, behind that of
    /// the person who signed its plan.
    func signed(by signing: DeploymentSigning?) -> ChangeNote {
        guard let signing else { return self }
        return ChangeNote(by: signing.author, at: at, reason: reason)
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
