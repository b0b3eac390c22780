import ArgumentParser
import Configuration
import Lifecycle
import TestSupport
import Testing

@testable import swerve

/// How the options of commands reach the configuration.
@Suite("options that stand for keys")
struct ConfigurationOptionsTests {
    @Test("each reaches its key, and its origin is the option")
    func keys() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("c.yaml", "registry: file\ntrust: file\nstate: file\n")
        let options: [(ConfigurationKey, String)] = [
            (.registry, "r"), (.bootstrap, "b"), (.topicControl, "c"), (.topicStatus, "s"),
            (.trust, "t"), (.signingKey, "k"),
        ]
        let given = try options.flatMap { key, value in [try #require(key.row.option), value] }
        let command = try PromoteCommand.parse(
            ["m@1", "--config", file, "--set", "trust=set"] + given)
        let changing = command.changing
        let configuration = try changing.registry.configuration(changing.kafka, changing.signing)
        for (key, value) in options {
            #expect(configuration.text(key) == value, "\(key)")
            #expect(configuration.origin(of: key) == .option(try #require(key.row.option)))
        }
        #expect(configuration.origin(of: .state) == .file(name: file, line: 3))
    }

    @Test("without an option, --set and the file count")
    func others() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("c.yaml", "registry: file\ntrust: file\n")
        let command = try ServeCommand.parse(["--config", file, "--set", "trust=set"])
        let configuration = try command.registry.configuration(command.options)
        #expect(configuration.text(.registry) == "file" && configuration.text(.trust) == "set")
        #expect(try command.registry.path(for: "testing") == "file")
    }

    @Test("a command needs no brokers where it is not to ask them, and says how to name them else")
    func brokers() throws {
        let folder = try TemporaryFolder()
        let file = try folder.write("c.yaml", "topics: {control: c}\n")
        let command = try RepublishCommand.parse(["--config", file, "--broker-timeout", "7"])
        let configuration = try command.registry.configuration(command.kafka)
        try #require(configuration.given(.bootstrap) == nil, "SWERVE_BOOTSTRAP is set")
        let brokers = try command.kafka.brokersOrNone(configuration)
        #expect(brokers.control == "c" && brokers.status == "swerve.status")
        #expect(brokers.timeoutMs == 7_000 && brokers.findingMs == 7_000)
        let error = #expect(throws: SwerveError.self) { try command.kafka.brokers(configuration) }
        #expect(error?.code == .usage && error?.remedy.contains("--bootstrap") == true)
    }
}
