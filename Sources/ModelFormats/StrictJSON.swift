internal import Lifecycle

/// JSON of a hostile file, read in bounded memory: strict, no key twice, few levels, few values.
struct StrictJSON {
    /// What is read, and what is allowed of it.
    struct Bounds {
        /// Objects and arrays inside each other.
        let depth: Int
        /// All values together; each costs a few dozen bytes.
        let values: Int
    }

    private let bytes: [UInt8]
    private let end: Int
    private let bounds: Bounds
    private let act: String
    private let place: String
    private let start: Int
    private var position: Int
    private var values = 0

    private init(
        _ bytes: [UInt8], _ range: Range<Int>, _ bounds: Bounds, place: String, act: String
    ) {
        self.bytes = bytes
        self.bounds = bounds
        self.place = place
        self.act = act
        start = range.lowerBound
        position = range.lowerBound
        end = range.upperBound
    }

    /// The one value that the bytes in `range` are; white space around it is allowed.
    ///
    /// - Parameter place: what these bytes are, for errors.
    /// - Throws: `SwerveError.invalid` that names the byte, counted from the range's begin.
    static func parse(
        _ bytes: [UInt8], _ range: Range<Int>, bounds: Bounds, place: String, act: String
    ) throws(SwerveError) -> JSONValue {
        precondition(range.upperBound <= bytes.count, "a range beyond its bytes")
        var reader = StrictJSON(bytes, range, bounds, place: place, act: act)
        reader.skipSpace()
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.position == reader.end else { throw reader.wrong("more follows the value") }
        return value
    }

    private func wrong(_ what: String) -> SwerveError {
        SwerveError(
            .invalid, act: act, reason: "\(place), byte \(position - start): \(what)")
    }

    private mutating func value(depth: Int) throws(SwerveError) -> JSONValue {
        values += 1
        guard values <= bounds.values else {
            throw wrong("more than \(bounds.values) values")
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
            let key = try string()
            guard fields[key] == nil else {
                throw wrong("the key '\(key.shortened(to: 60))' twice")
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
        guard depth <= bounds.depth else { throw wrong("nested deeper than \(bounds.depth)") }
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
        return true
    }

    private mutating func expect(_ byte: UInt8, _ name: String) throws(SwerveError) {
        guard close(byte) else { throw wrong("\(name) is missing") }
    }

    private mutating func skipSpace() {
        while position < end, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func word(
        _ word: StaticString, _ value: JSONValue
    ) throws(SwerveError) -> JSONValue {
        let text = Array("\(word)".utf8)
        guard end - position >= text.count,
            bytes[position..<position + text.count].elementsEqual(text)
        else { throw wrong("not a value") }
        position += text.count
        return value
    }

    private mutating func number() throws(SwerveError) -> JSONValue {
        var stop = position
        var isWhole = true
        while stop < end, Self.numberBytes.contains(bytes[stop]) {
            if !(0x30...0x39).contains(bytes[stop]), stop > position { isWhole = false }
            stop += 1
        }
        guard stop > position, let (value, length) = DecimalNumber.read(bytes, position..<stop),
            length == stop - position
        else { throw wrong("not a value") }
        guard value.isFinite else { throw wrong("a number beyond a double") }
        let digits = bytes[position..<stop]
        position = stop
        if isWhole, let int = Int64(String(decoding: digits, as: UTF8.self)) { return .int(int) }
        return .double(value)
    }

    private static let numberBytes = Set("0123456789+-.eE".utf8)
}

extension StrictJSON {
    private mutating func string() throws(SwerveError) -> String {
        try expect(UInt8(ascii: "\""), "a string")
        var text: [UInt8] = []
        while true {
            guard position < end else { throw wrong("a string without end") }
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { break }
            guard byte >= 0x20 else { throw wrong("a control character in a string") }
            guard byte == UInt8(ascii: "\\") else {
                text.append(byte)
                continue
            }
            text.append(contentsOf: try escaped())
        }
        guard let string = String(validating: text, as: UTF8.self) else {
            throw wrong("a string that is not UTF-8")
        }
        return string
    }

    private mutating func escaped() throws(SwerveError) -> [UInt8] {
        guard position < end else { throw wrong("a string without end") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"): return Array(String(Character(try scalar())).utf8)
        default: throw wrong("an unknown escape")
        }
    }

    /// What `\uXXXX`, or a pair of them, stands for.
    private mutating func scalar() throws(SwerveError) -> Unicode.Scalar {
        let first = try unit()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, end - position >= 2, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { throw wrong("half of a surrogate pair") }
        position += 2
        let second = try unit()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw wrong("half of a surrogate pair") }
        return scalar
    }

    private mutating func unit() throws(SwerveError) -> UInt32 {
        guard end - position >= 4 else { throw wrong("an escape of fewer than 4 digits") }
        var value: UInt32 = 0
        for byte in bytes[position..<position + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw wrong("an escape of fewer than 4 digits")
            }
            value = value << 4 | UInt32(digit)
        }
        position += 4
        return value
    }
}
