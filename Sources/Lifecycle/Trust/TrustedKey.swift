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

    package static func < (left: KeyRole, right: KeyRole) -> Bool {
        left.rawValue < right.rawValue
    }
}
