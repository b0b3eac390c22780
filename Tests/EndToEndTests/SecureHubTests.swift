import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

/// Commands that ask a hub over HTTPS, whose certificate no authority of the system stands for.
@Suite("a hub over HTTPS", .serialized, .blocking, .enabled(if: TestAuthority.isPossible))
struct SecureHubTests {
    private let folder: TemporaryFolder
    private let authority: TestAuthority

    init() throws {
        folder = try TemporaryFolder()
        authority = try TestAuthority(folder)
    }

    /// - Returns: its process, which ends with the value, and its port.
    private func hub(
        _ identity: (certificate: String, key: String)
    ) throws -> (process: RunningProcess, port: Int) {
        let process = try RunningProcess(
            [
                "hub", "--registry", folder.path("swerve.db"), "--set", "hub.listen=127.0.0.1:0",
                "--set", "hub.tls.certificate=\(identity.certificate)", "--set",
                "hub.tls.key=\(identity.key)", "--set", "hub.open=loopback",
            ], folder: folder.url)
        let port = try process.wait(for: "the hub's address") { () -> Int? in
            let log = process.log
            guard log.contains("this hub leads the registry"),
                let place = log.range(of: "the hub answers at https://127.0.0.1:"),
                log[place.upperBound...].contains("\n")
            else { return nil }
            return Int(log[place.upperBound...].prefix { $0.isNumber })
        }
        return (process, port)
    }

    private func run(
        _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) throws -> Executable.Output {
        var variables = ["XDG_CONFIG_HOME": folder.path("config")]
        variables.merge(environment) { $1 }
        return try Executable.run(
            arguments, input: input, environment: variables, folder: folder.url)
    }

    private func refused(_ output: Executable.Output, _ words: String, code: Int32 = 1) {
        #expect(output.code == code && output.err.contains(words), "\(output)")
        #expect(output.err.split(separator: "\n").count == 1, "\(output)")
    }

    @Test("its certificate is believed by the file that is named, in each place it can be named")
    func believed() throws {
        let identity = try authority.identity("server")
        let (process, port) = try hub(identity)
        let url = "https://localhost:\(port)"
        let models = ["models", "--json", "--hub", url]
        let made = try run(
            ["tokens", "create", "ada", "--role", "admin", "--hub", url, "--ca", authority.ca])
        #expect(made.code == 0, "\(made)")
        #expect(try run(models + ["--ca", authority.ca]).code == 0)
        #expect(try run(models, environment: ["SWERVE_HUB_CA": authority.ca]).code == 0)
        // The system's authorities do not stand for it, nor does another one.
        refused(
            try run(models), "name the certificates to believe it by: --ca, SWERVE_HUB_CA or hub.ca"
        )
        let other = try TemporaryFolder()
        refused(
            try run(models + ["--ca", try TestAuthority(other).ca]),
            "the server's certificate is not believed")
        refused(
            try run(models + ["--ca", "none.pem"]), "there is no file of certificates none.pem")
        // Nobody is told to try again what somebody has to put right.
        #expect(try !run(models).err.contains("passing"))
        refused(
            try run(["models", "--hub", "https://127.0.0.2:\(port)", "--ca", authority.ca]),
            "asking the hub https://127.0.0.2:\(port)")

        // All of it in the configuration: for logins too.
        try folder.write("hub.yaml", "hub:\n  url: \(url)\n  ca: \(authority.ca)\n")
        let configured = ["SWERVE_CONFIG": folder.path("hub.yaml")]
        let secret = made.out.trimmingCharacters(in: .newlines)
        let login = try run(["login"], input: secret + "\n", environment: configured)
        #expect(login.code == 0 && login.out.contains("ada (token) at \(url)"), "\(login)")
        #expect(try run(["tokens", "list"], environment: configured).out.contains("ada"))
        #expect(try run(["logout"], environment: configured).err.contains("forgotten"))
        refused(
            try run(["login", "--hub", url], input: secret + "\n"), "--ca, SWERVE_HUB_CA or hub.ca")
        #expect(try process.stop() == 0, "\(process.log)")
    }

    @Test("whether it is ready is asked of the certificate that it shows, whatever its name")
    func healthy() throws {
        let identity = try authority.identity("server", hosts: "DNS:models.example")
        let (process, port) = try hub(identity)
        let asked = [
            "health", "--hub", "--set", "hub.listen=127.0.0.1:\(port)", "--set",
            "hub.tls.certificate=\(identity.certificate)",
        ]
        let well = try run(asked)
        #expect(well.code == 0 && well.out == "ready; leads\n", "\(well)")
        #expect(try run(asked + ["--ca", authority.ca, "--live"]).code == 0)
        let other = try authority.identity("other")
        refused(
            try run(asked + ["--ca", other.certificate]),
            "the server's certificate is not believed")
        // Without its certificate in the configuration it is asked over plain HTTP.
        let plain = try run(Array(asked.prefix(4)))
        #expect(plain.code == 1 && plain.out.contains("ask https://"), "\(plain)")
        refused(try run(["health", "--ca", authority.ca]), "plain HTTP", code: 64)
        #expect(try process.stop() == 0)
    }

    @Test("one that has ended, or is for another name, is one line that says so")
    func ended() throws {
        let over = try hub(try authority.identity("over", days: -1))
        for command in [["models"], ["history", "m"], ["promote", "m@1"], ["audit", "head"]] {
            refused(
                try run(
                    command + [
                        "--hub", "https://localhost:\(over.port)", "--ca", authority.ca,
                    ]), "certificate has expired")
        }
        #expect(try over.process.stop() == 0)
        let named = try hub(try authority.identity("named", hosts: "DNS:models.example"))
        refused(
            try run(["models", "--hub", "https://localhost:\(named.port)", "--ca", authority.ca]),
            "the server's certificate is not believed")
        #expect(try named.process.stop() == 0)
    }

    @Test("authorities of a hub's certificate mean nothing beside a file")
    func withoutHub() throws {
        refused(
            try run(["models", "--registry", "x.db", "--ca", authority.ca]),
            "no hub is asked", code: 64)
        refused(try run(["hub", "--ca", authority.ca]), "no hub is asked", code: 64)
    }
}
