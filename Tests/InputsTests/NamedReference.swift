import Inputs
import TestSupport

/// JSON with keys in order and as often as they stand there, and what a name means in it, sentence
/// by sentence: what the decoder is held against.
indirect enum OrderedJSON {
    case null
    case flag(Bool)
    case number(Int)
    case string(String)
    case list([OrderedJSON])
    case object([(key: String, value: OrderedJSON)])

    /// With escapes and white space where the generator wants them.
    func text(_ generator: inout SeededGenerator) -> String {
        switch self {
        case .null: return "null"
        case .flag(let flag): return flag ? "true" : "false"
        case .number(let number): return "\(number)"
        case .string(let string): return Self.quoted(string, &generator)
        case .list(let list):
            var parts: [String] = []
            for value in list { parts.append(value.text(&generator)) }
            return "[\(parts.joined(separator: ","))]"
        case .object(let fields):
            var parts: [String] = []
            for (key, value) in fields {
                let space = Bool.random(using: &generator) ? " \n" : ""
                parts.append(
                    Self.quoted(key, &generator) + space + ":" + space + value.text(&generator))
            }
            return "{\(parts.joined(separator: ","))}"
        }
    }

    private static func quoted(_ string: String, _ generator: inout SeededGenerator) -> String {
        var text = "\""
        for unit in string.utf16 {
            let isPlain = unit >= 0x20 && unit < 0x7F && unit != 0x22 && unit != 0x5C
            if isPlain, Int.random(in: 0...7, using: &generator) > 0 {
                text.unicodeScalars.append(Unicode.Scalar(UInt8(unit)))
            } else {
                let digits = String(unit, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
        return text + "\""
    }

    static func random(depth: Int, _ generator: inout SeededGenerator) -> OrderedJSON {
        let most = depth > 3 ? 4 : 7
        switch Int.random(in: 0...most, using: &generator) {
        case 0: return .null
        case 1: return .flag(Bool.random(using: &generator))
        case 2: return .number(Int.random(in: -9...99, using: &generator))
        case 3:
            return .string(
                ["", "t", "é\"\\\n", "\u{1F600}!"].randomElement(using: &generator) ?? "")
        case 4: return .list([.number(1), .object([("a", .number(2))])])
        default: return randomObject(depth: depth, &generator)
        }
    }

    static func randomObject(depth: Int, _ generator: inout SeededGenerator) -> OrderedJSON {
        let keys = ["a", "b", "c", "t", "a.b", "a.b.c", "b.c", "a.t", "é", "c.", "z"]
        var fields: [(key: String, value: OrderedJSON)] = []
        for _ in 0..<Int.random(in: 0...(depth == 0 ? 6 : 3), using: &generator) {
            let key = keys.randomElement(using: &generator) ?? ""
            fields.append((key, random(depth: depth + 1, &generator)))
        }
        return .object(fields)
    }
}

/// What a named field of a record is.
enum NamedMeaning: Equatable {
    case absent, wrongType, duplicate, both
    case number(Double)
    case text(String)

    init(_ name: String, isText: Bool, of record: OrderedJSON) {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard case .object(let fields) = record else { preconditionFailure("no record") }
        let own = fields.filter { $0.key == name }
        var literal = Self.meaning(of: own.first?.value, isText: isText)
        if own.count > 1 { literal = .duplicate }
        guard parts.count > 1, !parts.contains("") else {
            self = literal
            return
        }
        let (nested, isThere) = Self.nested(parts, isText, record)
        guard !own.isEmpty else {
            self = nested
            return
        }
        if isThere {
            self = .both
        } else {
            self = nested == .duplicate ? .duplicate : literal
        }
    }

    private static func meaning(of value: OrderedJSON?, isText: Bool) -> NamedMeaning {
        switch value {
        case nil, .null: .absent
        case .flag(let flag) where !isText: .number(flag ? 1 : 0)
        case .number(let number) where !isText: .number(Double(number))
        case .string(let string) where isText: .text(string)
        default: .wrongType
        }
    }

    private static func nested(
        _ parts: [String], _ isText: Bool, _ value: OrderedJSON
    ) -> (NamedMeaning, isThere: Bool) {
        guard let part = parts.first else { return (meaning(of: value, isText: isText), true) }
        guard case .object(let fields) = value else {
            if case .null = value { return (.absent, false) }
            return (.wrongType, false)
        }
        let found = fields.filter { $0.key == part }
        guard let first = found.first else { return (.absent, false) }
        let (inner, isThere) = nested(Array(parts.dropFirst()), isText, first.value)
        return (found.count > 1 ? .duplicate : inner, isThere)
    }
}
