/// Fields of a record whose values people are not to see: `mask` of the configuration.
///
/// A dotted name is a key as it stands, and leads into nested objects, as in `input.fields`.
package struct FieldMask: Sendable, Equatable {
    package static let hidden = "***"

    package let names: [String]

    package init(_ names: [String] = []) { self.names = names }

    package var isEmpty: Bool { names.isEmpty }

    /// Whether a value of that name, or one above it, is masked.
    package func hides(_ name: String) -> Bool {
        names.contains { $0 == name || name.hasPrefix($0 + ".") }
    }

    /// Whether some of what a field of that name holds is masked: it, what is above or below it.
    package func touches(_ name: String) -> Bool {
        hides(name) || names.contains { $0.hasPrefix(name + ".") }
    }

    /// A record's value with all that is masked as `***`.
    package func masked(_ value: JSONValue) -> JSONValue {
        let flat = value.object.map { fields in
            JSONValue.object(
                fields.reduce(into: [:]) { shown, field in
                    shown[field.key] = hides(field.key) ? .string(Self.hidden) : field.value
                })
        }
        return names.reduce(flat ?? value) { Self.hiding($1.split(separator: ".")[...], in: $0) }
    }

    /// A record's bytes as people may see them; nil where something is masked and the bytes are no
    /// JSON in which it could be found.
    package func shown(_ bytes: [UInt8]) -> String? {
        guard !isEmpty else { return String(decoding: bytes, as: UTF8.self) }
        guard
            let value = try? JSONValue(
                parsing: bytes, act: "reading a record", limit: Limits.recordBytes,
                depth: Limits.recordDepth),
            value.object != nil
        else { return nil }
        return masked(value).text
    }

    private static func hiding(
        _ path: ArraySlice<Substring>, in value: JSONValue
    ) -> JSONValue {
        guard let first = path.first.map(String.init), var fields = value.object,
            let below = fields[first]
        else { return value }
        let rest = path.dropFirst()
        // What stands where an object was to lead on is not what the name says, and may be it.
        let isLast = rest.isEmpty || below.object == nil
        fields[first] = isLast ? .string(hidden) : hiding(rest, in: below)
        return .object(fields)
    }
}
