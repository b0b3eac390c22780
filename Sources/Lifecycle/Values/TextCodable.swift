/// A value that requests and results carry as the text that people type.
///
/// What does not read as one makes the decoder throw the `SwerveError` that says why.
package protocol TextCodable: Codable, CustomStringConvertible {
    init(_ text: String) throws(SwerveError)
}

extension TextCodable {
    package init(from decoder: any Decoder) throws { try self.init(try String(from: decoder)) }

    package func encode(to encoder: any Encoder) throws { try description.encode(to: encoder) }
}

extension ModelName: TextCodable {}
extension AliasName: TextCodable {}
extension Digest: TextCodable {}
extension VersionReference: TextCodable {}
extension VersionSelector: TextCodable {}
extension RecordSignature: TextCodable {}

extension VersionSelector.Choice: CustomStringConvertible {
    package var description: String {
        switch self {
        case .number(let number): "\(number)"
        case .alias(let alias): alias.description
        }
    }
}

extension VersionSelector.Choice: Codable {
    /// A number, or an alias.
    package init(from decoder: any Decoder) throws {
        if let number = try? Int(from: decoder) {
            guard number > 0 else {
                throw SwerveError(
                    .usage, act: "reading version \(number)", reason: "versions count from 1")
            }
            self = .number(number)
        } else {
            self = .alias(try AliasName(from: decoder))
        }
    }

    package func encode(to encoder: any Encoder) throws {
        switch self {
        case .number(let number): try number.encode(to: encoder)
        case .alias(let alias): try alias.encode(to: encoder)
        }
    }
}

extension Share: Codable {
    /// A fraction, as control records write it.
    package init(from decoder: any Decoder) throws {
        try self.init(fraction: try Double(from: decoder))
    }

    package func encode(to encoder: any Encoder) throws { try fraction.encode(to: encoder) }
}
