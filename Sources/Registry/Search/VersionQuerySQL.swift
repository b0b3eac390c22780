import GRDB
import Lifecycle

/// A search as SQL over the tables of `VersionRows`.
///
/// What people typed is bound, never part of the text. Every condition is true or false, never
/// null, so that `not` means what it says.
struct VersionQuerySQL {
    private(set) var condition = ""
    private var bound: [DatabaseValue] = []

    var arguments: StatementArguments { StatementArguments(bound) }
    var count: Int { bound.count }

    init(_ query: VersionQuery) {
        condition = text(query)
    }

    private mutating func text(_ query: VersionQuery) -> String {
        switch query {
        case .all(let parts): "(" + texts(parts).joined(separator: " AND ") + ")"
        case .any(let parts): "(" + texts(parts).joined(separator: " OR ") + ")"
        case .not(let part): "NOT (\(text(part)))"
        case .has(let field): presence(field)
        case .compare(let field, let comparison, let value):
            compared(field, comparison, value)
        }
    }

    /// The deepest first: SQLite's parser keeps what stands before it on a stack of 100.
    private mutating func texts(_ parts: [VersionQuery]) -> [String] {
        parts.map { ($0, Self.depth($0)) }.sorted { $0.1 > $1.1 }.map { text($0.0) }
    }

    private static func depth(_ query: VersionQuery) -> Int {
        switch query {
        case .compare, .has: 0
        case .not(let part): 1 + depth(part)
        case .all(let parts), .any(let parts): 1 + (parts.map(depth).max() ?? 0)
        }
    }

    private mutating func presence(_ field: VersionField) -> String {
        switch field.kind {
        case .flag: return flag(field)
        case .several: return several(field, "1 = 1")
        case .text, .number, .time, .digest: return "\(column(field)) IS NOT NULL"
        }
    }

    private mutating func compared(
        _ field: VersionField, _ comparison: VersionQuery.Comparison, _ value: VersionQuery.Value
    ) -> String {
        switch value {
        case .flag(let wanted):
            return flag(field) + ((comparison == .equal) == wanted ? " = 1" : " = 0")
        case .number(let number):
            return plain(column(field), comparison, bind(number.databaseValue), isNeverNull(field))
        case .text(let text):
            switch field.kind {
            case .several where comparison == .notEqual:
                return "NOT " + several(field, "item = \(bind(text.databaseValue))")
            case .several where comparison == .equal:
                return several(field, "item = \(bind(text.databaseValue))")
            case .several: return several(field, contains("item", text))
            case .time, .digest:
                return beginning(field, comparison, text)
            case .text, .number, .flag:
                if comparison == .contains { return contains(column(field), text) }
                return plain(
                    column(field), comparison, bind(text.databaseValue), isNeverNull(field))
            }
        }
    }

    /// A column against a value; an absent one makes each comparison false but `!=`.
    private func plain(
        _ column: String, _ comparison: VersionQuery.Comparison, _ value: String,
        _ isNeverNull: Bool
    ) -> String {
        if comparison == .notEqual { return "\(column) IS NOT \(value)" }
        let test = "\(column) \(comparison.rawValue) \(value)"
        // Unwrapped, an index can serve.
        return isNeverNull ? test : "coalesce(\(test), 0)"
    }

    /// As far as the value is given: its beginning.
    private mutating func beginning(
        _ field: VersionField, _ comparison: VersionQuery.Comparison, _ text: String
    ) -> String {
        if comparison == .contains { return contains(column(field), text) }
        let column = column(field)
        let isWhole = field.kind == .digest && text.utf8.count == Self.digestBytes
        let part = isWhole ? column : "substr(\(column), 1, \(text.unicodeScalars.count))"
        return plain(part, comparison, bind(text.databaseValue), isNeverNull(field))
    }

    /// SQLite's own lower case knows ASCII alone, and is the faster.
    private mutating func contains(_ column: String, _ text: String) -> String {
        let isASCII = text.utf8.allSatisfy { $0 < 0x80 }
        let lower = isASCII ? "lower" : DatabaseFunction.lowercase.name
        let value = bind(text.lowercased().databaseValue)
        return "coalesce(instr(\(lower)(\(column)), \(value)) > 0, 0)"
    }

    /// Whether one of several texts, called `item`, fulfils `condition`.
    private func several(_ field: VersionField, _ condition: String) -> String {
        let items =
            switch field {
            case .plain(.alias):
                """
                SELECT x.name AS item FROM aliases x
                    WHERE x.model = v.model AND x.number = v.number
                """
            case .plain(.signedBy):
                """
                SELECT s.key_name AS item FROM artifact_signatures s
                    WHERE s.model = v.model AND s.artifact = v.artifact
                """
            default: "SELECT j.value AS item FROM json_each(f.labels) j"
            }
        return "EXISTS (SELECT 1 FROM (\(items)) WHERE \(condition))"
    }

    /// A value that is 1 or 0.
    private func flag(_ field: VersionField) -> String {
        switch field {
        case .plain(.archived): "(a.number IS NOT NULL)"
        case .plain(.collected): "(a.collected_at IS NOT NULL)"
        case .plain(.stable): "coalesce(d.stable = v.number, 0)"
        case .plain(.candidate): "coalesce(d.candidate = v.number, 0)"
        case .plain(.previous): "coalesce(d.previous = v.number, 0)"
        // What is produced comes from these.
        default:
            """
            coalesce(d.stable = v.number
                OR (d.candidate = v.number AND d.candidate_mode = 'canary'), 0)
            """
        }
    }

    private mutating func column(_ field: VersionField) -> String {
        switch field {
        case .tag(let name): return entry("m.tags", name)
        case .metric(let name): return entry("m.metrics", name)
        case .plain(let plain):
            switch plain {
            case .model: return "v.model"
            case .version: return "v.number"
            case .digest: return "v.artifact"
            case .format, .bytes, .features, .task, .inputView, .threshold, .golden:
                return "f.\(plain.rawValue)"
            case .note, .registeredAt, .registeredBy: return "m.\(plain.rawValue)"
            case .trainingData, .codeRevision, .tool, .toolVersion, .author:
                return "json_extract(m.lineage, '$.\(plain.rawValue)')"
            case .labels, .alias, .signedBy, .archived, .collected, .stable, .candidate,
                .previous, .live:
                return "NULL"
            }
        }
    }

    /// An entry of a JSON object by its name, which a path cannot always quote.
    private mutating func entry(_ object: String, _ name: String) -> String {
        let isPlain = name.unicodeScalars.allSatisfy { scalar in
            scalar != "\"" && scalar != "\\" && scalar.value >= 0x20
        }
        guard isPlain else {
            let name = bind(name.databaseValue)
            return "(SELECT j.value FROM json_each(\(object)) j WHERE j.key = \(name))"
        }
        return "json_extract(\(object), \(bind("$.\"\(name)\"".databaseValue)))"
    }

    private func isNeverNull(_ field: VersionField) -> Bool {
        switch field {
        case .plain(.model), .plain(.version), .plain(.digest): true
        default: false
        }
    }

    /// Numbered, since a column's own arguments stand before its value's.
    private mutating func bind(_ value: DatabaseValue) -> String {
        bound.append(value)
        return "?\(bound.count)"
    }

    private static let digestBytes = 71
}
