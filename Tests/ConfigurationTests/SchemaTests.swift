import Foundation
import Lifecycle
import TestSupport
import Testing
import Yams

@testable import Configuration

/// The schema that editors get, held against the reader that decides.
@Suite("The schema of swerve.yaml")
struct SchemaTests {
    /// Whether `schema` takes `value`: the part of JSON Schema that ours is written in.
    private static func takes(_ value: JSONValue, _ schema: JSONValue) throws -> Bool {
        guard case .object(let rules) = schema else { return schema.bool == true }
        let known: Set = [
            "$schema", "title", "description", "default", "type", "enum", "minimum", "maximum",
            "pattern", "anyOf", "properties", "patternProperties", "additionalProperties",
            "items",
        ]
        try #require(known.isSuperset(of: rules.keys), "a rule that this check does not know")
        if let types = rules["type"] {
            let names = types.array ?? [types]
            guard names.contains(where: { fits(value, $0.string ?? "") }) else { return false }
        }
        if let words = rules["enum"]?.array, !words.contains(value) { return false }
        if let least = rules["minimum"]?.double, let number = value.double, number < least {
            return false
        }
        if let most = rules["maximum"]?.double, let number = value.double, number > most {
            return false
        }
        if let pattern = rules["pattern"]?.string, let text = value.string,
            text.range(of: pattern, options: .regularExpression) == nil
        {
            return false
        }
        if let choices = rules["anyOf"]?.array,
            try !choices.contains(where: { try takes(value, $0) })
        {
            return false
        }
        if let items = rules["items"] {
            for item in value.array ?? [] where try !takes(item, items) { return false }
        }
        for (name, inner) in value.object ?? [:] {
            var applied = [rules["properties"]?[name]].compactMap(\.self)
            for (pattern, schema) in rules["patternProperties"]?.object ?? [:]
            where name.range(of: pattern, options: .regularExpression) != nil {
                applied.append(schema)
            }
            if applied.isEmpty { applied = [rules["additionalProperties"] ?? true] }
            for schema in applied where try !takes(inner, schema) { return false }
        }
        return true
    }

    private static func fits(_ value: JSONValue, _ type: String) -> Bool {
        switch (value, type) {
        case (.null, "null"), (.bool, "boolean"), (.string, "string"), (.object, "object"),
            (.array, "array"),
            (.int, "integer"), (.int, "number"), (.double, "number"):
            true
        case (.double(let number), "integer"): number == number.rounded()
        default: false
        }
    }

    /// A document of YAML as an editor sees it.
    private static func value(_ any: Any?) throws -> JSONValue {
        switch any {
        case nil, is NSNull: .null
        case let bool as Bool: .bool(bool)
        case let number as Int: .int(Int64(number))
        case let number as Double: .double(number)
        case let text as String: .string(text)
        case let list as [Any]: .array(try list.map(value))
        case let map as [String: Any]: .object(try map.mapValues(value))
        default:
            throw SwerveError(.invalid, act: "reading YAML", reason: "\(String(describing: any))")
        }
    }

    private static func takes(yaml: String) throws -> Bool {
        try takes(try value(try Yams.load(yaml: yaml)), ConfigurationSchema.document)
    }

    /// What the pages show of a configuration: their blocks of YAML, and what commands write into a
    /// file of a service.
    private static func examples() throws -> [String] {
        let pages = try FileManager.default.contentsOfDirectory(
            at: RepositoryFiles.file("docs"), includingPropertiesForKeys: nil)
        let files = [RepositoryFiles.file("README.md")] + pages.filter { $0.pathExtension == "md" }
        var examples: [String] = []
        for file in files.sorted(by: { $0.path < $1.path }) {
            var open: [Substring]?
            let text = try String(contentsOf: file, encoding: .utf8)
            for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
                if line == "```yaml" || line.hasSuffix("swerve.yaml <<'YAML'")
                    || line.hasSuffix("elastic.yaml <<'YAML'")
                {
                    open = []
                } else if let lines = open {
                    guard line != "```", line != "YAML" else {
                        examples.append(lines.joined(separator: "\n") + "\n")
                        open = nil
                        continue
                    }
                    open = lines + [line]
                }
            }
        }
        return examples
    }

    @Test("the pages' examples are taken, by the schema and by the reader")
    func pages() throws {
        let examples = try Self.examples()
        #expect(examples.count >= 14)
        for example in examples {
            #expect(try Self.takes(yaml: example), "\(example)")
            _ = try ConfigurationFile.parse(example, name: "the page")
        }
    }

    @Test(
        "what the reader takes is taken",
        arguments: [
            "{}", "group: ~\nslots: ~\nkafka:\n", "slots: {total: 2, first: 0}\n",
            "slots.total: 2\n", "slots: {total: auto}\nslot_from: hostname\n",
            "scoring_threads: 2\n", "scoring_threads: auto\n",
            "trust: t\ntrust.artifacts: required\n",
            "artifacts: https://h/{digest}\nartifacts.token_file: t\n",
            "schema_registry: {url: https://sr:8081, timeout_ms: 200}\n",
            "schema_registry:\n  url: [https://a, https://b]\n  headers: {x: 1, y: z}\n",
            "schema_registry: {headers: 'x=1,y=z', basic: {user: u, password_file: p}}\n",
            "output: {format: avro, register: true}\ninput: {format: avro}\n",
            "trust: {artifacts: required}\n", "input: {fields: {id: a.b}}\n",
            "input: {fields.id: a}\n", "input.fields: {id: a}\n", "input.fields.id: a\n",
            "limits: {request_bytes: 1e6, max_age: 10m}\n",
            "dead_letters: {at_bound: hold}\n", "limits: {max_age: 90s}\n",
            "mask: [body, a.b]\n", "mask: body\n", "mask: \"a, b.c\"\n", "mask: '[a, \"b\"]'\n",
            "development: yes\n", "development: \"off\"\n",
            "kafka: {linger.ms: 5, consumer: {fetch.min.bytes: 1}}\n",
            "kafka.producer: {compression.type: zstd}\n", "kafka.client.id: me\n",
        ])
    func taken(yaml: String) throws {
        _ = try ConfigurationFile.parse(yaml, name: "test")
        #expect(try Self.takes(yaml: yaml))
    }

    @Test(
        "what it refuses is refused",
        arguments: [
            "gruop: g\n", "topics: {inptu: raw}\n", "topic.input: raw\n", "start: newest\n",
            "slots: {total: 9999}\n", "slot_from: ip\n", "slots: {total: many}\n", "slots: 2\n",
            "scoring_threads: 0\n", "scoring_threads: many\n",
            "limits: {request_bytes: 1.5}\n", "limits: {max_age: 10}\n",
            "limits: {max_age: 1 week}\n", "limits: {max_age: -1s}\n",
            "dead_letters: {at_bound: stop}\n",
            "mask: [a, [b]]\n", "mask: [\"a,b\"]\n", "mask: [a b]\n", "mask: a b\n",
            "mask: '\"a\"'\n", "mask: a;b\n", "mask: [\"[a\"]\n",
            "topics: {input: \"bad topic!\"}\n",
            "development: perhaps\n", "kafka: {acks: 1}\n", "kafka: [a]\n",
            "kafka: {consumer: {group.id: g}}\n", "kafka: {ssl: {ca.location: x}}\n",
            "schema_registry: {url: {a: b}}\n", "schema_registry: {headers: [x]}\n",
            "output: {format: xml}\n", "schema_registry.timeout_ms: 1\n",
            "delivery: at-most-once\n", "model: [1]\n", "- a\n",
        ])
    func refused(yaml: String) throws {
        #expect(try !Self.takes(yaml: yaml))
        #expect(throws: SwerveError.self) {
            let configuration = try ConfigurationFile.parse(yaml, name: "test")
            for key in ConfigurationKey.allCases where configuration.given(key) != nil {
                switch key.row.kind {
                case .integer: _ = try configuration.integer(key)
                case .integerOrWord: _ = try configuration.integerUnlessWord(key)
                case .boolean: _ = try configuration.flag(key)
                case .list: _ = try configuration.list(key)
                case .urls: _ = try configuration.urls(key)
                case .pairs: _ = try configuration.pairs(key)
                case .duration: _ = try configuration.durationMsIfGiven(key)
                case .choice: _ = try configuration.choice(key)
                case .topic: _ = try configuration.topic(key)
                case .text, .file: break
                }
            }
            _ = try ClientSettings(configuration)
        }
    }

    @Test("every key is in it, dotted, with its meaning", arguments: ConfigurationKey.allCases)
    func complete(key: ConfigurationKey) throws {
        guard key != .bootstrap else { return }
        let rules = try #require(ConfigurationSchema.document["properties"]?[key.rawValue])
        let own = rules["description"] ?? rules["anyOf"]?.array?.first?["description"]
        #expect(own?.string?.contains(key.variable) == true)
    }
}
