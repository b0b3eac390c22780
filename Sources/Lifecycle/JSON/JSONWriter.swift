/// The one writer of JSON documents: sorted keys, so that the same value gives the same bytes.
///
/// Keys are in the order of their UTF-8 bytes. A number is as short as reads back the same; one
/// that is not finite has no JSON form and is `null`.
struct JSONWriter {
    /// What a string's characters become.
    enum Strings {
        /// Escaped is what JSON demands alone: the bytes that digests and signatures cover.
        case exact
        /// Escaped is also what could drive a terminal or reorder what a person reads.
        case shown
    }

    private(set) var bytes: [UInt8] = []
    private let strings: Strings
    private let isIndented: Bool

    init(_ strings: Strings, isIndented: Bool = false) {
        self.strings = strings
        self.isIndented = isIndented
    }

    mutating func write(_ value: JSONValue, level: Int = 0) {
        switch value {
        case .null: bytes += "null".utf8
        case .bool(let flag): bytes += (flag ? "true" : "false").utf8
        case .int(let number): bytes += String(number).utf8
        case .double(let number): bytes += Self.text(of: number).utf8
        case .string(let text): write(text)
        case .array(let values):
            list(values.indices, "[", "]", level) { $0.write(values[$1], level: level + 1) }
        case .object(let fields):
            let sorted = fields.sorted { Self.precedes($0.key, $1.key) }
            list(sorted.indices, "{", "}", level) { writer, index in
                writer.write(sorted[index].key)
                writer.bytes += (writer.isIndented ? ": " : ":").utf8
                writer.write(sorted[index].value, level: level + 1)
            }
        }
    }

    private mutating func list(
        _ indices: Range<Int>, _ opening: String, _ closing: String, _ level: Int,
        _ element: (inout JSONWriter, Int) -> Void
    ) {
        bytes += opening.utf8
        for index in indices {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            breakLine(level + 1)
            element(&self, index)
        }
        if !indices.isEmpty { breakLine(level) }
        bytes += closing.utf8
    }

    private mutating func breakLine(_ level: Int) {
        guard isIndented else { return }
        bytes.append(0x0A)
        for _ in 0..<2 * level { bytes.append(0x20) }
    }

    private static func text(of number: Double) -> String {
        guard number.isFinite else { return "null" }
        let text = number.description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    private mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        defer { bytes.append(UInt8(ascii: "\"")) }
        // Most are, and need no look at each character.
        let utf8 = text.utf8Span.span
        if utf8.indices.allSatisfy({ Self.isPlain(utf8[$0]) }) {
            bytes += text.utf8
            return
        }
        switch strings {
        case .exact: for byte in text.utf8 { write(byte) }
        case .shown:
            for scalar in text.unicodeScalars {
                if scalar.value >= 0x7F, scalar.isHostileToTerminals {
                    escape(scalar.value)
                } else {
                    for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
                        write(byte)
                    }
                }
            }
        }
    }

    /// By the bytes as they lie in memory: through the string each is looked up, which takes
    /// several times as long.
    private static func precedes(_ one: String, _ other: String) -> Bool {
        let (one, other) = (one.utf8Span.span, other.utf8Span.span)
        for index in 0..<min(one.count, other.count) where one[index] != other[index] {
            return one[index] < other[index]
        }
        return one.count < other.count
    }

    /// Whether it stands for itself, whatever is escaped.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20..<0x7F).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    private mutating func write(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
        case 0x08: bytes += #"\b"#.utf8
        case 0x09: bytes += #"\t"#.utf8
        case 0x0A: bytes += #"\n"#.utf8
        case 0x0C: bytes += #"\f"#.utf8
        case 0x0D: bytes += #"\r"#.utf8
        case ..<0x20: escape(UInt32(byte))
        default: bytes.append(byte)
        }
    }

    /// Of a scalar in the basic plane.
    private mutating func escape(_ value: UInt32) {
        let digits = String(value, radix: 16)
        bytes += #"\u"#.utf8
        for _ in digits.utf8.count..<4 { bytes.append(UInt8(ascii: "0")) }
        bytes += digits.utf8
    }
}
