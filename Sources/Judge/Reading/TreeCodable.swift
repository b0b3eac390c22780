package import Lifecycle

/// A value that is kept as a tree, and read back with every bound checked: a state may have been
/// written by an older Swerve, or by somebody else.
package protocol TreeCodable: Codable {
    var json: JSONValue { get }
    /// - Throws: `SwerveError.invalid` by the path of what is wrong.
    init(_ json: JSONValue, act: String) throws(SwerveError)
}

extension TreeCodable {
    package init(from decoder: any Decoder) throws {
        try self.init(try JSONValue(from: decoder), act: "reading \(Self.self)")
    }

    package func encode(to encoder: any Encoder) throws { try json.encode(to: encoder) }
}

extension JSONValue {
    /// A list of numbers.
    static func list(_ numbers: [Double]) -> JSONValue { .array(numbers.map { .double($0) }) }
    static func list(_ numbers: [Int64]) -> JSONValue { .array(numbers.map { .int($0) }) }
    static func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    static func integer(_ integer: Int64?) -> JSONValue { integer.map { .int($0) } ?? .null }
    static func count(_ count: Int) -> JSONValue { .int(Int64(count)) }
}
