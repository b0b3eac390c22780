import CCurl

/// An address of IPv4 or IPv6, and whether it is in a public network.
package struct NetworkAddress: Sendable, Equatable, CustomStringConvertible {
    /// Four or sixteen, in the order of the network.
    private let bytes: [UInt8]

    /// - Parameter bytes: another number than 4 or 16 is no address.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count == 4 || bytes.count == 16 else { return nil }
        self.bytes = bytes
    }

    /// The one that the host of a URL is; nil for a name.
    ///
    /// - Parameter host: as `WebAddress` has it: of IPv6 in brackets.
    package init?(host: String) {
        let isLong = host.hasPrefix("[") && host.hasSuffix("]")
        let text = isLong ? String(host.dropFirst().dropLast()) : host
        var bytes = [UInt8](repeating: 0, count: 16)
        let count = unsafe swerve_curl_parse_address(text, isLong ? 1 : 0, &bytes)
        guard count > 0 else { return nil }
        self.bytes = Array(bytes.prefix(Int(count)))
    }

    package var description: String {
        guard bytes.count == 16 else { return bytes.map(String.init).joined(separator: ".") }
        return stride(from: 0, to: 16, by: 2).map { place in
            String(UInt16(bytes[place]) << 8 | UInt16(bytes[place + 1]), radix: 16)
        }.joined(separator: ":")
    }

    /// Whether everybody may have it: not this machine, not its network, not a group's, not what is
    /// kept for examples, and none of IPv6 that stands for such a one of IPv4.
    package var isPublic: Bool {
        if bytes.count == 4 { return !Self.special4.contains { $0.contains(bytes) } }
        if Self.mapped.contains(bytes) || Self.translated.contains(bytes) {
            return NetworkAddress(Array(bytes[12...]))?.isPublic ?? false
        }
        return Self.global.contains(bytes) && !Self.special6.contains { $0.contains(bytes) }
    }

    /// The addresses that begin with some bits.
    private struct Block {
        let prefix: [UInt8]
        let bits: Int

        init(_ prefix: [UInt8], _ bits: Int) {
            self.prefix = prefix
            self.bits = bits
        }

        func contains(_ address: [UInt8]) -> Bool {
            for bit in 0..<bits {
                let mask = UInt8(0x80) >> UInt8(bit % 8)
                let wanted = bit / 8 < prefix.count ? prefix[bit / 8] : 0
                guard address[bit / 8] & mask == wanted & mask else { return false }
            }
            return true
        }
    }

    /// The registry of special addresses of IPv4 (RFC 6890), with groups and what is kept.
    private static let special4 = [
        Block([0], 8), Block([10], 8), Block([100, 64], 10), Block([127], 8),
        Block([169, 254], 16), Block([172, 16], 12), Block([192, 0, 0], 24),
        Block([192, 0, 2], 24), Block([192, 31, 196], 24), Block([192, 52, 193], 24),
        Block([192, 88, 99], 24), Block([192, 168], 16), Block([192, 175, 48], 24),
        Block([198, 18], 15), Block([198, 51, 100], 24), Block([203, 0, 113], 24),
        Block([224], 4), Block([240], 4),
    ]
    /// What networks are given of IPv6; all else is of a machine, a network, a group, or kept.
    private static let global = Block([0x20], 3)
    /// Protocols (Teredo among them), examples, 6to4.
    private static let special6 = [
        Block([0x20, 0x01, 0x00], 23), Block([0x20, 0x01, 0x0D, 0xB8], 32),
        Block([0x20, 0x02], 16), Block([0x3F, 0xFF, 0x00], 20),
    ]
    /// IPv4 within IPv6, as sockets write it and as networks translate it.
    private static let mapped = Block([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF], 96)
    private static let translated = Block([0, 0x64, 0xFF, 0x9B, 0, 0, 0, 0, 0, 0, 0, 0], 96)
}
