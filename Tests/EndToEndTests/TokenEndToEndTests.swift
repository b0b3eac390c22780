import Foundation
import Lifecycle
import TestSupport
import Testing

/// Tokens as people type them: made in the file, shown to a hub, kept by a login, revoked.
@Suite("Tokens, end to end", .serialized, .blocking)
struct TokenEndToEndTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(
        _ arguments: String..., input: String = "", token: String? = nil
    ) throws -> Executable.Output {
        var environment = [
            "SWERVE_REGISTRY": folder.path("swerve.db"), "XDG_CONFIG_HOME": folder.path("config"),
        ]
        environment["SWERVE_TOKEN"] = token
        return try Executable.run(
            arguments, input: input, environment: environment, folder: folder.url)
    }

    private func startHub() throws -> (process: RunningProcess, port: Int) {
        let hub = try RunningHub(registry: folder.path("swerve.db"), in: folder)
        try hub.waitUntilItLeads()
        return (hub.process, hub.port)
    }

    @Test("the first token is made in the file, a login keeps it, and a revoked one is none")
    func life() throws {
        let made = try run("tokens", "create", "ada", "--role", "admin")
        #expect(made.code == 0 && made.err.contains("shown this once"), "\(made)")
        let secret = made.out.trimmingCharacters(in: .newlines)
        #expect(secret.hasPrefix("swerve_") && secret.utf8.count == 55, "\(made)")
        let listed = try run("tokens", "list")
        #expect(listed.out.contains("ada  admin of *") && !listed.out.contains(secret))
        #expect(try run("tokens", "create", "ada", "--role", "reader").code == 1)
        #expect(try run("tokens", "create", "x", "--role", "king").code == 64)

        let (hub, port) = try startHub()
        let url = "http://127.0.0.1:\(port)"
        // While a hub leads, not past it, but by who breaks the glass.
        let past = try run("tokens", "create", "bob", "--role", "reader")
        #expect(past.code == 1 && past.err.contains("a hub leads the registry"), "\(past)")
        let broken = try run(
            "tokens", "create", "bob", "--role", "reader", "--expires", "1h", "--break-glass")
        #expect(broken.code == 0, "\(broken)")

        let wrong = try run("login", "--hub", url, input: secret.dropLast() + "\n")
        #expect(wrong.code == 1 && wrong.err.contains("mistyped"), "\(wrong)")
        #expect(!FileManager.default.fileExists(atPath: folder.path("config")))
        let login = try run("login", "--hub", url, input: secret + "\n")
        #expect(login.code == 0 && login.out.contains("ada (token) at \(url)"), "\(login)")
        #expect(!login.out.contains(secret) && !login.err.contains(secret))
        let plain = try run("login", "--hub", "http://192.0.2.1:1", input: secret)
        #expect(plain.code == 64 && plain.err.contains("https://"), "\(plain)")
        let out = try run("logout", "--hub", url)
        #expect(out.code == 0 && out.err.contains("forgotten"), "\(out)")
        #expect(try run("logout", "--hub", url).err.contains("there was none"))

        let revoked = try run("tokens", "revoke", "ada", "--reason", "left", "--break-glass")
        #expect(revoked.code == 0 && revoked.out.contains("revoked"), "\(revoked)")
        let refused = try run("login", "--hub", url, input: secret)
        #expect(refused.code == 1 && refused.err.contains("was revoked at"), "\(refused)")
        #expect(try hub.stop() == 0, "\(hub.log)")
        #expect(try run("audit", "verify").code == 0)
        let log = try run("audit", "log", "--json").json()["entries"]?.array ?? []
        let acts = log.compactMap { $0["act"]?.string }
        #expect(acts.filter { $0.hasSuffix("-token") }.count == 3, "\(acts)")
        #expect(acts.contains("break-glass"), "\(acts)")
    }

    @Test("a hub that can let nobody in says so, and one with half an issuer does not start")
    func nobody() throws {
        let (hub, _) = try startHub()
        #expect(hub.log.contains("nobody is let in"), "\(hub.log)")
        #expect(try hub.stop() == 0)
        let half = try run("hub", "--set", "hub.oidc.issuer=https://id.example")
        #expect(half.code == 64 && half.err.contains("hub.oidc.roles"), "\(half)")
        let rule = try run(
            "hub", "--set", "hub.oidc.issuer=https://id.example", "--set", "hub.oidc.roles=x=king",
            "--set", "hub.oidc.audience=swerve")
        #expect(rule.code == 64 && rule.err.contains("king"), "\(rule)")
        let http = try run(
            "hub", "--set", "hub.oidc.issuer=http://id.example", "--set", "hub.oidc.roles=x=admin",
            "--set", "hub.oidc.audience=swerve")
        #expect(http.code == 64 && http.err.contains("https"), "\(http)")
    }
}
