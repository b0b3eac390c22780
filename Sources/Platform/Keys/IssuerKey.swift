import CCrypto

/// A public key by which somebody signs tokens, and the one algorithm that it is good for.
///
/// One algorithm only: a key that also verified by another would let a forger choose the weaker
/// one. Any thread.
@safe
package final class IssuerKey: Sendable {
    /// As RFC 7518 and RFC 8037 name them.
    ///
    /// Those that are not here are not taken.
    package enum Algorithm: String, Sendable {
        /// RSA by PKCS #1 1.5, SHA-256.
        case rs256 = "RS256"
        /// P-256, SHA-256.
        case es256 = "ES256"
        /// Ed25519.
        case eddsa = "EdDSA"
    }

    package let algorithm: Algorithm
    // Never changed after it is made, and OpenSSL counts references atomically. Nil of Ed25519.
    nonisolated(unsafe) private let key: OpaquePointer?
    private let edwards: Ed25519Key?

    /// - Parameters:
    ///   - modulus: big-endian, 2048 to 8192 bits.
    ///   - exponent: big-endian, odd, at most 4 bytes.
    /// - Returns: nil for what is no such key.
    package init?(rsaModulus modulus: [UInt8], exponent: [UInt8]) {
        let modulus = Array(modulus.drop { $0 == 0 })
        let exponent = Array(exponent.drop { $0 == 0 })
        guard Self.modulusBytes.contains(modulus.count), (1...4).contains(exponent.count),
            let last = exponent.last, last & 1 == 1, exponent != [1],
            let key = unsafe swerve_rsa_public_key(
                modulus, modulus.count, exponent, exponent.count)
        else { return nil }
        unsafe self.key = key
        edwards = nil
        algorithm = .rs256
    }

    /// - Returns: nil for a point that is not on the curve P-256.
    package init?(p256X x: [UInt8], y: [UInt8]) {
        let point = [4] + x + y
        guard x.count == 32, y.count == 32,
            let key = unsafe swerve_p256_public_key(point, point.count)
        else { return nil }
        unsafe self.key = key
        edwards = nil
        algorithm = .es256
    }

    /// - Returns: nil for what is no public key of Ed25519.
    package init?(ed25519 publicKey: [UInt8]) {
        guard let edwards = Ed25519Key(publicKey: publicKey) else { return nil }
        self.edwards = edwards
        unsafe key = nil
        algorithm = .eddsa
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// Whether `signature`, as a token carries it, is this key's over exactly `message`.
    package func isValid(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        if let edwards { return edwards.isValid(signature, over: message) }
        guard let key = unsafe key else { return false }
        var signature = signature
        if algorithm == .es256 {
            guard signature.count == 64 else { return false }
            var der = [UInt8](repeating: 0, count: 72)
            let count = unsafe swerve_p256_signature_der(signature, &der)
            guard count > 0 else { return false }
            signature = Array(der.prefix(count))
        }
        return unsafe swerve_is_signed(
            key, signature, signature.count, message, message.count) == 1
    }

    private static let modulusBytes = 256...1_024
}
