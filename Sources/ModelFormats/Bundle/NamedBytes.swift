import FoundationEssentials

/// A file's content, and the name that errors give it.
package struct NamedBytes: Sendable, Equatable {
    package let name: String
    package let bytes: [UInt8]

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }
}

/// As JSON the bytes are base64.
extension NamedBytes: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, bytes
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        let text = try fields.decode(String.self, forKey: .bytes)
        guard let data = Data(base64Encoded: text) else {
            throw DecodingError.dataCorruptedError(
                forKey: .bytes, in: fields, debugDescription: "not base64")
        }
        self.init(name: try fields.decode(String.self, forKey: .name), bytes: Array(data))
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(name, forKey: .name)
        try fields.encode(Data(bytes).base64EncodedString(), forKey: .bytes)
    }
}
