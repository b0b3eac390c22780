import FoundationEssentials
package import Lifecycle
import Platform

/// Makes the secrets of webhooks, of a key in a file beside the registry and of what the registry
/// has for each.
///
/// Neither is a secret alone: a copy of the registry has none, and a secret that was rotated is
/// gone with its row.
struct WebhookSecretMaker {
    private let key: [UInt8]

    /// What the registry keeps of a secret.
    struct Kept {
        let salt: [UInt8]
        let fingerprint: String
    }

    static func path(of registry: String) -> String { registry + ".webhook-key" }

    /// The maker with the key that is there; nil where there is none.
    ///
    /// - Throws: `.invalid` for a file that holds no key.
    init?(of registry: String, act: String) throws(SwerveError) {
        let path = Self.path(of: registry)
        guard try FileStatus.of(path) != nil else { return nil }
        let text = try SecretFile(path: path).read(act: act)
        guard let key = Data(base64Encoded: text), key.count == Self.keyBytes else {
            throw SwerveError(
                .invalid, act: act, reason: "the file \(path) holds no key",
                remedy: "move it away, and rotate the webhooks' secrets")
        }
        self.key = Array(key)
    }

    /// The same, with a new key where there is none.
    ///
    /// Inside a transaction that writes: then no other process makes one.
    static func made(of registry: String, act: String) throws(SwerveError) -> WebhookSecretMaker {
        if let maker = try WebhookSecretMaker(of: registry, act: act) { return maker }
        let text = Data(Self.random(keyBytes)).base64EncodedString()
        let mode = try FileStatus.of(registry)?.writers ?? FileLock.ownerAlone
        try StateFile.write(path(of: registry), Array("\(text)\n".utf8), permissions: mode)
        guard let maker = try WebhookSecretMaker(of: registry, act: act) else {
            throw SwerveError(.system, act: act, reason: "the key that was written is not there")
        }
        return maker
    }

    /// A secret that nobody has had.
    func fresh() throws(SwerveError) -> (bytes: [UInt8], kept: Kept) {
        let salt = Self.random(Self.keyBytes)
        let bytes = try secret(salt)
        return (bytes, Kept(salt: salt, fingerprint: Self.fingerprint(bytes)))
    }

    /// A secret that was made before; nil where it was made of another key.
    func again(_ kept: Kept) throws(SwerveError) -> [UInt8]? {
        let bytes = try secret(kept.salt)
        return Self.fingerprint(bytes) == kept.fingerprint ? bytes : nil
    }

    private func secret(_ salt: [UInt8]) throws(SwerveError) -> [UInt8] {
        try MessageCode.sha256(key: key, Array("swerve webhook 1\n".utf8) + salt)
    }

    /// As receivers are given it.
    static func text(_ secret: [UInt8]) -> String {
        "whsec_" + Data(secret).base64EncodedString()
    }

    private static func fingerprint(_ secret: [UInt8]) -> String {
        let digest = ContentHash.sha256(Array("swerve webhook secret\n".utf8) + secret)
        return String(digest.description.dropFirst("sha256:".count).prefix(16))
    }

    private static func random(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max) }
    }

    private static let keyBytes = 32
}

/// The signature of the Standard Webhooks form.
package enum WebhookSignature {
    /// The value of the header `webhook-signature`: one signature for each secret.
    ///
    /// - Parameter seconds: since 1970, of the attempt.
    package static func header(
        message: String, seconds: Int64, body: String, secrets: [[UInt8]]
    ) throws(SwerveError) -> String {
        let signed = Array("\(message).\(seconds).\(body)".utf8)
        var parts: [String] = []
        for secret in secrets {
            let code = try MessageCode.sha256(key: secret, signed)
            parts.append("v1," + Data(code).base64EncodedString())
        }
        return parts.joined(separator: " ")
    }
}
