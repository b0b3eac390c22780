package import Lifecycle
import Platform
import Yams

/// A YAML file as the tree that JSON would be: for plans, which people write.
///
/// Mappings, sequences and scalars; a plain scalar that reads as `true`, `false`, `null` or a
/// number is that, and every other one is a text, a time like `16:00` too. Anchors and aliases are
/// refused: a few lines of them can stand for more than memory holds.
package enum PlanFile {
    /// - Throws: `.usage` for what is no YAML, has aliases, or is too deep or too large.
    package static func read(_ path: String) throws(SwerveError) -> JSONValue {
        let bytes = try StateFile.read(path, limit: bytesMax)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw SwerveError(
                .usage, act: "reading the plan \(path)", reason: "not UTF-8")
        }
        return try tree(text, name: path)
    }

    package static func tree(_ text: String, name: String) throws(SwerveError) -> JSONValue {
        let act = "reading the plan \(name)"
        try refuseAliases(text, act)
        let root: Node?
        do throws(YAMLText.Fault) {
            root = try YAMLText.compose(text)
        } catch {
            throw SwerveError(.usage, act: act, reason: error.reason, remedy: error.remedy)
        }
        guard let root else { return [:] }
        var values = 0
        return try value(of: root, depth: 0, &values, act)
    }

    /// Asked of the text, before a tree is made of it.
    private static func refuseAliases(_ text: String, _ act: String) throws(SwerveError) {
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        where mayHaveAlias(line) {
            throw SwerveError(
                .usage, act: act,
                reason: "line \(index + 1): anchors and aliases (& and *) are not read",
                remedy: "write out what they stand for")
        }
    }

    /// Whether a value or key begins with `&` or `*`, outside quotes and comments.
    private static func mayHaveAlias(_ line: Substring) -> Bool {
        var quote: Character?
        var isBeginning = true
        for character in line {
            if let open = quote {
                if character == open { quote = nil }
                continue
            }
            switch character {
            case "#" where isBeginning: return false
            case "\"", "'":
                if isBeginning { quote = character }
                isBeginning = false
            case "&", "*":
                if isBeginning { return true }
            case " ", "\t", "[", "{", ",", "-", ":", "?": isBeginning = true
            default: isBeginning = false
            }
        }
        return false
    }

    private static func value(
        of node: Node, depth: Int, _ values: inout Int, _ act: String
    ) throws(SwerveError) -> JSONValue {
        values += 1
        guard depth < Limits.jsonDepth, values <= valuesMax else {
            throw SwerveError(
                .usage, act: act,
                reason: place(node) + "deeper or larger than any plan is")
        }
        switch node {
        case .scalar(let scalar): return value(of: scalar)
        case .sequence(let sequence):
            var list: [JSONValue] = []
            for item in sequence {
                list.append(try value(of: item, depth: depth + 1, &values, act))
            }
            return .array(list)
        case .mapping(let mapping):
            var fields: [String: JSONValue] = [:]
            for (key, item) in mapping {
                guard let name = key.scalar?.string else {
                    throw SwerveError(
                        .usage, act: act, reason: place(key) + "a key is not a text")
                }
                fields[name] = try value(of: item, depth: depth + 1, &values, act)
            }
            return .object(fields)
        default:
            throw SwerveError(
                .usage, act: act, reason: place(node) + "neither a value, a list nor a mapping")
        }
    }

    private static func value(of scalar: Node.Scalar) -> JSONValue {
        guard scalar.style == .plain || scalar.style == .any else { return .string(scalar.string) }
        switch scalar.string {
        case "", "~", "null", "Null", "NULL": return .null
        case "true", "True", "TRUE": return .bool(true)
        case "false", "False", "FALSE": return .bool(false)
        default: return number(scalar.string) ?? .string(scalar.string)
        }
    }

    /// A decimal number; neither `0x10`, `1_000` nor `16:00`, which other readers of YAML take for
    /// numbers, nor `inf`.
    private static func number(_ text: String) -> JSONValue? {
        let digits = text.utf8.drop { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
        guard text.utf8.count - digits.count <= 1,
            digits.first.map({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }) ?? false,
            digits.allSatisfy({
                (0x30...0x39).contains($0) || ".eE+-".utf8.contains($0)
            })
        else { return nil }
        if let whole = Int64(text) { return .int(whole) }
        guard let number = Double(text), number.isFinite else { return nil }
        return .double(number)
    }

    private static func place(_ node: Node) -> String {
        node.mark.map { "line \($0.line): " } ?? ""
    }

    static let bytesMax = 256 << 10
    private static let valuesMax = 10_000
}
