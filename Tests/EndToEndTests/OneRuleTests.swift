import Foundation
import Kafka
import Lifecycle
import TestSupport
import Testing

/// Every command takes brokers, topics and registry by one rule, whichever way they are named: what
/// announces reaches the topic that workers listen to.
@Suite("One rule for all commands, end to end", .serialized, .blocking)
struct OneRuleTests {
    /// A way to name the brokers, the topics and the registry.
    enum Way: String, CaseIterable {
        case usualFile = "./swerve.yaml"
        case namedFile = "--config"
        case fileVariable = "SWERVE_CONFIG"
        case variables = "SWERVE_…"
        case settings = "--set"
    }

    /// A stream whose names are not the defaults, and a folder that commands run in.
    private struct Place {
        let way: Way
        let stream: TestStream
        let folder: TemporaryFolder
        private let options: [String]
        private let environment: [String: String]

        init(_ way: Way) throws {
            self.way = way
            stream = try TestStream()
            let yaml = try String(
                contentsOfFile: stream.folder.path("swerve.yaml"), encoding: .utf8)
            folder = try TemporaryFolder()
            let names = [
                "topics.input": stream.input, "topics.output": stream.output,
                "topics.dead_letters": stream.deadLetters, "topics.control": stream.control,
                "topics.status": stream.status, "registry": stream.registry,
            ]
            switch way {
            case .usualFile:
                try folder.write("swerve.yaml", yaml)
                (options, environment) = ([], [:])
            case .namedFile:
                // What lies in the folder does not count beside one that is named.
                try folder.write("swerve.yaml", "kafka: {bootstrap.servers: 127.0.0.1:1}\n")
                options = ["--config", try folder.write("other.yaml", yaml)]
                environment = [:]
            case .fileVariable:
                try folder.write("swerve.yaml", "kafka: {bootstrap.servers: 127.0.0.1:1}\n")
                options = []
                environment = ["SWERVE_CONFIG": try folder.write("other.yaml", yaml)]
            case .variables:
                options = []
                environment = Dictionary(
                    uniqueKeysWithValues: names.map { key, value in
                        (
                            "SWERVE_"
                                + key.uppercased().replacingOccurrences(of: ".", with: "_"), value
                        )
                    }
                ).merging(["SWERVE_BOOTSTRAP": stream.bootstrap]) { $1 }
            case .settings:
                options =
                    names.flatMap { ["--set", "\($0)=\($1)"] }
                    + ["--set", "kafka.bootstrap.servers=\(stream.bootstrap)"]
                environment = [:]
            }
        }

        func swerve(_ arguments: [String]) throws -> Executable.Output {
            try Executable.run(arguments + options, environment: environment, folder: folder.url)
        }

        /// The newest epoch on the stream's own control topic.
        func announced() throws -> Int? {
            let record = try stream.readAll(stream.control, partitions: 1).last
            return try record.flatMap { record in
                try JSONValue(parsing: record.value ?? [], act: "reading the record")["epoch"]?.int
            }
        }
    }

    @Test(
        "registering, changing, looking and auditing reach the same place", arguments: Way.allCases)
    func lifecycle(way: Way) throws {
        let place = try Place(way)
        let model = try place.folder.write("m.model", TestModels.liblinear(seed: 1))
        let other = try place.folder.write("n.model", TestModels.liblinear(seed: 2))
        let spec = try place.folder.write("s.json", TestModels.spec)
        for file in [model, other] {
            let made = try place.swerve([
                "register", file, "--model", "m", "--featurizer", spec,
            ])
            #expect(made.code == 0, "\(made)")
        }
        #expect(FileManager.default.fileExists(atPath: place.stream.registry))
        #expect(!FileManager.default.fileExists(atPath: place.folder.path("swerve.db")))

        var epoch = 0
        for arguments in [
            ["promote", "m@1"], ["promote", "m@2", "--canary", "10%"], ["abort", "m"],
            ["promote", "m@2", "--shadow"], ["complete", "m"],
            ["settings", "m", "--threshold", "0.5"], ["rollback", "m"],
        ] {
            epoch += 1
            let changed = try place.swerve(arguments + ["--json"])
            #expect(changed.code == 0, "\(arguments): \(changed)")
            #expect(try changed.json()["announced"] == true)
            #expect(try place.announced() == epoch, "\(arguments)")
        }
        let again = try place.swerve(["republish", "m", "--json"])
        #expect(again.code == 0, "\(again)")
        let adopted = try place.swerve(["registry", "adopt", "m", "--json"])
        #expect(adopted.err.contains("this registry's own, at epoch 7 of 7"), "\(adopted)")
        let announced = try #require(try place.announced())

        let status = try place.swerve(["status", "m", "--json"])
        #expect(try status.json()["wanted"]?["epoch"]?.int == announced, "\(status)")
        #expect(try status.json()["announced"]?["epoch"]?.int == announced, "\(status)")
        let audit = try place.swerve(["audit", "verify", "--json"])
        #expect(audit.code == 0, "\(audit)")
        #expect(try #require(try audit.json()["control_records"]?.int) >= announced)
        let history = try place.swerve(["history", "m", "--json"])
        #expect(try history.json()["history"]?.array?.count == announced, "\(history)")
    }

    @Test(
        "topics are made by the same rule, and need no more of the configuration",
        .enabled(
            if: TestStream.realBootstrap == nil, "the development broker names what it would make"),
        arguments: Way.allCases)
    func topics(way: Way) throws {
        let place = try Place(way)
        let refused = try place.swerve(["topics", "create"])
        #expect(refused.code == 1, "\(refused)")
        #expect(refused.err.contains("--topic \(place.stream.control):1"), "\(refused)")
    }

    @Test("a trust file counts by the same rule, and one that somebody names has to be there")
    func trust() throws {
        let stream = try TestStream()
        try TestModels.register(2, in: stream)
        let missing = stream.folder.path("no-trust")
        for environment in [["SWERVE_TRUST": missing], [:]] {
            let arguments =
                ["promote", "http-anomaly@1"]
                + (environment.isEmpty ? ["--set", "trust=\(missing)"] : [])
            let refused = try Executable.run(
                arguments, environment: environment, folder: stream.folder.url)
            #expect(refused.code == 64 && refused.err.contains("no-trust"), "\(refused)")
        }
        // The workers' own file may be on their machine alone.
        try stream.writeConfiguration(at: "swerve.yaml", changes: "trust: \(missing)")
        let promoted = try stream.swerve("promote", "http-anomaly@1")
        #expect(promoted.code == 0, "\(promoted)")
        #expect(promoted.err.contains("no-trust"))
        // One that is there and means nothing stops a change, and hides no fleet.
        try stream.folder.write("no-trust", "ops everything\n")
        let changed = try stream.swerve("promote", "http-anomaly@2")
        #expect(changed.code == 64 && changed.err.contains("line 1"), "\(changed)")
        let status = try stream.swerve("status", "http-anomaly", "--json")
        #expect(try status.json()["announced"]?["epoch"] == 1, "\(status)")
        #expect(status.err.contains("line 1"), "\(status)")
    }

    @Test("the key that signs is named by the same rule")
    func signing() throws {
        let stream = try TestStream()
        try TestModels.register(1, in: stream)
        let made = try stream.swerve("keys", "generate", "ops", "--role", "promote")
        #expect(made.code == 0, "\(made)")
        try stream.writeConfiguration(
            at: "swerve.yaml", changes: "signing_key: \(stream.folder.path("ops.swervekey"))")
        let promoted = try stream.swerve("promote", "http-anomaly@1")
        #expect(promoted.code == 0, "\(promoted)")
        let history = try stream.swerve("history", "http-anomaly", "--json")
        #expect(try history.json()["history"]?.array?.last?["by"] == "ops", "\(history)")
    }

    @Test("the named option beats the other ways, in every command")
    func options() throws {
        let stream = try TestStream()
        try stream.folder.write(
            "swerve.yaml",
            "registry: no/where.db\ntopics: {control: nowhere}\n"
                + "kafka: {bootstrap.servers: 127.0.0.1:1}\n")
        try TestModels.register(1, in: stream)
        let promoted = try stream.control(["promote", "http-anomaly@1"])
        #expect(promoted.code == 0, "\(promoted)")
        let status = try stream.control(["status", "http-anomaly"])
        #expect(try status.json()["announced"]?["epoch"] == 1, "\(status)")
    }

    @Test(
        "a wrong key of the file is told by every command",
        arguments: [
            ["models"], ["show", "m"], ["promote", "m@1"], ["status"], ["republish"],
            ["audit", "verify"], ["registry", "id"], ["topics", "create"], ["serve"],
        ])
    func unknownKey(arguments: [String]) throws {
        let folder = try TemporaryFolder()
        try folder.write("swerve.yaml", "topics: {contrl: x}\n")
        let refused = try Executable.run(arguments, folder: folder.url)
        #expect(refused.code == 64, "\(refused)")
        #expect(
            refused.err.contains(
                "./swerve.yaml: line 1: unknown key 'topics.contrl'; did you mean topics.control?"),
            "\(refused)")
    }
}
