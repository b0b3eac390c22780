internal import FoundationEssentials
import Lifecycle
import Scoring

/// One golden input as JSON, in the words of the lines that are scored.
///
/// A text is `"text_b64"`, a text whose parts matter `"method"`, `"path"`, `"query"` and `"body"`;
/// then `"x"`, `"svm"`, named texts as `"texts_b64":{"url":"…"}`, and named numbers under their
/// names, dotted ones inside one another where that can be said, else as a key. A key that could be
/// both is told by its type. What an input does not have is left out.
enum GoldenLine {
    /// What never is a named number.
    private static let reserved: Set<String> = ["id", "label", "decision", "text", "text_b64"]
    private static let parts = ["method", "path", "query", "body"]

    /// The canonical line.
    ///
    /// - Throws: `SwerveError.invalid` for an input that no line can say.
    static func json(_ golden: GoldenInput, act: String) throws(SwerveError) -> JSONValue {
        let input = golden.input
        var line = JSONValue.object(["decision": .array(golden.decision.map { .double($0) })])
        if let text = input.text {
            if let parts = input.parts {
                for (name, part) in try strings(text, parts, act) {
                    line = try line.adding(.string(part), at: [name], act)
                }
            } else {
                let base64 = Data(text).base64EncodedString()
                line = try line.adding(.string(base64), at: ["text_b64"], act)
            }
        }
        if let dense = input.dense {
            line = try line.adding(.array(dense.map(number)), at: ["x"], act)
        }
        if let sparse = input.sparse {
            let pairs = sparse.map { "\($0.index + 1):\($0.value)" }
            line = try line.adding(.string(pairs.joined(separator: " ")), at: ["svm"], act)
        }
        for (name, value) in input.fields.sorted(by: { $0.key < $1.key }) {
            guard value.isFinite else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "the field '\(name.shortened(to: 64))' is not a finite number")
            }
            line = try line.adding(.double(value), at: path(name, of: input), act)
        }
        guard !input.texts.isEmpty else { return line }
        let texts = input.texts.mapValues { JSONValue.string(Data($0).base64EncodedString()) }
        return try line.adding(.object(texts), at: [textsKey], act)
    }

    /// A name that leads through another field, or has an empty part, can be a key alone.
    private static func path(_ name: String, of input: OwnedInput) -> [String] {
        let parts = name.split(separator: ".", omittingEmptySubsequences: false)
        let ways = (1..<max(1, parts.count)).map { parts.prefix($0).joined(separator: ".") }
        let isKey =
            parts.contains("") || reserved.contains(String(parts[0]))
            || ways.contains { input.fields[$0] != nil }
        return isKey ? [name] : parts.map(String.init)
    }

    private static let textsKey = "texts_b64"

    private static func number(_ value: Double) -> JSONValue {
        if value.isFinite { return .double(value) }
        return value.isNaN ? "nan" : value > 0 ? "inf" : "-inf"
    }

    /// The parts as strings; the text must be what they make.
    private static func strings(
        _ text: [UInt8], _ parts: RequestParts, _ act: String
    ) throws(SwerveError) -> [(String, String)] {
        let ranges = [parts.method, parts.path, parts.query, parts.body]
        let strings = ranges.map { range in
            range.upperBound <= text.count ? String(validating: text[range], as: UTF8.self) : nil
        }
        guard let method = strings[0], let path = strings[1], let query = strings[2],
            let body = strings[3], Self.text(method, path, query, body).text == text
        else {
            throw SwerveError(
                .invalid, act: act, reason: "its parts are not UTF-8, or do not make its text")
        }
        return Array(zip(Self.parts, [method, path, query, body]))
    }

    private static func text(
        _ method: String, _ path: String, _ query: String, _ body: String
    ) -> (text: [UInt8], parts: RequestParts) {
        var text = Array(method.utf8)
        let methodEnd = text.count
        text += Array(" ".utf8) + Array(path.utf8)
        let pathEnd = text.count
        if !query.isEmpty { text += Array("?".utf8) + Array(query.utf8) }
        let queryEnd = text.count
        text += Array("\n".utf8) + Array(body.utf8)
        let parts = RequestParts(
            method: 0..<methodEnd, path: (methodEnd + 1)..<pathEnd,
            query: (queryEnd - query.utf8.count)..<queryEnd, body: (queryEnd + 1)..<text.count)
        return (text, parts)
    }

    /// Reads a line; nil where it is none.
    ///
    /// - Parameter dense: what stood in the line as `"x"` and is not in `json` any more.
    static func input(_ json: JSONValue, dense: [Double]?) -> GoldenInput? {
        guard var rest = json.object, let decision = numbers(rest.removeValue(forKey: "decision")),
            !decision.isEmpty, decision.allSatisfy(\.isFinite)
        else { return nil }
        var input = OwnedInput()
        input.dense = dense
        if dense != nil, rest["x"] != nil { return nil }
        guard takeText(&rest, &input) else { return nil }
        if case .array? = rest["x"] {
            guard let dense = numbers(rest.removeValue(forKey: "x")) else { return nil }
            input.dense = dense
        }
        if case .string(let pairs)? = rest["svm"] {
            guard let sparse = sparse(pairs) else { return nil }
            input.sparse = sparse
            rest.removeValue(forKey: "svm")
        }
        guard takeTexts(&rest, &input) else { return nil }
        guard takeFields(.object(rest), prefix: "", depth: 0, &input.fields) else { return nil }
        return GoldenInput(input: input, decision: decision)
    }

    private static func takeText(
        _ rest: inout [String: JSONValue], _ input: inout OwnedInput
    ) -> Bool {
        if case .string(let base64)? = rest["text_b64"] {
            guard let text = decoded(base64) else { return false }
            input.text = text
            rest.removeValue(forKey: "text_b64")
        }
        guard case .string(let method)? = rest["method"], case .string(let path)? = rest["path"],
            case .string(let query)? = rest["query"], case .string(let body)? = rest["body"]
        else { return true }
        guard input.text == nil else { return false }
        for name in parts { rest.removeValue(forKey: name) }
        let made = text(method, path, query, body)
        input.text = made.text
        input.parts = made.parts
        return true
    }

    /// Named numbers below the same key are told by their type.
    private static func takeTexts(
        _ rest: inout [String: JSONValue], _ input: inout OwnedInput
    ) -> Bool {
        guard let texts = rest[textsKey]?.object, !texts.isEmpty,
            texts.values.allSatisfy({ $0.string != nil })
        else { return true }
        for (name, value) in texts {
            guard !name.isEmpty, let text = decoded(value.string ?? "") else { return false }
            input.texts[name] = text
        }
        rest.removeValue(forKey: textsKey)
        return true
    }

    private static func numbers(_ json: JSONValue?) -> [Double]? {
        guard let list = json?.array else { return nil }
        var numbers: [Double] = []
        numbers.reserveCapacity(list.count)
        for element in list {
            switch element {
            case .int(let value): numbers.append(Double(value))
            case .double(let value): numbers.append(value)
            case "nan": numbers.append(.nan)
            case "inf": numbers.append(.infinity)
            case "-inf": numbers.append(-.infinity)
            default: return nil
            }
        }
        return numbers
    }

    /// The pairs of LIBSVM text, indices ascending; whether 0 is one, the scorer knows.
    private static func sparse(_ text: String) -> [Feature]? {
        var features: [Feature] = []
        for word in text.split(separator: " ") {
            let pair = word.split(separator: ":", omittingEmptySubsequences: false)
            guard pair.count == 2, let index = Int32(pair[0]), index >= 0,
                Int(index) > (features.last?.index ?? -2) + 1, let value = value(pair[1])
            else { return nil }
            features.append(Feature(index: Int(index) - 1, value: value))
        }
        return features
    }

    private static func value(_ word: Substring) -> Double? {
        switch word {
        case "nan": .nan
        case "inf": .infinity
        case "-inf": -.infinity
        default: DecimalNumber.whole(word)
        }
    }

    private static func takeFields(
        _ json: JSONValue, prefix: String, depth: Int, _ fields: inout [String: Double]
    ) -> Bool {
        guard let object = json.object, depth < Limits.fieldNameParts else { return false }
        for (key, value) in object {
            guard !key.isEmpty, depth == 0 || !key.contains("."),
                depth > 0 || !reserved.contains(key), fields[prefix + key] == nil
            else { return false }
            if let number = value.double {
                fields[prefix + key] = number
            } else if !takeFields(value, prefix: prefix + key + ".", depth: depth + 1, &fields) {
                return false
            }
        }
        return true
    }

    /// The bytes of strict base64: padded, no line breaks, no bits left over.
    private static func decoded(_ text: String) -> [UInt8]? {
        guard let data = Data(base64Encoded: text), data.base64EncodedString() == text else {
            return nil
        }
        return Array(data)
    }
}

extension JSONValue {
    /// The object with `value` at the end of `path`, where nothing may be yet.
    fileprivate func adding(
        _ value: JSONValue, at path: [String], _ act: String
    ) throws(SwerveError) -> JSONValue {
        guard var fields = object, let first = path.first,
            path.count > 1 || fields[first] == nil
        else {
            throw SwerveError(
                .invalid, act: act,
                reason: "two of its values are called '\((path.first ?? "").shortened(to: 64))'",
                remedy: "name the field otherwise")
        }
        fields[first] =
            path.count == 1
            ? value
            : try (fields[first] ?? [:]).adding(value, at: Array(path.dropFirst()), act)
        return .object(fields)
    }
}
