package import Lifecycle

/// One field that differs between two documents; nil stands for a field that is not there.
package struct FieldChange: Sendable, Equatable {
    /// As `tags.data`, `steps[0].hashed_ngrams.norm`.
    package let path: String
    package let before: JSONValue?
    package let after: JSONValue?

    /// Between two numbers.
    package var difference: Double? {
        guard let before = before?.double, let after = after?.double else { return nil }
        return after - before
    }

    package var json: JSONValue {
        var fields: [String: JSONValue] = [
            "path": .string(path), "before": before ?? .null, "after": after ?? .null,
        ]
        if let difference, difference.isFinite { fields["difference"] = .double(difference) }
        return .object(fields)
    }

    /// What differs between two documents, by path, objects in the order of their keys.
    ///
    /// Short lists of plain values count as one value. At most `limit` changes are told; the second
    /// part says how many there are.
    package static func all(
        from before: JSONValue, to after: JSONValue, at path: String = "", limit: Int
    ) -> (told: [FieldChange], count: Int) {
        var walk = Walk(limit: limit)
        walk.compare(before, after, at: path)
        return (walk.told, walk.count)
    }

    private struct Walk {
        let limit: Int
        var told: [FieldChange] = []
        var count = 0

        init(limit: Int) { self.limit = limit }

        mutating func compare(_ before: JSONValue?, _ after: JSONValue?, at path: String) {
            if before == after { return }
            if let one = before?.object, let other = after?.object {
                for key in Set(one.keys).union(other.keys).sorted() {
                    compare(one[key], other[key], at: path.isEmpty ? key : "\(path).\(key)")
                }
                return
            }
            if let one = before?.array, let other = after?.array, !Self.isPlain(one + other) {
                for index in 0..<max(one.count, other.count) {
                    compare(
                        index < one.count ? one[index] : nil,
                        index < other.count ? other[index] : nil, at: "\(path)[\(index)]")
                }
                return
            }
            count += 1
            guard told.count < limit else { return }
            told.append(FieldChange(path: path, before: before, after: after))
        }

        private static func isPlain(_ values: [JSONValue]) -> Bool {
            values.count <= plainValues && values.allSatisfy { $0.object == nil && $0.array == nil }
        }

        private static let plainValues = 32
    }
}

extension FieldChange: Codable {
    private enum CodingKeys: String, CodingKey {
        case path, before, after
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            path: try fields.decode(String.self, forKey: .path),
            before: try fields.decodeIfPresent(Coded.self, forKey: .before)?.value,
            after: try fields.decodeIfPresent(Coded.self, forKey: .after)?.value)
    }

    package func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(path, forKey: .path)
        try fields.encodeIfPresent(before.map(Coded.init), forKey: .before)
        try fields.encodeIfPresent(after.map(Coded.init), forKey: .after)
    }

    /// Each value goes under the name of its kind: `0.0` would come back as `0` otherwise, and be
    /// told so.
    private indirect enum Coded: Codable {
        case null, bool(Bool), int(Int64), double(Double), string(String)
        case array([Coded])
        case object([String: Coded])

        init(_ value: JSONValue) {
            self =
                switch value {
                case .null: .null
                case .bool(let bool): .bool(bool)
                case .int(let int): .int(int)
                case .double(let double): .double(double)
                case .string(let string): .string(string)
                case .array(let values): .array(values.map(Coded.init))
                case .object(let fields): .object(fields.mapValues(Coded.init))
                }
        }

        var value: JSONValue {
            switch self {
            case .null: .null
            case .bool(let bool): .bool(bool)
            case .int(let int): .int(int)
            case .double(let double): .double(double)
            case .string(let string): .string(string)
            case .array(let values): .array(values.map(\.value))
            case .object(let fields): .object(fields.mapValues(\.value))
            }
        }
    }
}

extension FieldChange: JSONSampled {
    /// Values go under the name of their kind.
    package static var jsonSchema: JSONValue {
        let value: JSONValue = ["type": "object", "minProperties": 1, "maxProperties": 1]
        return [
            "type": "object", "required": ["path"],
            "properties": ["path": ["type": "string"], "before": value, "after": value],
        ]
    }
    package static var jsonSample: FieldChange? { FieldChange(path: "", before: nil, after: nil) }
}
