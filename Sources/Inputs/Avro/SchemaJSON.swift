/// The JSON of a schema: all values in one list, each in front of those inside it.
///
/// `JSONValue` is not used: it takes `1.0` for `1`, compares keys as people see them, and refuses
/// half of a surrogate pair, all of which mean something else in a schema. The text may be
/// anybody's: time and memory grow with its bytes alone, and it is read without recursion beyond
/// `depthMax`.
struct SchemaJSON {
    enum Kind: UInt8 {
        case null, flag, string, array, object
        /// A number without fraction and exponent, and any other.
        case integer, number
    }

    struct Value {
        let kind: Kind
        /// Of a string its bytes in `pool`, of an integer its digits in the text.
        let start: Int32
        let count: Int32
        /// Behind the last value inside it; keys of an object are values too, each before its own.
        var end: Int32
    }

    /// Objects and arrays inside one another.
    static let depthMax = 512

    private(set) var values: [Value] = []
    private var pool: [UInt8] = []
    private let text: [UInt8]
    private var at = 0

    /// - Throws: for anything but one JSON value; also where a key stands twice in one object.
    init(_ text: [UInt8]) throws(BadSchema) {
        guard text.count <= Int(Int32.max) else { throw BadSchema("it is too long") }
        guard String(validating: text, as: UTF8.self) != nil else {
            throw BadSchema("it is not UTF-8")
        }
        self.text = text
        skipSpace()
        try value(depth: 0)
        skipSpace()
        guard at == text.count else { throw wrong() }
    }

    private func wrong() -> BadSchema { BadSchema("it is not JSON at byte \(at + 1)") }

    // MARK: - What was read

    func kind(_ index: Int) -> Kind { values[index].kind }

    /// The values directly inside; of an object keys and values in turn.
    func inside(_ index: Int) -> [Int] {
        var list: [Int] = []
        var child = index + 1
        while child < Int(values[index].end) {
            list.append(child)
            child = Int(values[child].end)
        }
        return list
    }

    /// The value of an object's key; nil where it has none, or is no object.
    func member(_ index: Int, _ key: String) -> Int? {
        guard kind(index) == .object else { return nil }
        var child = index + 1
        while child < Int(values[index].end) {
            if string(child, is: key) { return child + 1 }
            child = Int(values[child + 1].end)
        }
        return nil
    }

    /// The bytes of a string, UTF-8 but for halves of surrogate pairs, which stand as if they were
    /// characters; nil for anything else.
    func bytes(_ index: Int) -> ArraySlice<UInt8>? {
        let value = values[index]
        guard value.kind == .string else { return nil }
        return pool[Int(value.start)..<Int(value.start + value.count)]
    }

    func string(_ index: Int, is text: String) -> Bool {
        bytes(index)?.elementsEqual(text.utf8) ?? false
    }

    /// A whole number of any size; nil for anything else.
    func integer(_ index: Int) -> SchemaInteger? {
        let value = values[index]
        guard value.kind == .integer else { return nil }
        return SchemaInteger(text[Int(value.start)..<Int(value.start + value.count)])
    }

    /// Whether two of the strings are the same bytes.
    func repeats(_ strings: [Int]) -> Bool {
        let slices = strings.compactMap(bytes)
        if slices.count <= 8 {
            for (place, one) in slices.enumerated() where slices[(place + 1)...].contains(one) {
                return true
            }
            return false
        }
        let sorted = slices.sorted { $0.lexicographicallyPrecedes($1) }
        return zip(sorted, sorted.dropFirst()).contains { $0 == $1 }
    }

    // MARK: - Reading

    private mutating func skipSpace() {
        while at < text.count {
            switch text[at] {
            case 0x20, 0x09, 0x0A, 0x0D: at += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < text.count, text[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func append(_ kind: Kind, _ start: Int = 0, _ count: Int = 0) {
        values.append(
            Value(
                kind: kind, start: Int32(start), count: Int32(count), end: Int32(values.count + 1)))
    }

    private mutating func value(depth: Int) throws(BadSchema) {
        guard at < text.count else { throw wrong() }
        switch text[at] {
        case UInt8(ascii: "{"), UInt8(ascii: "["): try container(depth: depth + 1)
        case UInt8(ascii: "\""): try string()
        case UInt8(ascii: "t"): try word("true", .flag)
        case UInt8(ascii: "f"): try word("false", .flag)
        case UInt8(ascii: "n"): try word("null", .null)
        default: try number()
        }
    }

    private mutating func container(depth: Int) throws(BadSchema) {
        guard depth <= Self.depthMax else {
            throw BadSchema("it nests deeper than \(Self.depthMax) at byte \(at + 1)")
        }
        let index = values.count
        let isObject = text[at] == UInt8(ascii: "{")
        let closing = UInt8(ascii: isObject ? "}" : "]")
        append(isObject ? .object : .array)
        at += 1
        skipSpace()
        var keys: [Int] = []
        if !take(closing) {
            repeat {
                skipSpace()
                if isObject {
                    keys.append(values.count)
                    guard at < text.count, text[at] == UInt8(ascii: "\"") else { throw wrong() }
                    try string()
                    skipSpace()
                    guard take(UInt8(ascii: ":")) else { throw wrong() }
                    skipSpace()
                }
                try value(depth: depth)
                skipSpace()
            } while take(UInt8(ascii: ","))
            guard take(closing) else { throw wrong() }
        }
        values[index].end = Int32(values.count)
        guard !repeats(keys) else {
            throw BadSchema("a key stands twice in the object that ends at byte \(at)")
        }
    }

    private mutating func word(_ word: String, _ kind: Kind) throws(BadSchema) {
        guard text[at...].starts(with: word.utf8) else { throw wrong() }
        at += word.utf8.count
        append(kind)
    }

    private mutating func number() throws(BadSchema) {
        let start = at
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            try digits()
        }
        if at < text.count, text[at] | 0x20 == UInt8(ascii: "e") {
            isInteger = false
            at += 1
            if !take(UInt8(ascii: "-")) { _ = take(UInt8(ascii: "+")) }
            try digits()
        }
        append(isInteger ? .integer : .number, start, at - start)
    }

    private mutating func digits() throws(BadSchema) {
        let start = at
        while at < text.count, text[at] &- 0x30 < 10 { at += 1 }
        guard at > start else { throw wrong() }
    }

    private mutating func string() throws(BadSchema) {
        at += 1
        let start = pool.count
        while true {
            let plain = at
            while at < text.count, text[at] >= 0x20, text[at] != UInt8(ascii: "\""),
                text[at] != UInt8(ascii: "\\")
            {
                at += 1
            }
            pool.append(contentsOf: text[plain..<at])
            if take(UInt8(ascii: "\"")) { break }
            guard take(UInt8(ascii: "\\")), at < text.count else { throw wrong() }
            try escape()
        }
        append(.string, start, pool.count - start)
    }

    private mutating func escape() throws(BadSchema) {
        at += 1
        switch text[at - 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): pool.append(text[at - 1])
        case UInt8(ascii: "b"): pool.append(0x08)
        case UInt8(ascii: "f"): pool.append(0x0C)
        case UInt8(ascii: "n"): pool.append(0x0A)
        case UInt8(ascii: "r"): pool.append(0x0D)
        case UInt8(ascii: "t"): pool.append(0x09)
        case UInt8(ascii: "u"):
            var scalar = try unit(at)
            at += 4
            if (0xD800..<0xDC00).contains(scalar), text[at...].starts(with: [0x5C, 0x75]),
                let low = try? unit(at + 2), (0xDC00..<0xE000).contains(low)
            {
                scalar = 0x10000 + ((scalar - 0xD800) << 10) + (low - 0xDC00)
                at += 6
            }
            put(scalar)
        default: throw wrong()
        }
    }

    /// The number of the four digits at `start`.
    private func unit(_ start: Int) throws(BadSchema) -> UInt32 {
        guard text.count - start >= 4 else { throw wrong() }
        var unit: UInt32 = 0
        for byte in text[start..<start + 4] {
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw wrong()
            }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    /// By the rule of UTF-8, also for halves of pairs.
    private mutating func put(_ scalar: UInt32) {
        let tail = { (shift: UInt32) in UInt8(truncatingIfNeeded: 0x80 | (scalar >> shift & 0x3F)) }
        switch scalar {
        case ..<0x80: pool.append(UInt8(scalar))
        case ..<0x800: pool += [UInt8(0xC0 | scalar >> 6), tail(0)]
        case ..<0x10000: pool += [UInt8(0xE0 | scalar >> 12), tail(6), tail(0)]
        default: pool += [UInt8(0xF0 | scalar >> 18), tail(12), tail(6), tail(0)]
        }
    }
}

/// A whole number as it is written, of any size.
struct SchemaInteger {
    let isNegative: Bool
    /// Without leading zeros; empty for 0.
    private let digits: ArraySlice<UInt8>

    init(_ text: ArraySlice<UInt8>) {
        let magnitude = text.first == UInt8(ascii: "-") ? text.dropFirst() : text
        digits = magnitude.drop { $0 == UInt8(ascii: "0") }
        isNegative = magnitude.count < text.count && !digits.isEmpty
    }

    var isZero: Bool { digits.isEmpty }

    /// The value, or `limit` for a larger one; of a number that is not negative.
    func clamped(to limit: Int) -> Int {
        guard digits.count <= 18 else { return limit }
        return min(limit, digits.reduce(0) { $0 * 10 + Int($1 - 0x30) })
    }

    /// Whether its magnitude is at most the other's.
    func isAtMost(_ other: SchemaInteger) -> Bool {
        guard digits.count == other.digits.count else { return digits.count < other.digits.count }
        return !other.digits.lexicographicallyPrecedes(digits)
    }
}
