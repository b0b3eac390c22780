/// A search for versions, as `swerve models --where` takes it: a pure value, compiled to SQL by the
/// registry.
///
/// Two-valued: a field that a version does not have makes each comparison false but `!=`.
package indirect enum VersionQuery: Sendable, Equatable {
    case compare(VersionField, Comparison, Value)
    /// The version has the field; for a flag, it is true.
    case has(VersionField)
    case not(VersionQuery)
    case all([VersionQuery])
    case any([VersionQuery])

    package enum Comparison: String, Sendable, CaseIterable {
        case equal = "="
        case notEqual = "!="
        case less = "<"
        case atMost = "<="
        case more = ">"
        case atLeast = ">="
        /// Contains, whatever the case of letters.
        case contains = "~"

        package var isOrder: Bool {
            switch self {
            case .less, .atMost, .more, .atLeast: true
            case .equal, .notEqual, .contains: false
            }
        }
    }

    package enum Value: Sendable, Equatable {
        case text(String)
        case number(Double)
        case flag(Bool)
    }

    /// A search's text.
    package static let textBytes = 4_096
    /// Parentheses and `not` inside each other; SQLite's parser has room for little more.
    package static let depth = 20
    /// Comparisons in one search.
    package static let comparisons = 200

    /// The fields that it asks for, each once, in the order of the text.
    package var fields: [VersionField] {
        switch self {
        case .compare(let field, _, _), .has(let field): [field]
        case .not(let part): part.fields
        case .all(let parts), .any(let parts):
            parts.flatMap(\.fields).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
        }
    }

    /// Reads a search.
    ///
    /// - Throws: `.usage`, with the column, what was expected there, and the fields that there are.
    package init(_ text: String) throws(SwerveError) {
        var parser = try VersionQueryParser(text)
        self = try parser.parse()
    }
}
