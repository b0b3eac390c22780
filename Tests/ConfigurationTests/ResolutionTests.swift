import Lifecycle
import TestSupport
import Testing

@testable import Configuration

/// Which of file, environment and command line counts, and that the origin is known.
@Suite("Resolution of a configuration")
struct ResolutionTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func resolve(
        _ usual: String? = nil, file: String? = nil, environment: [String: String] = [:],
        settings: [String] = [], options: [ConfigurationKey: String] = [:]
    ) throws -> Configuration {
        if let usual { try folder.write("swerve.yaml", usual) }
        var sources = ConfigurationSources(file: file, environment: environment)
        sources.settings = settings
        sources.options = options
        return try sources.resolve(usualFile: folder.path("swerve.yaml"))
    }

    @Test("options beat --set, which beats environment, which beats the file")
    func precedence() throws {
        let yaml = "registry: file\n"
        let variable = ["SWERVE_REGISTRY": "variable"]
        #expect(try resolve().text(.registry) == "./swerve.db")
        #expect(try resolve(yaml).text(.registry) == "file")
        #expect(try resolve(yaml, environment: variable).text(.registry) == "variable")
        #expect(
            try resolve(yaml, environment: variable, settings: ["registry=a", "registry=set"])
                .text(.registry) == "set")
        #expect(
            try resolve(
                yaml, environment: variable, settings: ["registry=set"],
                options: [.registry: "option"]
            ).text(.registry) == "option")
    }

    @Test("each value's origin is known")
    func origins() throws {
        let yaml = "model: m\ntopics:\n  input: a\n  control: b\n"
        let configuration = try resolve(
            yaml, environment: ["SWERVE_GROUP": "g"], settings: ["kafka.linger.ms=5"],
            options: [.topicStatus: "s"])
        let path = folder.path("swerve.yaml")
        #expect(configuration.origin(of: .topicControl) == .file(name: path, line: 4))
        #expect(configuration.origin(of: .group) == .environment("SWERVE_GROUP"))
        #expect(configuration.origin(of: .topicStatus) == .option("--status-topic"))
        #expect(configuration.origin(of: .state) == .fallback)
        #expect(configuration.entries["kafka.linger.ms"]?.origin == .option("--set"))
    }

    @Test("the file is --config's, else SWERVE_CONFIG's, else ./swerve.yaml where it is there")
    func files() throws {
        let named = try folder.write("named.yaml", "group: named\n")
        let variable = ["SWERVE_CONFIG": try folder.write("variable.yaml", "group: variable\n")]
        #expect(try resolve().text(.group) == nil)
        #expect(try resolve(environment: variable).text(.group) == "variable")
        #expect(try resolve("group: usual\n").text(.group) == "usual")
        #expect(try resolve(environment: ["SWERVE_CONFIG": ""]).text(.group) == "usual")
        #expect(try resolve(environment: variable).text(.group) == "variable")
        #expect(try resolve(file: named, environment: variable).text(.group) == "named")
    }

    @Test("a file that somebody names has to be there")
    func missingFile() {
        let missing = folder.path("missing.yaml")
        for sources in [
            ConfigurationSources(file: missing, environment: [:]),
            ConfigurationSources(environment: ["SWERVE_CONFIG": missing]),
        ] {
            let error = #expect(throws: SwerveError.self) { try sources.resolve() }
            #expect(error?.code == .usage && error?.act == "reading \(missing)")
        }
    }

    @Test("a file that cannot be read as one is the configuration's fault: a restart ends alike")
    func unusableFile() throws {
        let large = try folder.write(
            "large.yaml", String(repeating: "#", count: (1 << 20) + 1))
        let others = try folder.write("utf16.yaml", [0xFF, 0xFE, 0x6D, 0x00, 0x3A, 0x00])
        for (path, said) in [
            (large, "more than 1048576 bytes"), (folder.path(""), "not a regular file"),
            (others, "not UTF-8; save it in UTF-8"),
        ] {
            let error = #expect(throws: SwerveError.self) { try resolve(file: path) }
            #expect(error?.code == .usage && "\(error.map { "\($0)" } ?? "")".contains(said))
        }
    }

    @Test("an empty variable is none, and an empty value is the default")
    func empty() throws {
        #expect(
            try resolve("group: g\n", environment: ["SWERVE_GROUP": ""]).text(.group) == "g")
        #expect(try resolve("state: s\n", settings: ["state="]).text(.state) == "./state")
        #expect(try resolve("state: s\n", settings: ["state="]).origin(of: .state) == .fallback)
    }

    @Test("brokers are one key, whichever way they are named")
    func brokers() throws {
        let yaml = "kafka: {bootstrap.servers: file}\n"
        func brokers(_ configuration: Configuration) throws -> String? {
            #expect(
                try ClientSettings(configuration).common["bootstrap.servers"]
                    == configuration.text(.bootstrap))
            return configuration.text(.bootstrap)
        }
        #expect(try brokers(resolve(yaml)) == "file")
        let variable = ["SWERVE_BOOTSTRAP": "variable"]
        #expect(try brokers(resolve(yaml, environment: variable)) == "variable")
        let setting = ["kafka.bootstrap.servers=set"]
        #expect(
            try brokers(resolve(yaml, environment: variable, settings: setting)) == "set")
        #expect(
            try brokers(
                resolve(
                    yaml, environment: variable, settings: setting, options: [.bootstrap: "option"])
            ) == "option")
    }

    @Test("librdkafka's own keys pass through, in their section, nested or dotted")
    func clients() throws {
        let settings = try ClientSettings(
            resolve(
                """
                kafka: {linger.ms: 5, consumer: {a.b: 1}}
                kafka.consumer: {c: 2}
                kafka.producer: {d: "x"}
                kafka.client.id: i
                """, settings: ["kafka.producer.e=3"]))
        #expect(settings.common == ["linger.ms": "5", "client.id": "i"])
        #expect(settings.consumer == ["a.b": "1", "c": "2"])
        #expect(settings.producer == ["d": "x", "e": "3"])
    }

    @Test("a plain null is no value", arguments: ["~", "null", "Null", "NULL", ""])
    func null(word: String) throws {
        let configuration = try resolve(
            "group: \(word)\nslots: \(word)\nkafka: \(word)\nkafka.producer: {a: \(word)}\n")
        #expect(configuration.entries.isEmpty)
    }

    @Test("a quoted one is a text", arguments: ["\"null\"", "'null'"])
    func quoted(word: String) throws {
        #expect(try resolve("group: \(word)\n").text(.group) == "null")
    }

    @Test("numbers as YAML writes them")
    func numbers() throws {
        #expect(
            try resolve("limits: {request_bytes: 1e6}\n").integer(.requestBytes) == 1_000_000)
        #expect(try resolve(settings: ["slots.total=3"]).integerUnlessWord(.slotsTotal) == 3)
        #expect(try resolve(settings: ["slots.total=auto"]).integerUnlessWord(.slotsTotal) == nil)
        #expect(try resolve().integerIfGiven(.slotsCount) == nil)
    }

    @Test(
        "true and false as people write them",
        arguments: [("true", true), ("Yes", true), ("on", true), ("1", true), ("off", false)])
    func booleans(word: String, value: Bool) throws {
        #expect(try resolve("development: \(word)\n").flag(.development) == value)
    }

    @Test("topics have the table's names where nobody gave others")
    func topics() throws {
        let names = try TopicNames(resolve("topics: {input: mine}\n"))
        #expect(names.input == "mine" && names.output == "predictions")
        #expect(names.deadLetters == "predictions.dlq" && names.control == "swerve.control")
        #expect(names.status == "swerve.status")
    }
}
