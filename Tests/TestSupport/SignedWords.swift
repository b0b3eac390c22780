package import Lifecycle

/// Keys and signatures without a cipher, for rules that only compare.
package enum SignedWords {
    private static let roles: [String: (Set<KeyRole>, Int64?)] = [
        "worker": ([.report], nil), "gone": ([.report], 1), "ops": ([.promote], nil),
    ]

    /// A trust file with some of the keys worker and gone (revoked), of the role report, and ops.
    package static func trust(
        of names: [String] = ["worker", "gone", "ops"]
    ) -> HeartbeatTrust? {
        let keys = names.map { name in
            let (roles, revoked) = roles[name] ?? ([], nil)
            return TrustedKey(
                name: name, publicKey: publicKey(name), roles: roles, revokedAtMs: revoked)
        }
        return HeartbeatTrust(trusted: TrustFile(keys: keys), topic: "status") {
            publicKey, message, signature in bytes(message, publicKey) == signature
        }
    }

    package static func signer(_ name: String) -> RecordSigner {
        RecordSigner(keyName: name) { message in bytes(message, publicKey(name)) }
    }

    package static func signature(of message: [UInt8], by name: String) -> RecordSignature {
        RecordSignature(keyName: name, bytes: bytes(message, publicKey(name)))
    }

    private static func publicKey(_ name: String) -> [UInt8] {
        Array((name + String(repeating: ".", count: TrustedKey.byteCount)).utf8.prefix(32))
    }

    private static func bytes(_ message: [UInt8], _ publicKey: [UInt8]) -> [UInt8] {
        var sum: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in publicKey + message { sum = (sum ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return (0..<RecordSignature.byteCount).map {
            UInt8(truncatingIfNeeded: sum >> UInt64($0 % 8 * 8))
        }
    }
}
