import CCrypto

/// A key of Ed25519 (RFC 8032), private or public, as OpenSSL holds it.
///
/// Any thread. OpenSSL overwrites a private key as it lets it go.
@safe
final class Ed25519Key: Sendable {
    /// Bytes of a private key, and of a public one.
    static let bytes = 32
    static let signatureBytes = 64

    // Never changed after it is made, and OpenSSL counts references atomically.
    nonisolated(unsafe) private let key: OpaquePointer

    /// A new private key; nil where the system has no random bytes.
    static func generate() -> Ed25519Key? {
        var seed = [UInt8](repeating: 0, count: bytes)
        guard unsafe RAND_priv_bytes(&seed, Int32(bytes)) == 1 else { return nil }
        return Ed25519Key(privateKey: seed)
    }

    /// - Returns: nil for another number of bytes than 32.
    init?(privateKey: [UInt8]) {
        guard privateKey.count == Self.bytes,
            let key = unsafe EVP_PKEY_new_raw_private_key(
                EVP_PKEY_ED25519, nil, privateKey, privateKey.count)
        else { return nil }
        unsafe self.key = key
    }

    /// - Returns: nil for another number of bytes than 32.
    init?(publicKey: [UInt8]) {
        guard publicKey.count == Self.bytes,
            let key = unsafe EVP_PKEY_new_raw_public_key(
                EVP_PKEY_ED25519, nil, publicKey, publicKey.count)
        else { return nil }
        unsafe self.key = key
    }

    deinit { unsafe EVP_PKEY_free(key) }

    /// The public half.
    var publicKey: [UInt8] {
        unsafe raw { unsafe EVP_PKEY_get_raw_public_key(key, $0, $1) }
    }

    /// The private half; empty for a public key.
    var privateKey: [UInt8] {
        unsafe raw { unsafe EVP_PKEY_get_raw_private_key(key, $0, $1) }
    }

    private func raw(
        _ call: (UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<Int>) -> Int32
    ) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: Self.bytes) { buffer, count in
            var size = Self.bytes
            guard let start = buffer.baseAddress, unsafe call(start, &size) == 1 else { return }
            count = size
        }
    }

    /// The signature over `message`, 64 bytes; nil where OpenSSL refuses.
    func signature(over message: [UInt8]) -> [UInt8]? {
        guard let context = unsafe EVP_MD_CTX_new() else { return nil }
        defer { unsafe EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: Self.signatureBytes)
        var size = signature.count
        guard unsafe EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
            unsafe EVP_DigestSign(context, &signature, &size, message, message.count) == 1,
            size == Self.signatureBytes
        else { return nil }
        return signature
    }

    /// Whether `signature` over exactly `message` was made with the private half.
    func isValid(_ signature: [UInt8], over message: [UInt8]) -> Bool {
        guard signature.count == Self.signatureBytes, let context = unsafe EVP_MD_CTX_new() else {
            return false
        }
        defer { unsafe EVP_MD_CTX_free(context) }
        guard unsafe EVP_DigestVerifyInit(context, nil, nil, nil, key) == 1 else { return false }
        return unsafe EVP_DigestVerify(
            context, signature, signature.count, message, message.count) == 1
    }
}
