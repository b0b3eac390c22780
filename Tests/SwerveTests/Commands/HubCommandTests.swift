import Configuration
import Foundation
import Lifecycle
import TestSupport
import Testing
import Web

@testable import swerve

@Suite("what a hub says of its address, and refuses before it starts")
struct HubCommandTests {
    private func warning(
        _ address: String, isSecure: Bool = false, settings: [String] = []
    ) throws -> String? {
        var sources = ConfigurationSources(environment: [:])
        sources.settings = settings
        return HubCommand.clearWarning(
            try sources.resolve(usualFile: "/nonexistent"), try HTTPAddress(parsing: address),
            isSecure: isSecure)
    }

    @Test("over plain HTTP to other machines tokens go in the clear, and that is said")
    func clear() throws {
        for address in ["0.0.0.0:9465", "[::]:9465", ":9465", "10.1.2.3:9465"] {
            let said = try #require(try warning(address))
            #expect(said.contains("tokens") && said.contains("hub.tls"), "\(said)")
            #expect(try warning(address, isSecure: true) == nil)
            #expect(
                try warning(address, settings: ["hub.public_url=https://models.example"]) == nil)
        }
        for address in ["127.0.0.1:9465", "localhost:9465", "[::1]:9465"] {
            #expect(try warning(address) == nil)
        }
    }

    private func check(_ settings: [String]) throws(SwerveError) {
        var sources = ConfigurationSources(environment: [:])
        sources.settings = settings
        let configuration = try sources.resolve(usualFile: "/nonexistent")
        try HubCommand.checkFiles(
            configuration, KafkaBrokers(configuration, timeoutMs: 1, findingMs: 1))
    }

    @Test(
        "a file that it reads only once it runs is looked at before: another start ends alike",
        arguments: ["missing", "folder", "garbage"])
    func unusableFiles(file: String) throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(
            at: folder.url.appendingPathComponent("folder"), withIntermediateDirectories: false)
        // Neither keys, nor a certificate, nor a secret on one line.
        try folder.write("garbage", "two\nlines\n")
        let ssl = ["kafka.bootstrap.servers=127.0.0.1:1", "kafka.security.protocol=ssl"]
        let issuer = ["hub.oidc.issuer=https://127.0.0.1:1"]
        for (key, beside) in [
            ("trust", []), ("kafka.ssl.certificate.location", ssl),
            ("kafka.ssl.key.location", ssl), ("hub.oidc.ca_file", issuer),
            ("hub.oidc.client_secret_file", issuer),
        ] {
            let error = #expect(throws: SwerveError.self) {
                try check(["\(key)=\(folder.path(file))"] + beside)
            }
            // As `run` ends by it.
            let code = error.map { ExitContract.code(of: $0.ofNamedFile) }
            #expect(code == ExitContract.usage, "\(key): \(String(describing: error))")
            // librdkafka names the setting alone, where there is something at its place.
            let isNamed = error?.description.contains(folder.path(file)) == true
            #expect(
                isNamed || file != "missing" && key.hasPrefix("kafka."),
                "\(key): \(String(describing: error))")
        }
        let absent = #expect(throws: SwerveError.self) {
            try check(ssl + ["kafka.ssl.ca.location=\(folder.path("missing"))"])
        }
        #expect(absent?.ofNamedFile.code == .usage, "\(String(describing: absent))")
    }

    @Test("brokers whose settings librdkafka does not take together end it too")
    func together() throws {
        let error = #expect(throws: SwerveError.self) {
            try check(["kafka.bootstrap.servers=127.0.0.1:1", "kafka.max.in.flight=6"])
        }
        #expect(error?.code == .usage, "\(String(describing: error))")
        try check([])
        try check(["kafka.bootstrap.servers=127.0.0.1:1"])
    }
}
