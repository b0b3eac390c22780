package import Lifecycle

/// Reads one object of a decoded tree by its keys, strictly: what is unknown, missing, of another
/// kind or out of bounds is refused by its path.
///
/// For plans, which people write, and for states and cases, which may be hostile.
package struct TreeReader {
    private let fields: [String: JSONValue]
    /// Of the object: `steps[2]`; empty for the outermost.
    private let path: String
    let act: String
    private let code: SwerveError.Code

    /// - Parameters:
    ///   - path: where the object stands, for errors; empty for the outermost.
    ///   - code: of every refusal; `.usage` for what people write.
    package init(
        _ value: JSONValue, path: String = "", act: String, code: SwerveError.Code = .invalid
    ) throws(SwerveError) {
        self.path = path
        self.act = act
        self.code = code
        guard let object = value.object else {
            throw SwerveError(
                code, act: act,
                reason: path.isEmpty ? "not an object" : "\(path) is no mapping of keys to values")
        }
        fields = object
    }

    // MARK: Keys

    package var keys: [String] { fields.keys.sorted() }

    package func has(_ key: String) -> Bool { fields[key] != nil }

    /// Refuses keys other than `known`, with the one that is nearest.
    package func allow(_ known: [String]) throws(SwerveError) {
        for key in keys where !known.contains(key) {
            let nearest = NearestWord.find(key, among: known)
            throw SwerveError(
                code, act: act, reason: "unknown key '\(place(key).shortened(to: 80))'",
                remedy: nearest.map { "did you mean \($0)?" }
                    ?? "keys here are \(known.joined(separator: ", "))")
        }
    }

    /// Refuses keys with nothing behind them: what people write as `steps:` and then forget would
    /// count as if it were not there.
    package func refuseEmpty() throws(SwerveError) {
        for key in keys where fields[key] == .null {
            throw refusal(key, "says nothing", remedy: "write what it is, or leave the key out")
        }
    }

    /// The value as it stands, where it is there and not null.
    package func value(_ key: String) -> JSONValue? {
        guard let value = fields[key], value != .null else { return nil }
        return value
    }

    func required(_ key: String) throws(SwerveError) -> JSONValue {
        guard let value = value(key) else { throw refusal(key, "is missing") }
        return value
    }

    // MARK: Values

    package func string(_ key: String, bytes: Int = 256) throws(SwerveError) -> String {
        guard let text = try required(key).string else { throw refusal(key, "is no text") }
        guard text.utf8.count <= bytes else {
            throw refusal(key, "has \(text.utf8.count) bytes, the limit is \(bytes)")
        }
        return text
    }

    package func integer(
        _ key: String, in range: ClosedRange<Int64> = 0...StatusCount.largest
    ) throws(SwerveError) -> Int64 {
        try Self.integer(try required(key), in: range) { refusal(key, $0) }
    }

    package func number(
        _ key: String, in range: ClosedRange<Double> = -Self.largest...Self.largest
    ) throws(SwerveError) -> Double {
        guard let number = try required(key).double else { throw refusal(key, "is no number") }
        guard range.contains(number) else {
            throw refusal(key, "is \(number), not within \(range.lowerBound) … \(range.upperBound)")
        }
        return number
    }

    package func flag(_ key: String) throws(SwerveError) -> Bool {
        guard let flag = try required(key).bool else {
            throw refusal(key, "is neither true nor false")
        }
        return flag
    }

    /// One of the words of `type`, which are its raw values.
    package func word<Word: RawRepresentable & CaseIterable>(
        _ key: String, _ type: Word.Type
    ) throws(SwerveError) -> Word where Word.RawValue == String {
        let text = try string(key)
        guard let word = Word(rawValue: text) else {
            let words = Word.allCases.map(\.rawValue)
            let nearest = NearestWord.find(text, among: words)
            throw refusal(
                key, "is '\(text.shortened(to: 40))', not \(Self.choice(words))",
                remedy: nearest.map { "did you mean \($0)?" } ?? "")
        }
        return word
    }

    package func list(_ key: String, atMost limit: Int) throws(SwerveError) -> [JSONValue] {
        guard let values = try required(key).array else { throw refusal(key, "is no list") }
        guard values.count <= limit else {
            throw refusal(key, "has \(values.count) entries, the limit is \(limit)")
        }
        return values
    }

    /// A list of exactly `count` whole numbers.
    package func integers(
        _ key: String, count: Int, in range: ClosedRange<Int64> = 0...StatusCount.largest
    ) throws(SwerveError) -> [Int64] {
        let values = try exactly(count, key)
        var integers: [Int64] = []
        integers.reserveCapacity(count)
        for value in values {
            integers.append(
                try Self.integer(value, in: range) { refusal(key, "has one that \($0)") })
        }
        return integers
    }

    /// A list of exactly `count` finite numbers.
    package func numbers(
        _ key: String, count: Int, in range: ClosedRange<Double> = -Self.largest...Self.largest
    ) throws(SwerveError) -> [Double] {
        let values = try exactly(count, key)
        var numbers: [Double] = []
        numbers.reserveCapacity(count)
        for value in values {
            guard let number = value.double, range.contains(number) else {
                throw refusal(
                    key,
                    "has one that is no number within \(range.lowerBound) … \(range.upperBound)")
            }
            numbers.append(number)
        }
        return numbers
    }

    private func exactly(_ count: Int, _ key: String) throws(SwerveError) -> [JSONValue] {
        let values = try list(key, atMost: count)
        guard values.count == count else {
            throw refusal(key, "has \(values.count) entries instead of \(count)")
        }
        return values
    }

    /// The object below `key`.
    package func object(_ key: String) throws(SwerveError) -> TreeReader {
        try reader(try required(key), place(key))
    }

    /// The objects of the list below `key`.
    package func objects(_ key: String, atMost limit: Int) throws(SwerveError) -> [TreeReader] {
        var readers: [TreeReader] = []
        for (index, value) in try list(key, atMost: limit).enumerated() {
            readers.append(try reader(value, "\(place(key))[\(index + 1)]"))
        }
        return readers
    }

    private func reader(_ value: JSONValue, _ path: String) throws(SwerveError) -> TreeReader {
        try TreeReader(value, path: path, act: act, code: code)
    }

    // MARK: Refusals

    /// That the value below `key` is wrong.
    package func refusal(_ key: String, _ what: String, remedy: String = "") -> SwerveError {
        SwerveError(code, act: act, reason: "\(place(key)) \(what)", remedy: remedy)
    }

    /// That the object as a whole is.
    package func refusal(_ what: String, remedy: String = "") -> SwerveError {
        let reason = path.isEmpty ? what : "\(path): \(what)"
        return SwerveError(code, act: act, reason: reason, remedy: remedy)
    }

    private func place(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    private static func integer(
        _ value: JSONValue, in range: ClosedRange<Int64>, _ refusal: (String) -> SwerveError
    ) throws(SwerveError) -> Int64 {
        guard let integer = value.int.map(Int64.init) else {
            throw refusal(value.double == nil ? "is no number" : "is no whole number")
        }
        guard range.contains(integer) else {
            throw refusal("is \(integer), not within \(range.lowerBound) … \(range.upperBound)")
        }
        return integer
    }

    static func choice(_ words: [String]) -> String {
        guard let last = words.last, words.count > 1 else { return words.first ?? "" }
        return words.dropLast().joined(separator: ", ") + " or " + last
    }

    /// No honest sum is larger, and the square of one is finite.
    package static let largest = 1e150
}
