/// How a text is written into a URL or a body.
enum TextEncoding: Sendable {
    case verbatim
    /// As browsers send forms: a space is `+`, all but unreserved bytes are `%XX`.
    case form
    /// As scripts do: a space is `%20`.
    case percent
    case percentLowerCase
    /// Non-ASCII and most punctuation as they are; only what would end the value is encoded.
    case careless
    /// Percent-encoded twice: what a filter that decodes once does not see.
    case double
    /// Every byte as `%XX`, letters too.
    case everything
    /// `%uXXXX` for punctuation, which old servers decode.
    case wide
    /// Inside a JSON string.
    case json

    func write(_ bytes: [UInt8], to output: inout [UInt8]) {
        switch self {
        case .verbatim: output.append(contentsOf: bytes)
        case .json: Self.writeJSON(bytes, to: &output)
        default: for byte in bytes { write(byte, to: &output) }
        }
    }

    /// Between the quotes of a JSON string, as short as it can be; `bytes` are UTF-8.
    static func writeJSON(_ bytes: [UInt8], to output: inout [UInt8]) {
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                output.append(UInt8(ascii: "\\"))
                output.append(byte)
            case 0..<0x20:
                output.append(contentsOf: [0x5C, 0x75, 0x30, 0x30])
                output.append(lowerDigits[Int(byte >> 4)])
                output.append(lowerDigits[Int(byte & 15)])
            default: output.append(byte)
            }
        }
    }

    private func write(_ byte: UInt8, to output: inout [UInt8]) {
        let space = UInt8(ascii: " ")
        switch self {
        case .form where byte == space, .careless where byte == space:
            output.append(UInt8(ascii: "+"))
        case .careless:
            if Self.ending.contains(byte) || byte < space {
                Self.writeHex(byte, to: &output)
            } else {
                output.append(byte)
            }
        case .everything: Self.writeHex(byte, to: &output)
        case _ where Self.isUnreserved[Int(byte)]: output.append(byte)
        case .percentLowerCase:
            output.append(UInt8(ascii: "%"))
            output.append(Self.lowerDigits[Int(byte >> 4)])
            output.append(Self.lowerDigits[Int(byte & 15)])
        case .double:
            output.append(contentsOf: Self.encodedPercent)
            output.append(Self.digits[Int(byte >> 4)])
            output.append(Self.digits[Int(byte & 15)])
        case .wide where byte < 0x80:
            output.append(contentsOf: Self.widePrefix)
            output.append(Self.lowerDigits[Int(byte >> 4)])
            output.append(Self.lowerDigits[Int(byte & 15)])
        default: Self.writeHex(byte, to: &output)
        }
    }

    private static func writeHex(_ byte: UInt8, to output: inout [UInt8]) {
        output.append(UInt8(ascii: "%"))
        output.append(digits[Int(byte >> 4)])
        output.append(digits[Int(byte & 15)])
    }

    private static let digits = Array("0123456789ABCDEF".utf8)
    private static let lowerDigits = Array("0123456789abcdef".utf8)
    private static let encodedPercent = Array("%25".utf8)
    private static let widePrefix = Array("%u00".utf8)
    /// What ends a value in a query.
    private static let ending = Array("&#%+=".utf8)
    private static let isUnreserved: [Bool] = (0..<256).map { byte in
        let byte = UInt8(byte)
        return switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-_.~*".utf8.contains(byte)
        }
    }
}
