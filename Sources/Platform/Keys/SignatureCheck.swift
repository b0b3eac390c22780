/// Whether an Ed25519 signature is a key's own.
package enum SignatureCheck {
    /// True where `signature` over exactly `message` was made with the private half of `publicKey`.
    ///
    /// False for anything else, keys and signatures of a wrong length among them. About 60 us.
    package static func isValid(
        publicKey: [UInt8], message: [UInt8], signature: [UInt8]
    ) -> Bool {
        Ed25519Key(publicKey: publicKey)?.isValid(signature, over: message) ?? false
    }

    /// Whether `publicKey` can be trusted at all: 32 bytes, and none of the few that sign
    /// everything.
    ///
    /// The points of small order have no private half, and signatures can be made up for them.
    package static func isUsable(publicKey: [UInt8]) -> Bool {
        guard publicKey.count == Ed25519Key.bytes else { return false }
        // The sign of x is the top bit; each of these stands for both.
        var bytes = publicKey
        bytes[bytes.count - 1] &= 0x7F
        return !smallOrder.contains(bytes)
    }

    /// The y of all points whose order divides 8, with the encodings above the field's prime.
    private static let smallOrder: [[UInt8]] = [
        [UInt8](repeating: 0, count: 32),
        [1] + [UInt8](repeating: 0, count: 31),
        [
            0x26, 0xE8, 0x95, 0x8F, 0xC2, 0xB2, 0x27, 0xB0, 0x45, 0xC3, 0xF4, 0x89, 0xF2, 0xEF,
            0x98, 0xF0, 0xD5, 0xDF, 0xAC, 0x05, 0xD3, 0xC6, 0x33, 0x39, 0xB1, 0x38, 0x02, 0x88,
            0x6D, 0x53, 0xFC, 0x05,
        ],
        [
            0xC7, 0x17, 0x6A, 0x70, 0x3D, 0x4D, 0xD8, 0x4F, 0xBA, 0x3C, 0x0B, 0x76, 0x0D, 0x10,
            0x67, 0x0F, 0x2A, 0x20, 0x53, 0xFA, 0x2C, 0x39, 0xCC, 0xC6, 0x4E, 0xC7, 0xFD, 0x77,
            0x92, 0xAC, 0x03, 0x7A,
        ],
        [0xEC] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
        [0xED] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
        [0xEE] + [UInt8](repeating: 0xFF, count: 30) + [0x7F],
    ]
}
