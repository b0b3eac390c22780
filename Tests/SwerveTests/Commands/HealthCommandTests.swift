import Configuration
import Lifecycle
import TestSupport
import Testing

@testable import swerve

@Suite("health")
struct HealthCommandTests {
    private func url(_ key: ConfigurationKey, _ value: String) throws -> String {
        var sources = ConfigurationSources(environment: [:])
        sources.settings = ["\(key.rawValue)=\(value)"]
        return try HealthCommand.url(try sources.resolve(), key, path: "/readyz")
    }

    @Test(
        "the address that a service listens at is asked, every address by that of the machine",
        arguments: [
            ("127.0.0.1:9464", "127.0.0.1:9464"), ("0.0.0.0:9464", "127.0.0.1:9464"),
            (":9464", "127.0.0.1:9464"), ("[::]:9464", "[::1]:9464"),
            ("localhost:1", "localhost:1"),
        ])
    func address(_ given: String, _ asked: String) throws {
        #expect(try url(.http, given) == "http://\(asked)/readyz")
        #expect(try url(.hubListen, given) == "http://\(asked)/readyz")
    }

    @Test("without an address, or with a port of the system's choice, nobody can be asked")
    func nowhere() {
        for value in ["none", "127.0.0.1:0", "127.0.0.1"] {
            let error = #expect(throws: SwerveError.self) { try url(.http, value) }
            #expect(error?.code == .usage, "\(value)")
        }
    }

    @Test("no answer is an error that says what to look at")
    func silent() throws {
        // Nobody listens at the first port of a machine.
        let error = #expect(throws: SwerveError.self) {
            try Health.ask("http://127.0.0.1:1/readyz", timeoutMs: 5_000)
        }
        #expect(error?.code == .unavailable)
        #expect(error?.remedy.contains("http, hub.listen") == true)
    }
}
