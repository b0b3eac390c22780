package import Lifecycle

/// Whose key stands for a change, where the key is not in this process.
///
/// Asked without signatures, a change is prepared: nothing is changed, and what is to be signed is
/// told. Asked again with the time and the salt that were told and the signatures, it is made.
package struct SigningTerms: Codable, Sendable, Equatable {
    /// The key's name in the registry.
    package let key: String
    /// As of `DeploymentSigning`.
    package let validMs: Int64
    /// The moment that was prepared, wall-clock milliseconds; nil at first.
    package var atMs: Int64?
    /// Where buckets begin, as it was prepared; nil at first.
    package var salt: UInt32?
    /// All that were made since.
    package var signatures: [SignedBytes] = []

    package init(key: String, validMs: Int64) {
        self.key = key
        self.validMs = validMs
    }
}

/// A signature, and over which bytes it is.
package struct SignedBytes: Codable, Sendable, Equatable {
    /// SHA-256 of the message.
    package let digest: Digest
    package let signature: RecordSignature

    package init(digest: Digest, signature: RecordSignature) {
        self.digest = digest
        self.signature = signature
    }
}

/// The exact bytes that a change needs a signature over, and what they depend on beside the
/// registry.
package struct PreparedChange: Codable, Sendable, Equatable {
    /// As `SignedMessage` makes it.
    package let message: [UInt8]
    /// SHA-256 of it.
    package let digest: Digest
    package let atMs: Int64
    package let salt: UInt32

    package init(message: [UInt8], digest: Digest, atMs: Int64, salt: UInt32) {
        self.message = message
        self.digest = digest
        self.atMs = atMs
        self.salt = salt
    }
}

/// What a change takes from nowhere but the moment: held, it makes the same bytes again.
package struct ChangeMoment: Sendable, Equatable {
    /// Wall-clock milliseconds.
    package let atMs: Int64
    /// Where the buckets of a new candidate begin.
    package let salt: UInt32

    package init(atMs: Int64, salt: UInt32) {
        self.atMs = atMs
        self.salt = salt
    }

    /// Where those begin of a comparison that may follow.
    var otherSalt: UInt32 { salt ^ 0x5BD1_E995 }
}
