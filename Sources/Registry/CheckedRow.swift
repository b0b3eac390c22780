import FoundationEssentials
import GRDB
import Lifecycle

/// A row of a database that somebody may have edited by hand.
///
/// What does not fit is an error that names the column; GRDB's own subscripts trap instead.
struct CheckedRow {
    let row: Row
    let act: String
    /// The statement's, in its order: by GRDB each name is made small and hashed again and again,
    /// which took longer than to read what stands there.
    private let columns: [String]

    init(row: Row, act: String, columns: [String]) {
        self.row = row
        self.act = act
        self.columns = columns
    }

    /// SQL for a column that is read only when it is at most `limit` long (characters of a text,
    /// bytes of a blob); a longer one comes as an integer, which no text or blob column accepts, so
    /// that nothing large is allocated.
    static func bounded(_ column: String, _ limit: Int, as name: String) -> String {
        "CASE WHEN length(\(column)) > \(limit) THEN length(\(column)) ELSE \(column) END AS \(name)"
    }

    func text(_ column: String) throws(SwerveError) -> String {
        guard let text = try optionalText(column) else { throw malformed(column, "missing") }
        return text
    }

    func optionalText(_ column: String) throws(SwerveError) -> String? {
        switch value(column).storage {
        case .null: return nil
        case .string(let text): return text
        case .int64(let length): throw malformed(column, "\(length) long, above its limit")
        default: throw malformed(column, "not a text")
        }
    }

    func bytes(_ column: String) throws(SwerveError) -> [UInt8] {
        switch value(column).storage {
        case .blob(let data): return Array(data)
        case .int64(let length): throw malformed(column, "\(length) bytes, above its limit")
        default: throw malformed(column, "not a blob")
        }
    }

    func integer(
        _ column: String, in bounds: ClosedRange<Int64>
    ) throws(SwerveError) -> Int64 {
        guard let number = try optionalInteger(column, in: bounds) else {
            throw malformed(column, "missing")
        }
        return number
    }

    func optionalInteger(
        _ column: String, in bounds: ClosedRange<Int64>
    ) throws(SwerveError) -> Int64? {
        switch value(column).storage {
        case .null: return nil
        case .int64(let number) where bounds.contains(number): return number
        default: throw malformed(column, "not a number of \(bounds)")
        }
    }

    /// A finite number.
    func double(_ column: String) throws(SwerveError) -> Double {
        switch value(column).storage {
        case .double(let number) where number.isFinite: return number
        case .int64(let number): return Double(number)
        case .null: throw malformed(column, "missing")
        default: throw malformed(column, "not a finite number")
        }
    }

    func digest(_ column: String) throws(SwerveError) -> Digest {
        do throws(SwerveError) {
            return try Digest(text(column))
        } catch {
            throw malformed(column, error.reason)
        }
    }

    func model(_ column: String) throws(SwerveError) -> ModelName {
        do throws(SwerveError) {
            return try ModelName(text(column))
        } catch {
            throw malformed(column, error.reason)
        }
    }

    func object(_ column: String, limit: Int) throws(SwerveError) -> [String: JSONValue] {
        let json = try JSONValue(
            parsing: text(column).utf8, act: act, limit: limit, depth: RegistryBounds.depth)
        guard let fields = json.object else { throw malformed(column, "not a JSON object") }
        return fields
    }

    /// A JSON object whose values are all of one kind.
    func values<Value>(
        _ column: String, _ value: (JSONValue) -> Value?
    ) throws(SwerveError) -> [String: Value] {
        let fields = try parsed(column)?.object
        guard let values = fields?.compactMapValues(value), values.count == fields?.count else {
            throw malformed(column, "not JSON of the form that belongs there")
        }
        return values
    }

    /// A JSON list of strings.
    func strings(_ column: String) throws(SwerveError) -> [String] {
        let list = try parsed(column)?.array
        guard let strings = list?.compactMap(\.string), strings.count == list?.count else {
            throw malformed(column, "not JSON of the form that belongs there")
        }
        return strings
    }

    private func parsed(_ column: String) throws(SwerveError) -> JSONValue? {
        let text = try text(column)
        return text == "{}" ? [:] : try? JSONValue(parsing: text.utf8, act: act)
    }

    func malformed(_ column: String, _ reason: String) -> SwerveError {
        SwerveError(
            .invalid, act: act, reason: "the registry's \(column) is \(reason)",
            remedy: "it was edited by hand or is damaged; restore a backup")
    }

    private func value(_ column: String) -> DatabaseValue {
        columns.firstIndex(of: column).map { row[$0] } ?? .null
    }
}
