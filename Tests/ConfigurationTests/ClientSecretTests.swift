import Lifecycle
import TestSupport
import Testing

@testable import Configuration

/// Passwords and their like: from the environment or from files, never from a command line.
@Suite("Secrets of clients")
struct ClientSecretTests {
    private func settings(
        _ file: String = "", environment: [String: String] = [:], set: [String] = []
    ) throws -> [String: String] {
        var sources = ConfigurationSources(environment: environment)
        sources.settings = set
        var configuration = try ConfigurationFile.parse(file, name: "c.yaml")
        try sources.apply(to: &configuration)
        return try ClientSettings(configuration).common
    }

    @Test("what says who connects can come from the environment")
    func environment() throws {
        #expect(
            try settings(environment: [
                "SWERVE_KAFKA_SASL_PASSWORD": "hunter2", "SWERVE_KAFKA_SASL_USERNAME": "me",
                "SWERVE_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
                "SWERVE_KAFKA_SSL_KEY_PASSWORD_FILE": "/run/key",
                "SWERVE_KAFKA_FETCH_MIN_BYTES": "1",
            ]) == [
                "sasl.password": "hunter2", "sasl.username": "me", "security.protocol": "SASL_SSL",
                "ssl.key.password_file": "/run/key",
            ])
    }

    @Test("the environment's way to give a secret takes the place of the file's")
    func overriding() throws {
        #expect(
            try settings(
                "kafka: {sasl.password_file: p}\n",
                environment: ["SWERVE_KAFKA_SASL_PASSWORD": "hunter2"])
                == ["sasl.password": "hunter2"])
        #expect(
            try settings(
                "kafka: {sasl.password: hunter2}\n",
                environment: ["SWERVE_KAFKA_SASL_PASSWORD_FILE": "p"])
                == ["sasl.password_file": "p"])
        #expect(
            try settings("kafka: {sasl.password: a}\n", set: ["kafka.sasl.password_file=p"])
                == ["sasl.password_file": "p"])
    }

    @Test("both ways in one place are refused")
    func both() {
        #expect {
            _ = try settings(environment: [
                "SWERVE_KAFKA_SASL_PASSWORD": "hunter2", "SWERVE_KAFKA_SASL_PASSWORD_FILE": "p",
            ])
        } throws: { error in
            code(error) == .usage && "\(error)".contains("remove one of the two")
                && !"\(error)".contains("hunter2")
        }
    }

    @Test(
        "a secret that stands in the file is refused, with the ways to give it",
        arguments: [
            ("kafka: {sasl.password: hunter2}", "set SWERVE_KAFKA_SASL_PASSWORD, or name a file"),
            ("kafka: {ssl.key.password: hunter2}", "kafka: {ssl.key.password_file: PATH}"),
            ("kafka: {ssl.keystore.password: hunter2}", "SWERVE_KAFKA_SSL_KEYSTORE_PASSWORD"),
            ("kafka: {ssl.key.pem: hunter2}", "kafka: {ssl.key.pem_file: PATH}"),
            (
                "kafka: {sasl.oauthbearer.client.secret: hunter2}",
                "SWERVE_KAFKA_SASL_OAUTHBEARER_CLIENT_SECRET"
            ),
            (
                "kafka.consumer: {sasl.password: hunter2}",
                "name a file that holds it: kafka.consumer: {sasl.password_file: PATH}"
            ),
            ("kafka:\n  producer: {sasl.password: hunter2}", "sasl.password_file: PATH"),
        ])
    func inFile(yaml: String, remedy: String) {
        #expect {
            _ = try settings(yaml + "\n")
        } throws: { error in
            let words = "\(error)"
            return code(error) == .usage && words.contains("line ") && words.contains(remedy)
                && !words.contains("hunter2")
        }
    }

    @Test("the place of a secret is none, nor is an empty one")
    func noSecret() throws {
        #expect(
            try settings("kafka: {sasl.password_file: p, ssl.key.location: k}\n")
                == ["sasl.password_file": "p", "ssl.key.location": "k"])
        #expect(try settings("kafka: {sasl.password: ''}\n") == ["sasl.password": ""])
    }

    @Test(
        "a secret on the command line is refused, with what to do instead",
        arguments: [
            ("kafka.sasl.password", "SWERVE_KAFKA_SASL_PASSWORD"),
            ("kafka.ssl.key.pem", "kafka: {ssl.key.pem_file: PATH}"),
            ("kafka.consumer.sasl.password", "kafka.consumer: {sasl.password_file: PATH}"),
            ("kafka.sasl.oauthbearer.config", "kafka: {sasl.oauthbearer.config_file: PATH}"),
        ])
    func commandLine(name: String, words: String) {
        #expect {
            _ = try settings(set: ["\(name)=hunter2"])
        } throws: { error in
            code(error) == .usage && "\(error)".contains(words) && !"\(error)".contains("hunter2")
        }
    }

    @Test("variables that are read are not called unknown")
    func known() {
        let names = ["SWERVE_KAFKA_SASL_PASSWORD", "SWERVE_KAFKA_SASL_PASSWORD_FILE"]
        #expect(
            UnknownVariables.find(in: Dictionary(uniqueKeysWithValues: names.map { ($0, "x") }))
                .isEmpty)
        #expect(
            UnknownVariables.find(in: ["SWERVE_KAFKA_SASL_PASWORD": "x"]).map(\.nearest)
                == ["SWERVE_KAFKA_SASL_PASSWORD"])
    }
}
