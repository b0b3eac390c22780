import CCrypto
package import Lifecycle

/// The text of a token for the hub: `swerve_` and 48 letters, which are 32 random bytes and 4 that
/// tell a mistyped one from one that was never made.
///
/// Whoever has the text has the right; so neither a description nor an error shows it, and it is
/// kept as its SHA-256 alone. That needs no salt: nobody guesses 32 random bytes.
package struct HubToken: Sendable, CustomStringConvertible, CustomReflectable {
    /// By which people and programs that look for secrets recognise one.
    package static let prefix = "swerve_"

    /// What is given to the one whose it is.
    package let text: String

    /// A new one.
    ///
    /// - Throws: `.system` where the system gives no random bytes.
    package static func generate() throws(SwerveError) -> HubToken {
        var bytes = [UInt8](repeating: 0, count: randomBytes)
        guard unsafe RAND_priv_bytes(&bytes, Int32(randomBytes)) == 1 else {
            throw SwerveError(
                .system, act: "making a token", reason: "the system gives no random bytes")
        }
        return HubToken(checked: prefix + Base64URL.text(bytes + checksum(of: bytes)))
    }

    /// - Returns: nil for a text that is no token, or a mistyped one.
    package init?(_ text: String) {
        guard text.hasPrefix(Self.prefix), text.utf8.count == Self.textBytes,
            let bytes = Base64URL.bytes(text.utf8.dropFirst(Self.prefix.utf8.count)),
            Array(bytes.suffix(Self.checkBytes))
                == Self.checksum(of: Array(bytes.prefix(Self.randomBytes)))
        else { return nil }
        self.text = text
    }

    private init(checked text: String) { self.text = text }

    package var sha256: Digest { ContentHash.sha256(Array(text.utf8)) }

    package var description: String { "a token" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    private static func checksum(of bytes: [UInt8]) -> [UInt8] {
        Array(ContentHash.sha256(Array("swerve token 1\n".utf8) + bytes).bytes.prefix(checkBytes))
    }

    private static let randomBytes = 32
    private static let checkBytes = 4
    private static let textBytes = prefix.utf8.count + 48
}
