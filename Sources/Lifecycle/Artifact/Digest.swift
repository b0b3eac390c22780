/// The SHA-256 of an artifact's manifest, which lists the SHA-256 of each of its files.
///
/// Written `sha256:` and 64 lower-case hexadecimal digits.
package struct Digest: Sendable, Hashable, CustomStringConvertible {
    package let description: String

    package init(_ text: String) throws(SwerveError) {
        let hex = text.utf8.dropFirst(Self.prefix.utf8.count)
        let isHex = { (byte: UInt8) in
            (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
        }
        guard text.hasPrefix(Self.prefix), hex.count == 64, hex.allSatisfy(isHex) else {
            throw SwerveError(
                .invalid, act: "reading digest '\(text.shortened(to: 80))'",
                reason: "not 'sha256:' and 64 lower-case hexadecimal digits")
        }
        description = text
    }

    /// A digest from the 32 bytes of a SHA-256.
    package init(sha256 bytes: [UInt8]) {
        var text = Array(Self.prefix.utf8)
        text.reserveCapacity(text.count + 64)
        for byte in bytes {
            text.append(Self.digit(byte >> 4))
            text.append(Self.digit(byte & 15))
        }
        description = String(decoding: text, as: UTF8.self)
    }

    /// The 32 bytes.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        var high: UInt8?
        for digit in hex.utf8 {
            let half = digit < 0x3a ? digit - 0x30 : digit - 0x57
            if let upper = high {
                bytes.append(upper << 4 | half)
                high = nil
            } else {
                high = half
            }
        }
        return bytes
    }

    /// The 64 digits, for file names.
    package var hex: Substring { description.dropFirst(Self.prefix.count) }

    /// Enough of it for a table: `sha256:0123456789ab`.
    package var short: String { String(description.prefix(Self.prefix.count + 12)) }

    private static func digit(_ half: UInt8) -> UInt8 { half < 10 ? 0x30 + half : 0x57 + half }

    private static let prefix = "sha256:"
}
