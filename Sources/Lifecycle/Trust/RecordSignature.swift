import FoundationEssentials

/// An Ed25519 signature and the name of the key that made it.
///
/// As text, in the header `swerve-signature` of a control record and in the registry:
/// `ed25519 NAME BASE64`.
package struct RecordSignature: Sendable, Equatable, CustomStringConvertible {
    package static let header = "swerve-signature"
    package static let byteCount = 64

    package let keyName: String
    package let bytes: [UInt8]

    package init(keyName: String, bytes: [UInt8]) {
        self.keyName = keyName
        self.bytes = bytes
    }

    /// - Throws: `.invalid` for anything but the text above.
    package init(_ text: String) throws(SwerveError) {
        let act = "reading a signature"
        guard text.utf8.count <= Self.textLimit else {
            throw SwerveError(
                .invalid, act: act, reason: "\(text.utf8.count) bytes are no signature")
        }
        let parts = text.split(separator: " ", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "ed25519", (try? ModelName(String(parts[1]))) != nil,
            let data = Data(base64Encoded: String(parts[2])), data.count == Self.byteCount
        else {
            throw SwerveError(
                .invalid, act: act,
                reason: "'\(text.shortened(to: 60))' is not 'ed25519 NAME BASE64'")
        }
        self.init(keyName: String(parts[1]), bytes: Array(data))
    }

    package var description: String {
        "ed25519 \(keyName) \(Data(bytes).base64EncodedString())"
    }

    static let textLimit = 256
}

/// Signs messages under a key's name; made where the private key is, used where the bytes are.
package struct RecordSigner: Sendable {
    package let keyName: String
    private let sign: @Sendable ([UInt8]) throws(SwerveError) -> [UInt8]

    /// - Parameter sign: gives the 64 bytes of the signature over a message.
    package init(
        keyName: String, sign: @escaping @Sendable ([UInt8]) throws(SwerveError) -> [UInt8]
    ) {
        self.keyName = keyName
        self.sign = sign
    }

    package func signature(over message: [UInt8]) throws(SwerveError) -> RecordSignature {
        RecordSignature(keyName: keyName, bytes: try sign(message))
    }
}
