/// A public key that a worker trusts, and for what.
package struct TrustedKey: Sendable, Equatable {
    package static let byteCount = 32

    /// As models are named; never used for two keys.
    package let name: String
    /// Ed25519, 32 bytes.
    package let publicKey: [UInt8]
    package let roles: Set<KeyRole>
    /// Wall-clock milliseconds; what it signed and a broker appended before, still holds.
    package let revokedAtMs: Int64?

    package init(
        name: String, publicKey: [UInt8], roles: Set<KeyRole>, revokedAtMs: Int64? = nil
    ) {
        self.name = name
        self.publicKey = publicKey
        self.roles = roles
        self.revokedAtMs = revokedAtMs
    }
}

/// What a key may sign.
package enum KeyRole: String, Sendable, Hashable, CaseIterable, Comparable, Codable {
    /// Artifacts.
    case register
    /// Deployments.
    case promote
    /// Heartbeats, by workers; such a key signs nothing else.
    case report
    /// Deployments of a plan that a key with the role promote signed, by a controller; such a key
    /// signs nothing else.
    case rollout

    /// For people.
    package static let names = "promote, register, report and rollout"
    /// Of roles that one key may not have together; nil where it may.
    ///
    /// A worker's key lies on every machine that scores, and a controller's on one that runs
    /// unattended: whoever finds it there must not come to promote with it.
    package static func conflict(in roles: Set<KeyRole>) -> String? {
        guard roles.count > 1 else { return nil }
        if roles.contains(.report) {
            return "the role report stands alone: a worker's key signs nothing but heartbeats"
        }
        return roles.contains(.rollout)
            ? "the role rollout stands alone: a controller's key signs nothing but what a signed "
                + "plan allows" : nil
    }

    package static func < (left: KeyRole, right: KeyRole) -> Bool {
        left.rawValue < right.rawValue
    }
}
