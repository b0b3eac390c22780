import Configuration
import Lifecycle
import Platform
import TestSupport
import Testing
import Web

@testable import swerve

@Suite("health", .blocking)
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

    /// A server of Swerve's own with one answer, at a port of its own.
    private func answering(_ response: HTTPResponse) throws -> (HTTPServer, url: String) {
        let ready = try EventFD()
        let found = Guarded(0)
        let server = try HTTPServer(
            address: HTTPAddress(host: "127.0.0.1", port: 0), limits: HTTPLimits(),
            routes: HTTPRoutes([HTTPRoute("GET", "/readyz") { _ in response }])
        ) { event in
            if case .listening(let port) = event { found.withLock { $0 = port } }
            ready.signal()
        }
        server.start()
        _ = try Poll.waitForAny([ready.descriptor], timeoutMs: nil)
        let port = found.withLock { $0 }
        return (server, "http://127.0.0.1:\(port)/readyz")
    }

    @Test(
        "Swerve's own answers are believed, each with a line at least",
        arguments: [
            (200, "ready", true, ["ready"]),
            (503, "slot 0: no\nslot 1: no", false, ["slot 0: no", "slot 1: no"]),
            (503, "", false, ["it answers with 503, and says nothing"]),
            (404, "what?", false, ["what?"]),
        ])
    func own(status: Int, body: String, isWell: Bool, lines: [String]) throws {
        let (server, url) = try answering(
            HTTPResponse(status: status, contentType: "text/plain", body: Array(body.utf8)))
        defer { server.stop() }
        let health = try Health.ask(url, timeoutMs: 60_000)
        #expect(health.isWell == isWell && health.lines == lines && health.status == status)
    }

    @Test(
        "whatever another program answers is no answer, and one line says so",
        .enabled(if: WebServer.isPossible),
        arguments: [
            ("plain/file", "it says 200"), ("status:204/file", "it says 204"),
            ("status:503/file", "it says 503"), ("status:200/file", "it says 200"),
            ("endless/file", "it says 200"), ("refusing/file", "it says 503"),
            ("redirect:302:1/file", "it says 302, and sends to http://127.0.0.1:"),
        ])
    func others(path: String, said: String) throws {
        let folder = try TemporaryFolder()
        try folder.write("file", "ready\n")
        let server = try WebServer(folder.path(""))
        let error = #expect(throws: SwerveError.self) {
            try Health.ask(server.url(path), timeoutMs: 60_000)
        }
        #expect(
            error?.code == .refused && error?.reason.contains("no service of Swerve's") == true
                && error?.reason.contains(said) == true, "\(path): \(String(describing: error))")
        #expect(error?.remedy.contains("which program has the address") == true)
    }

    @Test("an answer that does not come is waited for as long as was said, and told by that")
    func late() throws {
        let folder = try TemporaryFolder()
        let server = try WebServer(folder.path(""))
        let error = #expect(throws: SwerveError.self) {
            try Health.ask(server.url("hang/file"), timeoutMs: 300)
        }
        #expect(error?.code == .unavailable)
        #expect(error?.reason == "the server is too slow: no whole answer within 300 ms")
    }
}
