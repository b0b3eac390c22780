import Lifecycle
import TestSupport
import Testing

@testable import Configuration

/// What a person reads where a configuration is wrong: the whole line, as it is printed.
@Suite("Errors of a configuration")
struct ConfigurationErrorTests {
    /// Reads all that any command reads; the first error ends it.
    private func read(_ configuration: Configuration) throws(SwerveError) {
        _ = try configuration.required(.model)
        for key in ConfigurationKey.allCases {
            switch key.row.kind {
            case .integer: _ = try configuration.integerIfGiven(key)
            case .integerOrWord: _ = try configuration.integerUnlessWord(key)
            case .boolean: _ = try configuration.flag(key)
            case .list: _ = try configuration.list(key)
            case .urls: _ = try configuration.urls(key)
            case .pairs: _ = try configuration.pairs(key)
            case .duration: _ = try configuration.durationMsIfGiven(key)
            case .choice:
                if key.row.fallback == .nothing, configuration.given(key) == nil { continue }
                _ = try configuration.choice(key)
            case .topic, .text, .file: continue
            }
        }
        _ = try TopicNames(configuration)
        _ = try configuration.required(.bootstrap)
        _ = try ClientSettings(configuration)
    }

    private func error(
        _ yaml: String, environment: [String: String] = [:], settings: [String] = []
    ) throws -> String {
        var sources = ConfigurationSources(environment: environment)
        sources.settings = settings
        do throws(SwerveError) {
            var configuration = try ConfigurationFile.parse(yaml, name: "c.yaml")
            try sources.apply(to: &configuration)
            try read(configuration)
        } catch {
            #expect(error.code == .usage)
            return error.description
        }
        Issue.record("nothing is wrong with it")
        return ""
    }

    private static let whole = "model: m\nstart: earliest\nkafka: {bootstrap.servers: b}\n"

    @Test(
        "what the file says wrongly",
        arguments: [
            ("- a\n", "reading c.yaml: not a mapping of keys to values"),
            (
                "a: b: c\n",
                """
                reading c.yaml: not YAML: line 1, column 5: mapping values are not allowed in \
                this context
                """
            ),
            (
                "kafka: {sasl.password: 'hunter2\n",
                "reading c.yaml: not YAML: line 2, column 1: found unexpected end of stream"
            ),
            (
                "model: a\nmodel: b\n",
                """
                reading c.yaml: not YAML: line 1, column 1: given twice: model
                """
            ),
            ("[a]: b\n", "reading c.yaml: line 1: a key is not a text"),
            ("model: [1]\n", "reading c.yaml: line 1: model: neither a value nor a mapping"),
            (
                "gruop: g\n",
                "reading c.yaml: line 1: unknown key 'gruop'; did you mean group?"
            ),
            (
                "topics: {inptu: raw}\n",
                "reading c.yaml: line 1: unknown key 'topics.inptu'; did you mean topics.input?"
            ),
            (
                "model: m\ndrain_ms: 5\n",
                "reading c.yaml: line 2: unknown key 'drain_ms'; did you mean limits.drain_ms?"
            ),
            (
                "bootstrap: b\n",
                """
                reading c.yaml: line 1: unknown key 'bootstrap'; the brokers are named by \
                kafka: {bootstrap.servers: HOST:PORT}
                """
            ),
            (
                "sasl.password: hunter2\n",
                """
                reading c.yaml: line 1: unknown key 'sasl.password'; librdkafka's own \
                settings stand below kafka:
                """
            ),
            (
                "kafka: true\n",
                """
                reading c.yaml: line 1: kafka settings are a mapping of librdkafka's keys to \
                values
                """
            ),
            (
                "slots: 2\n",
                """
                reading c.yaml: line 1: 'slots' has no value of its own; below it stand \
                slots.total, slots.first, slots.count
                """
            ),
            (
                "kafka: {sasl.password: [hunter2]}\n",
                """
                reading c.yaml: line 1: kafka setting sasl.password is neither a text nor a \
                number; write librdkafka's names with their dots, as fetch.min.bytes: 1
                """
            ),
            (
                "kafka.consumer: {fetch: {min: 1}}\n",
                """
                reading c.yaml: line 1: kafka setting fetch is neither a text nor a number; \
                write librdkafka's names with their dots, as fetch.min.bytes: 1
                """
            ),
        ])
    func file(yaml: String, line: String) throws { #expect(try error(yaml) == line) }

    @Test(
        "what holds nothing is held against the keys that there are, too",
        arguments: [
            (
                "tpoics: {}\n",
                "reading c.yaml: line 1: unknown key 'tpoics'; all keys are told by: swerve config keys"
            ),
            (
                "model: m\nslots: {frist: {}}\n",
                "reading c.yaml: line 2: unknown key 'slots.frist'; did you mean slots.first?"
            ),
            (
                "gruop: []\n",
                "reading c.yaml: line 1: unknown key 'gruop'; did you mean group?"
            ),
            (
                "model: {gruop: {}}\n",
                "reading c.yaml: line 1: unknown key 'model.gruop'; near it are model; all keys are "
                    + "told by: swerve config keys"
            ),
            ("model: {}\n", "reading c.yaml: line 1: model: a mapping is none of its values"),
            (
                "output.headers: {}\n",
                "reading c.yaml: line 1: output.headers: a mapping is none of its values"
            ),
        ])
    func empty(yaml: String, line: String) throws { #expect(try error(yaml) == line) }

    @Test("a section that holds nothing says nothing")
    func emptySections() throws {
        let yaml = "slots: {}\ninput: {fields: {}, log: {}}\nkafka.consumer: {}\nschema_registry:\n"
        try read(ConfigurationFile.parse(Self.whole + yaml, name: "c.yaml"))
    }

    @Test("for a word that is near none it is said where all are told")
    func far() throws {
        #expect(
            try error("colour: red\n") == """
                reading c.yaml: line 1: unknown key 'colour'; \
                all keys are told by: swerve config keys
                """)
    }

    @Test(
        "what is missing, with the ways to give it",
        arguments: [
            (
                "",
                """
                reading c.yaml: model is missing; set it in the file, by SWERVE_MODEL, or \
                --set model=…
                """
            ),
            (
                "model: m\n",
                """
                reading c.yaml: start is missing; set it in the file, by SWERVE_START, or \
                --set start=…
                """
            ),
            (
                "model: m\nstart: newest\n",
                """
                reading c.yaml: line 2: start: 'newest' is neither earliest nor latest; it \
                says where a new group begins: latest loses what is there, earliest scores it
                """
            ),
            (
                "model: m\nstart: latest\n",
                """
                looking for the brokers: none is named; give --bootstrap HOST:PORT, \
                SWERVE_BOOTSTRAP, or kafka: {bootstrap.servers: HOST:PORT} in swerve.yaml
                """
            ),
        ])
    func missing(yaml: String, line: String) throws { #expect(try error(yaml) == line) }

    @Test(
        "values that mean nothing, with their place",
        arguments: [
            (
                "slots: {total: 9999}\n",
                "reading c.yaml: line 4: slots.total: '9999' is not in 1 … 1024"
            ),
            (
                "limits: {request_bytes: 1.5}\n",
                """
                reading c.yaml: line 4: limits.request_bytes: '1.5' is not a whole number; \
                write one from 1 to 16777216
                """
            ),
            (
                "delivery: at-most-once\n",
                """
                reading c.yaml: line 4: delivery: 'at-most-once' is neither at-least-once nor \
                exactly-once
                """
            ),
            (
                "input: {format: xml}\n",
                """
                reading c.yaml: line 4: input.format: 'xml' is not one of json, log, text, avro
                """
            ),
            (
                "assignment: sticky\n",
                "reading c.yaml: line 4: assignment: 'sticky' is not one of static, dynamic, fixed"
            ),
            (
                "development: perhaps\n",
                "reading c.yaml: line 4: development: 'perhaps' is neither true nor false"
            ),
            (
                "topics: {input: \"bad topic!\"}\n",
                """
                reading c.yaml: line 4: topics.input: 'bad topic!' is not a name that Kafka \
                takes; use at most 249 letters, digits, '.', '_' and '-'
                """
            ),
            (
                "topics:\n  output: a\n  input: a\n",
                """
                reading c.yaml: line 5: topics.output: 'a' is the name of topics.input too: \
                two topics have the same name
                """
            ),
            (
                "kafka.producer: {acks: 1}\n",
                """
                reading c.yaml: line 4: kafka.producer: acks cannot be set: a prediction \
                counts when all in-sync replicas have it; remove it
                """
            ),
        ])
    func values(yaml: String, line: String) throws {
        #expect(try error(Self.whole + yaml) == line)
    }

    @Test("an error about a variable or an option names it, not the file")
    func elsewhere() throws {
        let variables = ["SWERVE_SLOTS_TOTAL": "many"]
        #expect(
            try error(Self.whole + "slots: {total: 2}\n", environment: variables)
                == """
                reading SWERVE_SLOTS_TOTAL: slots.total: 'many' is not a whole number; \
                write one from 1 to 1024, or auto
                """)
        #expect(
            try error(Self.whole, environment: variables, settings: ["slots.total=0"])
                == "reading --set: slots.total: '0' is not in 1 … 1024")
        #expect(
            try error(Self.whole, settings: ["kafka.group.id=g"])
                == "reading --set: kafka: group.id cannot be set: the group is 'group'; remove it")
    }

    @Test("of two topics of one name, the value that was given last is the wrong one")
    func topics() throws {
        let words = "two topics have the same name"
        #expect(
            try error(Self.whole, environment: ["SWERVE_TOPICS_INPUT": "predictions"])
                == "reading SWERVE_TOPICS_INPUT: topics.input: 'predictions' is the name of "
                + "topics.output too: \(words)")
        #expect(
            try error(
                Self.whole + "topics: {control: a}\n", environment: ["SWERVE_TOPICS_STATUS": "b"],
                settings: ["topics.control=b"])
                == "reading --set: topics.control: 'b' is the name of topics.status too: \(words)")
    }

    @Test("each of librdkafka's own settings is looked at with the place that it comes from")
    func clientSettings() throws {
        var sources = ConfigurationSources(environment: ["SWERVE_BOOTSTRAP": "b"])
        sources.settings = ["kafka.consumer.fetch.min.bytes=1"]
        var configuration = try ConfigurationFile.parse(
            "model: m\nkafka.producer: {linger.ms: 5}\n", name: "c.yaml")
        try sources.apply(to: &configuration)
        var seen: [String] = []
        try configuration.checkClientSettings { setting, act in
            seen += setting.map { "\(act) \($0)=\($1)" }
        }
        #expect(
            seen == [
                "reading SWERVE_BOOTSTRAP: kafka bootstrap.servers=b",
                "reading --set: kafka.consumer fetch.min.bytes=1",
                "reading c.yaml: line 2: kafka.producer linger.ms=5",
            ])
    }

    @Test("a NUL byte, at which C would end a name or a value")
    func nul() throws {
        #expect(
            try error(Self.whole + #"kafka.producer: {"plugin.library.paths\0x": y}"# + "\n")
                == #"reading c.yaml: line 4: kafka.producer.plugin.library.paths\u{0}x: its name "#
                + "or value holds a NUL byte; remove it")
        #expect(
            try error(Self.whole, settings: ["group=a\0b"])
                == "reading --set: group: its name or value holds a NUL byte; remove it")
    }

    @Test("a variable that names no key is told with the one that was meant")
    func variables() {
        let found = UnknownVariables.find(in: [
            "SWERVE_REGISTY": "r", "SWERVE_CONFIGG": "c", "SWERVE_SLOTS_TOTLA": "2",
            "SWERVE_KAFKA_BOOTSTRAP_SERVERS": "b", "SWERVE_COLOUR": "red",
            "SWERVE_HTTP_PORT": "9464",
            // Not set, keys, the project's own tests', Kubernetes', somebody else's.
            "SWERVE_GRUOP": "", "SWERVE_GROUP": "g", "SWERVE_CONFIG": "c", "SWERVE_SHARED": "x",
            "SWERVE_TOKEN": "t",
            "SWERVE_TEST_BOOTSTRAP": "b", "SWERVE_HUB_SERVICE_HOST": "10.0.0.1",
            "SWERVE_HUB_PORT_9465_TCP_PORT": "9465",
            "SWERVE_HUB_PORT_9465_TCP": "tcp://10.0.0.1:9465",
            "SWERVE_HUB_PORT_9465_TCP_PROTO": "tcp",
            "SWERVE_PORT": "tcp://10.0.0.1:80", "SWERVE_PORT_80_TCP_ADDR": "10.0.0.1",
            "SWERVEX": "1", "HOME": "/",
        ])
        #expect(
            found == [
                .init(name: "SWERVE_COLOUR", nearest: nil),
                .init(name: "SWERVE_CONFIGG", nearest: "SWERVE_CONFIG"),
                .init(name: "SWERVE_HTTP_PORT", nearest: nil),
                .init(name: "SWERVE_KAFKA_BOOTSTRAP_SERVERS", nearest: "SWERVE_BOOTSTRAP"),
                .init(name: "SWERVE_REGISTY", nearest: "SWERVE_REGISTRY"),
                .init(name: "SWERVE_SLOTS_TOTLA", nearest: "SWERVE_SLOTS_TOTAL"),
            ])
    }

    @Test(
        "a --set that is none",
        arguments: [
            (
                "kafka.sasl.password:hunter2",
                """
                reading --set 'kafka.sasl.password…': not KEY=VALUE; write --set KEY=VALUE
                """
            ),
            ("gruop=g", "reading --set: unknown key 'gruop'; did you mean group?"),
            (
                "kafka=x",
                """
                reading --set: 'kafka' has no value of its own; below it stand librdkafka's own \
                keys, as kafka.client.id
                """
            ),
            (
                "slots=2",
                """
                reading --set: 'slots' has no value of its own; below it stand slots.total, \
                slots.first, slots.count
                """
            ),
        ])
    func set(setting: String, line: String) throws {
        #expect(try error(Self.whole, settings: [setting]) == line)
    }

    @Test("users and passwords in addresses are not repeated")
    func secrets() throws {
        let configuration = try ConfigurationFile.parse(
            "artifacts: https://u:hunter2@h/x\n", name: "c.yaml")
        #expect(
            configuration.wrong(.artifacts, "is a URL").description
                == "reading c.yaml: line 1: artifacts: 'https://***@h/x' is a URL")
    }
}
