import Lifecycle
import Operations
import Registry

extension RegisteredKey {
    /// One line for people.
    var summary: String {
        let line =
            "\(name)  \(Self.text(of: roles))  \(fingerprint.short)  added \(addedAt)"
            + " by \(addedBy)"
        guard let revocation else { return line }
        let reason = revocation.reason.isEmpty ? "" : " (\(revocation.reason))"
        return line + "  revoked \(revocation.at) by \(revocation.by)\(reason)"
    }
}
