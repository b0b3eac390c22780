import Lifecycle
import Platform
import Registry

extension RegisteredToken {
    /// One line for people.
    var summary: String {
        let end = expiresAt.map { "until \($0)" } ?? "until revoked"
        let use = usedAt.map { "used \($0)" } ?? "never used"
        let line =
            "\(name)  \(role.rawValue) of \(models)  \(end)  created \(createdAt)"
            + " by \(createdBy)  \(use)"
        if let revocation {
            let reason = revocation.reason.isEmpty ? "" : " (\(revocation.reason))"
            return line + "  revoked \(revocation.at) by \(revocation.by)\(reason)"
        }
        return line + (isExpired(atMs: WallClock.nowMs) ? "  expired" : "")
    }

    /// The document of `swerve tokens`.
    var document: JSONValue {
        [
            "name": .string(name.description), "subject": .string(subject),
            "role": .string(role.rawValue), "models": .string("\(models)"),
            "created_at": .string(createdAt), "created_by": .string(createdBy),
            "expires_at": expiresAt.map { .string($0) } ?? .null,
            "used_at": usedAt.map { .string($0) } ?? .null,
            "revoked_at": revocation.map { .string($0.at) } ?? .null,
            "revoked_by": revocation.map { .string($0.by) } ?? .null,
            "revoked_reason": revocation.map { .string($0.reason) } ?? .null,
        ]
    }
}
