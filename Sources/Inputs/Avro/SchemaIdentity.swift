/// What a record says of its schema: the number or the GUID under which a registry keeps it.
package enum SchemaIdentity: Hashable, Sendable {
    case id(Int32)
    case guid(high: UInt64, low: UInt64)

    /// As a registry's paths and people have it: decimal; of a GUID lower case, 8-4-4-4-12 digits.
    package var words: String {
        switch self {
        case .id(let number): "\(number)"
        case .guid(let high, let low):
            Self.hex(high >> 32, 8) + "-" + Self.hex(high >> 16 & 0xFFFF, 4) + "-"
                + Self.hex(high & 0xFFFF, 4) + "-" + Self.hex(low >> 48, 4) + "-"
                + Self.hex(low & 0xFFFF_FFFF_FFFF, 12)
        }
    }

    /// What `words` gives; nil for anything else.
    package init?(words: some StringProtocol) {
        let bytes = Array(words.utf8)
        guard bytes.count == 36 else {
            guard let number = Int32(words), "\(number)" == words else { return nil }
            self = .id(number)
            return
        }
        var halves: [UInt64] = [0, 0]
        var digits = 0
        for (place, byte) in bytes.enumerated() {
            if [8, 13, 18, 23].contains(place) {
                guard byte == UInt8(ascii: "-") else { return nil }
                continue
            }
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            default: return nil
            }
            halves[digits / 16] = halves[digits / 16] << 4 | UInt64(digit)
            digits += 1
        }
        self = .guid(high: halves[0], low: halves[1])
    }

    private static func hex(_ value: UInt64, _ digits: Int) -> String {
        let text = String(value, radix: 16)
        return String(repeating: "0", count: digits - text.count) + text
    }
}
