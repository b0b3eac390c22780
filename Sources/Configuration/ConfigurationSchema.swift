package import Lifecycle

/// The JSON Schema of `swerve.yaml`, for editors.
///
/// Draft 7, which editors know best. Keys are nested or dotted, as the reader takes them; no value
/// (null) is the default everywhere; librdkafka's own keys pass through but for those that are
/// refused.
package enum ConfigurationSchema {
    package static var document: JSONValue {
        var root = Branch()
        for key in ConfigurationKey.allCases where !KeyNames.isClientSetting(key.rawValue) {
            root.add(key.rawValue.split(separator: ".").map(String.init)[...], key)
        }
        var properties = root.properties(below: "")
        for name in KeyNames.sections { properties[name] = clientSection(name) }
        return [
            "$schema": "http://json-schema.org/draft-07/schema#",
            "title": "swerve.yaml", "type": "object",
            "properties": .object(properties),
            // `kafka.bootstrap.servers: …`, as `--set` writes it.
            "patternProperties": [
                #"^kafka\.(?!(consumer|producer)$)"#: scalar
            ],
            "additionalProperties": false,
        ]
    }

    /// A section with its keys, or a key; `trust` is both.
    private struct Branch {
        var key: ConfigurationKey?
        var below: [String: Branch] = [:]

        mutating func add(_ path: ArraySlice<String>, _ key: ConfigurationKey) {
            guard let first = path.first else { return self.key = key }
            below[first, default: Branch()].add(path.dropFirst(), key)
        }

        /// Nested, and dotted where the names of several levels stand in one.
        func properties(below prefix: String) -> [String: JSONValue] {
            var result: [String: JSONValue] = [:]
            for (name, branch) in below {
                result[prefix + name] = branch.schema
                if !branch.below.isEmpty {
                    result.merge(branch.properties(below: prefix + name + ".")) { own, _ in own }
                }
            }
            return result
        }

        private var schema: JSONValue {
            guard !below.isEmpty else { return key.map(ConfigurationSchema.schema) ?? true }
            let section: JSONValue = [
                "type": ["object", "null"], "properties": .object(properties(below: "")),
                "additionalProperties": false,
            ]
            guard let key else { return section }
            return ["anyOf": [ConfigurationSchema.schema(key), section]]
        }
    }

    private static func schema(_ key: ConfigurationKey) -> JSONValue {
        let row = key.row
        var schema: [String: JSONValue]
        switch row.kind {
        case .text, .file: schema = ["type": ["string", "number", "boolean", "null"]]
        case .topic:
            schema = ["type": ["string", "number", "null"], "pattern": "^[A-Za-z0-9._-]{1,249}$"]
        case .boolean: schema = ["enum": [true, false, "yes", "no", "on", "off", .null]]
        case .integer(let range):
            schema = [
                "type": ["integer", "null"], "minimum": .int(Int64(range.lowerBound)),
                "maximum": .int(Int64(range.upperBound)),
            ]
        case .integerOrWord(let range, let word):
            schema = [
                "anyOf": [
                    [
                        "type": ["integer", "null"], "minimum": .int(Int64(range.lowerBound)),
                        "maximum": .int(Int64(range.upperBound)),
                    ],
                    ["enum": [.string(word)]],
                ]
            ]
        case .list:
            schema = [
                "type": ["string", "array", "null"],
                // A text is a list with commas, or one in brackets.
                "pattern": .string(
                    "^ *(\(name)( *, *\(name))*|\\[.*\\]) *$"),
                "items": ["type": "string", "pattern": .string("^ *\(name) *$")],
            ]
        case .urls:
            schema = ["type": ["string", "array", "null"], "items": ["type": "string"]]
        case .pairs:
            schema = ["type": ["string", "object", "null"], "additionalProperties": scalar]
        case .duration:
            schema = ["type": ["string", "null"], "pattern": "^[0-9]+(ms|s|m|h|d)$"]
        case .choice(let words):
            schema = ["enum": .array(words.map { .string($0) } + [.null])]
        }
        schema["description"] = .string(
            "\(row.meaning.filter { $0 != "`" }); \(key.variable)")
        switch row.fallback {
        case .value(let value): schema["default"] = typed(value, row.kind)
        case .required, .nothing, .derived: break
        }
        return .object(schema)
    }

    /// A name in a list.
    private static let name = "[^,\(NameList.foreignSet)]+"

    private static func typed(_ value: String, _ kind: KeyRow.Kind) -> JSONValue {
        switch kind {
        case .boolean: .bool(value == "true")
        case .integer, .integerOrWord: Int64(value).map { .int($0) } ?? .string(value)
        case .text, .file, .topic, .list, .urls, .pairs, .duration, .choice: .string(value)
        }
    }

    private static func clientSection(_ name: String) -> JSONValue {
        var properties = ClientRule.rules.mapValues(\.schema)
        properties["bootstrap.servers"] = false
        if name == "kafka" {
            for section in KeyNames.sections where section != name {
                properties[String(section.dropFirst("kafka.".count))] = clientSection(section)
            }
            properties["bootstrap.servers"] = [
                "type": ["string", "null"],
                "description": "the brokers, HOST:PORT[,…]; SWERVE_BOOTSTRAP",
            ]
        }
        return [
            "type": ["object", "null"], "properties": .object(properties),
            "additionalProperties": scalar,
            "description": "librdkafka's own keys, unchanged",
        ]
    }

    fileprivate static let scalar: JSONValue = [
        "type": ["string", "number", "boolean", "null"]
    ]
}

extension ClientRule {
    /// Where the value matters, editors leave it to the commands.
    fileprivate var schema: JSONValue {
        switch self {
        case .never: false
        case .only, .form: ConfigurationSchema.scalar
        }
    }
}
