package import Lifecycle

/// Holds answers of an API against its OpenAPI document, more strictly than the document is meant:
/// a field that it does not name is a fault too.
package struct OpenAPICheck {
    private let document: JSONValue

    /// - Parameter document: OpenAPI 3.1.
    package init(_ document: JSONValue) { self.document = document }

    /// What is wrong with an answer, a line each; also where the document has no such operation,
    /// but for paths that it has nothing of.
    ///
    /// - Parameter path: as it was asked for, with its query.
    package func faults(
        _ method: String, _ path: String, status: Int, answer: JSONValue
    ) -> [String] {
        let asked = path.prefix { $0 != "?" }.split(
            separator: "/", omittingEmptySubsequences: false)
        let found = (document["paths"]?.object ?? [:]).filter { name, _ in
            let parts = name.split(separator: "/", omittingEmptySubsequences: false)
            return parts.count == asked.count
                && zip(parts, asked).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        // Of two, the one that names more of it.
        let entry = found.max { $0.key.count { $0 == "{" } > $1.key.count { $0 == "{" } }
        guard let operation = entry?.value[method.lowercased()], let name = entry?.key else {
            return []
        }
        let place = "\(method) \(name), \(status)"
        guard let given = operation["responses"]?["\(status)"] else {
            return ["\(place): the document has no such status"]
        }
        let response = resolved(given)
        guard let content = response["content"]?.object,
            let schema = (content["application/json"] ?? content["application/problem+json"])?[
                "schema"]
        else { return [] }
        return faults(answer, by: schema, at: place)
    }

    /// - Parameter others: fields that a schema beside this one names.
    private func faults(
        _ value: JSONValue, by given: JSONValue, at place: String, others: Set<String> = []
    ) -> [String] {
        let schema = resolved(given)
        for name in ["anyOf", "oneOf"] {
            guard let choices = schema[name]?.array else { continue }
            let all = choices.map { faults(value, by: $0, at: place, others: others) }
            let fitting = all.count(where: \.isEmpty)
            guard fitting == 0 || (name == "oneOf" && fitting > 1) else { return [] }
            return ["\(place): \(fitting) of \(name) fit: \(all.joined().joined(separator: "; "))"]
        }
        if let parts = schema["allOf"]?.array {
            let known = Set(
                parts.flatMap { (resolved($0)["properties"]?.object ?? [:]).keys })
            return parts.flatMap { faults(value, by: $0, at: place, others: known) }
        }
        guard let type = schema["type"] else { return [] }
        let types = type.array?.compactMap(\.string) ?? [type.string ?? ""]
        guard types.contains(where: { Self.isOf($0, value) }) else {
            return ["\(place): \(value.text.shortened(to: 80)) is no \(types)"]
        }
        if let names = schema["enum"]?.array, !names.contains(value) {
            return ["\(place): \(value.text.shortened(to: 80)) is none of \(names.count) values"]
        }
        if let items = schema["items"] {
            return (value.array ?? []).enumerated().flatMap { index, item in
                faults(item, by: items, at: "\(place)[\(index)]")
            }
        }
        guard let fields = value.object else { return [] }
        return faults(fields, by: schema, at: place, others: others)
    }

    private func faults(
        _ fields: [String: JSONValue], by schema: JSONValue, at place: String, others: Set<String>
    ) -> [String] {
        var faults: [String] = []
        for name in schema["required"]?.array?.compactMap(\.string) ?? []
        where fields[name] == nil {
            faults.append("\(place): \(name) is missing")
        }
        let known = schema["properties"]?.object
        let more = schema["additionalProperties"]
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
            if let form = known?[name] ?? more {
                faults += self.faults(value, by: form, at: "\(place).\(name)")
            } else if known != nil, !others.contains(name) {
                faults.append("\(place): the document has no \(name)")
            }
        }
        return faults
    }

    private func resolved(_ schema: JSONValue) -> JSONValue {
        guard let reference = schema["$ref"]?.string else { return schema }
        var found = document
        for part in reference.dropFirst("#/".count).split(separator: "/") {
            found = found[String(part)] ?? .null
        }
        return found
    }

    private static func isOf(_ type: String, _ value: JSONValue) -> Bool {
        switch type {
        case "object": value.object != nil
        case "array": value.array != nil
        case "string": value.string != nil
        case "boolean": value.bool != nil
        case "integer": value.int != nil
        case "number": value.double != nil
        case "null": value == .null
        default: false
        }
    }
}
