package import Lifecycle

/// A public key that the registry knows: what it may sign, who added it, and its end.
package struct RegisteredKey: Sendable, Equatable {
    package struct Revocation: Sendable, Equatable {
        /// Wall clock, ISO 8601 UTC.
        package let at: String
        package let by: String
        package let reason: String
    }

    package let name: ModelName
    /// Ed25519, 32 bytes.
    package let publicKey: [UInt8]
    package let roles: Set<KeyRole>
    package let addedAt: String
    package let addedBy: String
    /// Nil while it holds.
    package let revocation: Revocation?

    /// `promote,register`, as the table and trust files have it.
    package static func text(of roles: Set<KeyRole>) -> String {
        roles.sorted().map(\.rawValue).joined(separator: ",")
    }
}
