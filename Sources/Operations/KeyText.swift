import FoundationEssentials
package import Lifecycle
import Platform
package import Registry

/// Public keys as people type and read them: `ed25519:BASE64`.
package enum KeyText {
    /// - Throws: `.usage` for what is not named as a model is.
    package static func name(_ text: String) throws(SwerveError) -> ModelName {
        guard let name = try? ModelName(text) else {
            throw SwerveError(
                .usage, act: "naming key '\(text.shortened(to: 80))'", reason: "not a key's name",
                remedy: NameProposal.remedy(for: text))
        }
        return name
    }

    /// - Throws: `.usage` for what is not the text of 32 bytes.
    package static func publicKey(_ text: String) throws(SwerveError) -> [UInt8] {
        guard text.hasPrefix(prefix),
            let data = Data(base64Encoded: String(text.dropFirst(prefix.count))),
            data.count == TrustedKey.byteCount
        else {
            throw SwerveError(
                .usage, act: "reading public key '\(text.shortened(to: 80))'",
                reason: "not '\(prefix)' and the base64 of \(TrustedKey.byteCount) bytes",
                problem: Problem(.publicKeyGarbled))
        }
        return Array(data)
    }

    static func text(of publicKey: [UInt8]) -> String {
        prefix + Data(publicKey).base64EncodedString()
    }

    private static let prefix = "ed25519:"
}

extension RegisteredKey {
    /// The line of a worker's trust file: `NAME ROLE[,ROLE] ed25519:BASE64 [revoked:TIME]`.
    package var trustLine: String {
        let line = "\(name) \(Self.text(of: roles)) \(KeyText.text(of: publicKey))"
        return line + (revocation.map { " revoked:\($0.at)" } ?? "")
    }

    /// Of the public key, for people who compare.
    package var fingerprint: Digest { ContentHash.sha256(publicKey) }

    /// The document of `swerve keys`.
    package var document: JSONValue {
        [
            "name": .string(name.description),
            "roles": .array(roles.sorted().map { .string($0.rawValue) }),
            "public_key": .string(KeyText.text(of: publicKey)),
            "fingerprint": .string(fingerprint.description), "added_at": .string(addedAt),
            "added_by": .string(addedBy),
            "revoked_at": revocation.map { .string($0.at) } ?? .null,
            "revoked_by": revocation.map { .string($0.by) } ?? .null,
            "revoked_reason": revocation.map { .string($0.reason) } ?? .null,
            "trust_line": .string(trustLine),
        ]
    }
}
