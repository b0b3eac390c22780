package import Lifecycle
package import Registry

/// A public key for the registry; the private one stays with its owner.
package struct AddKeyRequest: Codable, Sendable, Equatable {
    package let name: ModelName
    /// Ed25519, 32 bytes.
    package let publicKey: [UInt8]
    package let roles: Set<KeyRole>
    /// Whether nothing is added, and only told that the name and the key are free: before the
    /// private key is written into a file.
    package let isTrial: Bool

    package init(name: ModelName, publicKey: [UInt8], roles: Set<KeyRole>, isTrial: Bool = false) {
        self.name = name
        self.publicKey = publicKey
        self.roles = roles
        self.isTrial = isTrial
    }
}

package struct AddKeyResult: Codable, Sendable, Equatable {
    /// As the registry has it; nil for a trial.
    package let key: RegisteredKey?
}

/// The end of a key.
package struct RevokeKeyRequest: Codable, Sendable, Equatable {
    package let name: ModelName
    package let reason: String

    package init(name: ModelName, reason: String) {
        self.name = name
        self.reason = reason
    }
}

package struct RevokeKeyResult: Codable, Sendable, Equatable {
    /// As it is now; nil where somebody took its row away meanwhile.
    package let key: RegisteredKey?
    /// Why nothing had to be changed; nil where something was.
    package let already: SwerveError?
}
