import Lifecycle
import Platform

/// What a forger of rows needs.
enum ContentHashing {
    static func sha256(_ bytes: [UInt8]) -> Lifecycle.Digest { ContentHash.sha256(bytes) }

    /// The bytes as SQL writes a blob.
    static func literal(_ bytes: [UInt8]) -> String {
        let digits = bytes.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "x'\(digits.joined())'"
    }
}
