import Configuration
import Lifecycle
import TestSupport
import Testing

@testable import swerve

/// Whose heartbeats commands count, by the trust file that is named.
@Suite("whose heartbeats commands count")
struct KafkaBrokersTests {
    private static func brokers(
        _ folder: TemporaryFolder, _ yaml: String, settings: [String] = []
    ) throws -> KafkaBrokers {
        let file = try folder.write("c.yaml", "kafka: {bootstrap.servers: b}\n" + yaml)
        var sources = ConfigurationSources(file: file, environment: [:])
        sources.settings = settings
        return try KafkaBrokers(sources.resolve(), timeoutMs: 1, findingMs: 1)
    }

    @Test("a trust file that cannot be read makes nobody's count; none at all, everybody's")
    func unreadable() throws {
        let folder = try TemporaryFolder()
        #expect(try Self.brokers(folder, "").heartbeatTrust() == nil)
        let trust = try folder.write("trust", "ops everything\n")
        for path in [trust, folder.path("absent")] {
            let found = try #require(
                try Self.brokers(folder, "trust: \(path)\n").heartbeatTrust())
            guard case .refused(let reason) = found.judge(key: [], value: [], headers: [:]) else {
                Issue.record("counts with \(path)")
                continue
            }
            #expect(reason.contains("the trust file could not be read"), "\(reason)")
            let named = try Self.brokers(folder, "", settings: ["trust=\(path)"])
            #expect(throws: SwerveError.self) { try named.heartbeatTrust() }
        }
    }

    @Test("a trust file that cannot be used ends a command as the rest of the configuration does")
    func exitCode() throws {
        let folder = try TemporaryFolder()
        let garbled = try folder.write("trust", "ops everything\n")
        for path in [garbled, folder.path("absent"), folder.path(".")] {
            let named = try Self.brokers(folder, "", settings: ["trust=\(path)"])
            for act in [
                { _ = try named.trust(isNeeded: true) }, { _ = try named.heartbeatTrust() },
            ]
                as [() throws -> Void]
            {
                let error = try #require(throws: SwerveError.self) { try act() }
                #expect(ExitContract.code(of: error) == ExitContract.usage, "\(error)")
                #expect(error.problem?.objects[.path] == path)
                #expect(error.commandLine == error.description, "said to pass, or to help nobody")
            }
        }
    }

    @Test("a secret that is not there just now ends it as what passes: a worker is started again")
    func secret() {
        let error = SwerveError(
            .unavailable, act: "asking", reason: "no file p",
            problem: Problem(.namedFileUnusable, [.path: "p", .remedy: "write it"]))
        #expect(ExitContract.code(of: error) == ExitContract.failed)
    }
}
