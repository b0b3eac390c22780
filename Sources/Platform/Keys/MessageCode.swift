import CCrypto
package import Lifecycle

/// HMAC-SHA256: says that whoever made it has the key, and of which bytes.
package enum MessageCode {
    /// - Returns: 32 bytes.
    /// - Throws: `.system` where OpenSSL refuses, as one that was built without SHA-256 does.
    package static func sha256(
        key: [UInt8], _ message: [UInt8]
    ) throws(SwerveError) -> [UInt8] {
        var code = [UInt8](repeating: 0, count: 32)
        let done = unsafe swerve_hmac_sha256(key, key.count, message, message.count, &code)
        guard done == 1 else {
            throw SwerveError(
                .system, act: "signing a message", reason: "OpenSSL makes no HMAC-SHA256")
        }
        return code
    }
}
