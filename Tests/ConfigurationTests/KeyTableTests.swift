import Foundation
import Lifecycle
import TestSupport
import Testing

@testable import Configuration

/// The one table of keys, and what comes from it.
@Suite("The table of keys")
struct KeyTableTests {
    /// `make docs` writes the page anew where this fails.
    @Test("the page's table is the table's")
    func page() throws {
        let file = RepositoryFiles.file("docs/configuration.md")
        let page = try String(contentsOf: file, encoding: .utf8)
        #expect(page.hasSuffix("\n\n" + KeyTableText.markdown))
    }

    @Test("names, variables and options are each one key's")
    func unique() {
        let keys = ConfigurationKey.allCases
        #expect(Set(keys.map(\.variable)).count == keys.count)
        let options = keys.compactMap(\.row.option)
        #expect(Set(options).count == options.count)
        #expect(ConfigurationKey.slotsFirst.variable == "SWERVE_SLOTS_FIRST")
        #expect(ConfigurationKey.topicDeadLetters.variable == "SWERVE_TOPICS_DEAD_LETTERS")
        #expect(ConfigurationKey.bootstrap.variable == "SWERVE_BOOTSTRAP")
    }

    @Test("no two keys' names differ by a section only", arguments: ConfigurationKey.allCases)
    func sections(key: ConfigurationKey) {
        let isSection = KeyNames.isSection(key.rawValue)
        let isBoth = [.trust, .commit, .artifacts, .inputLog].contains(key)
        #expect(isSection == isBoth, "\(key.rawValue) is a key and a section")
    }

    @Test("every default is a value of its key", arguments: ConfigurationKey.allCases)
    func defaults(key: ConfigurationKey) throws {
        let nothing = Configuration(name: "nothing")
        guard case .value(let value) = key.row.fallback else {
            return #expect(nothing.text(key) == nil)
        }
        #expect(nothing.text(key) == value)
        switch key.row.kind {
        case .integer: #expect(try "\(nothing.integer(key))" == value)
        case .integerOrWord:
            #expect(try nothing.integerUnlessWord(key).map { "\($0)" } == value)
        case .boolean: #expect(try "\(nothing.flag(key))" == value)
        case .choice: #expect(try nothing.choice(key) == value)
        case .topic: #expect(try nothing.topic(key) == value)
        case .list: #expect(try nothing.list(key).joined(separator: ",") == value)
        case .urls: #expect(try nothing.urls(key).joined(separator: ",") == value)
        case .pairs: #expect(try nothing.pairs(key).isEmpty)
        case .duration: #expect(try "\(nothing.durationMsIfGiven(key) ?? 0)ms" == value)
        case .text, .file: break
        }
    }

    @Test("a meaning is one line without an end, and somebody reads the key")
    func words() {
        for row in ConfigurationKey.allCases.map(\.row) {
            #expect(!row.meaning.isEmpty && !row.meaning.hasSuffix("."))
            #expect(!row.meaning.contains("\n") && !row.meaning.contains("|"))
            #expect(!row.readers.isEmpty)
        }
    }

    @Test("programs get the same rows")
    func document() throws {
        let keys = try #require(KeyTableText.document["keys"]?.array)
        #expect(keys.count == ConfigurationKey.allCases.count)
        let control = try #require(keys.first { $0["key"] == "topics.control" })
        #expect(control["variable"] == "SWERVE_TOPICS_CONTROL")
        #expect(control["option"] == "--control-topic" && control["default"] == "swerve.control")
        #expect(control["read_by"] == ["serve", "topics create", "commands"])
        #expect(keys.first?["required"] == true && control["required"] == false)
    }

    @Test("the report names value and origin of each key that its reader reads; no secret")
    func report() throws {
        var sources = ConfigurationSources(
            environment: [
                "SWERVE_TOPICS_CONTROL": "x", "SWERVE_BOOTSTRAP": "u:hunter2@h:9",
                "SWERVE_KAFKA_SASL_PASSWORD": "hunter2",
            ])
        sources.settings = [
            "state=a\u{1B}b"
        ]
        sources.options = [.registry: "r.db"]
        var configuration = try ConfigurationFile.parse(
            "model: m\n\nstart: latest\nkafka.consumer.sasl.oauthbearer.config: hunter3\n",
            name: "c.yaml")
        try sources.apply(to: &configuration)
        let lines = configuration.report(for: .serve)
        #expect(lines.contains("model = m, from c.yaml line 1"))
        #expect(lines.contains("start = latest, from c.yaml line 3"))
        #expect(lines.contains("group = the model, by default"))
        #expect(lines.contains("slot_from = nothing, by default"))
        #expect(lines.contains("trust = nothing, by default"))
        #expect(lines.contains("topics.control = x, from SWERVE_TOPICS_CONTROL"))
        #expect(lines.contains("limits.drain_ms = 10000, by default"))
        #expect(lines.contains("registry = r.db, from --registry"))
        #expect(lines.contains("kafka.bootstrap.servers = ***@h:9, from SWERVE_BOOTSTRAP"))
        #expect(lines.contains("kafka.sasl.password = ***, from SWERVE_KAFKA_SASL_PASSWORD"))
        #expect(!lines.contains { $0.contains("hunter") })
        #expect(lines.contains("state = a\\u{1b}b, from --set"))
        #expect(!lines.contains { $0.hasPrefix("signing_key") })
        #expect(configuration.report(for: .commands).contains("signing_key = nothing, by default"))
    }
}
