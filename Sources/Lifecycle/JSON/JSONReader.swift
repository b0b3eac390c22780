/// How much JSON is read before it is refused.
package struct JSONBounds: Sendable {
    /// The whole document.
    package var bytes: Int
    /// Objects and arrays inside one another.
    package var depth: Int
    /// All values together; each costs a few dozen bytes of memory.
    package var values: Int

    package init(
        bytes: Int = Limits.jsonBytes, depth: Int = Limits.jsonDepth,
        values: Int = Limits.jsonValues
    ) {
        self.bytes = bytes
        self.depth = depth
        self.values = values
    }
}

/// The one reader of JSON that strangers write: time linear in the bytes, bounded memory, strict.
///
/// Refused are, with the byte where it stands: anything but one value, a key given twice in one
/// object, text that is not UTF-8, half of a surrogate pair, a number with a leading zero or beyond
/// a double, more levels or values than the bounds allow.
///
/// A number is an `.int` where it is whole and fits 64 bits, however it is spelled (`1`, `1.0` and
/// `1e0` are the same value), and `-0` is a `.double`, which keeps its sign; every other number is
/// the nearest double. What is too small for a double is a zero with its sign.
struct JSONReader {
    private let bytes: [UInt8]
    private let end: Int
    private let bounds: JSONBounds
    private let act: String
    private let place: String
    private let start: Int
    private var position: Int
    private var values = 0

    /// - Parameter place: what the bytes in `range` are, for errors; empty where `act` says it.
    init(
        _ bytes: [UInt8], _ range: Range<Int>, _ bounds: JSONBounds, place: String, act: String
    ) {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= bytes.count, "a range beyond its bytes")
        self.bytes = bytes
        self.bounds = bounds
        self.place = place
        self.act = act
        start = range.lowerBound
        position = range.lowerBound
        end = range.upperBound
    }

    /// The one value that the bytes are; white space around it is allowed.
    mutating func document() throws(SwerveError) -> JSONValue {
        guard end - start <= bounds.bytes else {
            let what = place.isEmpty ? "" : "\(place): "
            throw SwerveError(
                .tooLarge, act: act,
                reason: "\(what)\(end - start) bytes of JSON, the limit is \(bounds.bytes)")
        }
        if end - start >= 3, bytes[start] == 0xEF, bytes[start + 1] == 0xBB,
            bytes[start + 2] == 0xBF
        {
            throw wrong("a byte order mark; save it as UTF-8 without one")
        }
        skipSpace()
        let value = try value(depth: 0)
        skipSpace()
        guard position == end else { throw wrong("more follows the value") }
        return value
    }

    private func wrong(_ what: String) -> SwerveError { error("not JSON", what) }

    /// Of what is JSON, and is not read all the same.
    private func refused(_ what: String) -> SwerveError { error("the JSON", what) }

    private func error(_ place: String, _ what: String) -> SwerveError {
        let place = self.place.isEmpty ? place : self.place
        return SwerveError(
            .invalid, act: act, reason: "\(place), byte \(position - start): \(what)")
    }

    private mutating func value(depth: Int) throws(SwerveError) -> JSONValue {
        values += 1
        guard values <= bounds.values else {
            throw refused("more than \(bounds.values) values")
        }
        guard position < end else { throw wrong("cut off") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(SwerveError) -> JSONValue {
        try open(depth)
        var fields: [String: JSONValue] = [:]
        if close(UInt8(ascii: "}")) { return .object(fields) }
        repeat {
            skipSpace()
            let keyAt = position
            let key = try string()
            guard fields[key] == nil else {
                position = keyAt
                throw refused("the key '\(key.shortened(to: 60))' twice")
            }
            skipSpace()
            try expect(UInt8(ascii: ":"), "a colon")
            skipSpace()
            fields[key] = try value(depth: depth)
        } while try hasNext(UInt8(ascii: "}"))
        return .object(fields)
    }

    private mutating func array(depth: Int) throws(SwerveError) -> JSONValue {
        try open(depth)
        var items: [JSONValue] = []
        if close(UInt8(ascii: "]")) { return .array(items) }
        repeat {
            skipSpace()
            items.append(try value(depth: depth))
        } while try hasNext(UInt8(ascii: "]"))
        return .array(items)
    }

    private mutating func open(_ depth: Int) throws(SwerveError) {
        guard depth <= bounds.depth else { throw refused("nested deeper than \(bounds.depth)") }
        position += 1
        skipSpace()
    }

    private mutating func close(_ byte: UInt8) -> Bool {
        guard position < end, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func hasNext(_ closing: UInt8) throws(SwerveError) -> Bool {
        skipSpace()
        if close(closing) { return false }
        try expect(UInt8(ascii: ","), "a comma")
        skipSpace()
        guard position == end || bytes[position] != closing else {
            let wanted = closing == UInt8(ascii: "]") ? "not a value" : "a string is missing"
            throw wrong("\(wanted); there is a comma too many before it")
        }
        return true
    }

    private mutating func expect(_ byte: UInt8, _ name: String) throws(SwerveError) {
        guard close(byte) else { throw wrong("\(name) is missing") }
    }

    private mutating func skipSpace() {
        while position < end {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func word(
        _ word: StaticString, _ value: JSONValue
    ) throws(SwerveError) -> JSONValue {
        let text = "\(word)".utf8
        guard bytes[position..<min(end, position + text.count)].elementsEqual(text) else {
            throw wrong(noValue)
        }
        position += text.count
        return value
    }

    /// What stands where a value has to.
    private var noValue: String {
        let hint =
            switch bytes[position] {
            case UInt8(ascii: "'"): "; texts stand in double quotes"
            case UInt8(ascii: "N"), UInt8(ascii: "I"), UInt8(ascii: "-"):
                "; JSON has neither NaN nor Infinity nor None"
            case UInt8(ascii: "T"), UInt8(ascii: "F"): "; JSON has true and false"
            case UInt8(ascii: "/"), UInt8(ascii: "#"): "; JSON has no comments"
            case UInt8(ascii: ","): "; there is a comma too many"
            default: ""
            }
        return "not a value" + hint
    }
}

// MARK: - Numbers

extension JSONReader {
    private mutating func number() throws(SwerveError) -> JSONValue {
        let first = position
        let isNegative = close(UInt8(ascii: "-"))
        guard position < end, Self.isDigit(bytes[position]) else {
            position = first
            throw wrong(noValue)
        }
        if bytes[position] == UInt8(ascii: "0"), position + 1 < end,
            Self.isDigit(bytes[position + 1])
        {
            throw wrong("a number with a leading zero")
        }
        var whole: Int64? = 0
        while position < end, Self.isDigit(bytes[position]) {
            whole = whole.flatMap { Self.appending(bytes[position], to: $0) }
            position += 1
        }
        var isWhole = true
        if close(UInt8(ascii: ".")) {
            isWhole = false
            try digits()
        }
        if position < end, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            position += 1
            if !close(UInt8(ascii: "-")) { _ = close(UInt8(ascii: "+")) }
            try digits()
        }
        let last = position
        position = first
        guard last - first <= Self.numberBytes else {
            throw refused("a number of \(last - first) bytes, the limit is \(Self.numberBytes)")
        }
        // The negative side is counted down, since it reaches one further.
        if isWhole, let whole, isNegative ? whole < 0 : whole > Int64.min {
            position = last
            return .int(isNegative ? whole : -whole)
        }
        let text = String(decoding: bytes[first..<last], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw refused("a number beyond a double")
        }
        position = last
        if value == 0 { return isNegative ? .double(-0.0) : .int(0) }
        return Int64(exactly: value).map { .int($0) } ?? .double(value)
    }

    private mutating func digits() throws(SwerveError) {
        guard position < end, Self.isDigit(bytes[position]) else {
            throw wrong("a number that ends without a digit")
        }
        while position < end, Self.isDigit(bytes[position]) { position += 1 }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    /// The negative number with one digit more; nil beyond 64 bits.
    private static func appending(_ digit: UInt8, to number: Int64) -> Int64? {
        let (tenfold, isOver) = number.multipliedReportingOverflow(by: 10)
        guard !isOver else { return nil }
        let (result, isBelow) = tenfold.subtractingReportingOverflow(Int64(digit &- 0x30))
        return isBelow ? nil : result
    }

    /// The exact decimal text of any double is shorter.
    private static let numberBytes = 1_200
}

// MARK: - Strings

extension JSONReader {
    private mutating func string() throws(SwerveError) -> String {
        let first = position
        try expect(UInt8(ascii: "\""), "a string")
        let inside = position
        skipPlain()
        if position < end, bytes[position] == UInt8(ascii: "\"") {
            let string = String(validating: bytes[inside..<position], as: UTF8.self)
            return try checked(string, from: first)
        }
        var text = Array(bytes[inside..<position])
        while position < end {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") {
                return try checked(String(validating: text, as: UTF8.self), from: first)
            }
            guard byte == UInt8(ascii: "\\") else {
                throw wrong("a control character in a string")
            }
            position += 1
            try escaped(into: &text)
            let plain = position
            skipPlain()
            text.append(contentsOf: bytes[plain..<position])
        }
        throw wrong("a string without end")
    }

    private mutating func skipPlain() {
        while position < end {
            let byte = bytes[position]
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") || byte < 0x20 { return }
            position += 1
        }
    }

    /// Steps over the closing quote.
    private mutating func checked(
        _ string: String?, from first: Int
    ) throws(SwerveError) -> String {
        guard let string else {
            position = first
            throw wrong("a string that is not UTF-8")
        }
        position += 1
        return string
    }

    private mutating func escaped(into text: inout [UInt8]) throws(SwerveError) {
        guard position < end else { throw wrong("a string without end") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(Character(try scalar())).utf8)
        default:
            position -= 2
            throw wrong("an unknown escape")
        }
    }

    /// What `\uXXXX`, or a pair of them, stands for.
    private mutating func scalar() throws(SwerveError) -> Unicode.Scalar {
        let first = try unit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, end - position >= 2, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw refused("half of a surrogate pair") }
        position += 2
        let second = try unit()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw refused("half of a surrogate pair") }
        return scalar
    }

    private mutating func unit() throws(SwerveError) -> UInt32 {
        guard end - position >= 4 else { throw wrong("an escape of fewer than 4 digits") }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Self.hexDigit(byte) else {
                throw wrong("an escape of fewer than 4 digits")
            }
            value = value << 4 | digit
        }
        position += 4
        return value
    }

    private static func hexDigit(_ byte: UInt8) -> UInt32? {
        switch byte {
        case 0x30...0x39: UInt32(byte - 0x30)
        case 0x41...0x46: UInt32(byte - 0x41 + 10)
        case 0x61...0x66: UInt32(byte - 0x61 + 10)
        default: nil
        }
    }
}
