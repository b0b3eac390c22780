import Foundation
import Lifecycle
import TestSupport
import Testing

/// A service whose versions come from a web server.
@Suite(
    "Fetched artifacts, end to end", .blocking,
    .enabled(if: WebServer.isPossible && TestAuthority.isPossible))
struct FetchedArtifactsTests {
    private let stream: TestStream
    private var web: String { stream.folder.path("www") }

    init() throws {
        stream = try TestStream()
        try TestModels.register(3, in: stream)
        try FileManager.default.createDirectory(
            atPath: web, withIntermediateDirectories: true)
        for version in 1...2 { try export(version) }
    }

    private func export(_ version: Int) throws {
        let made = try stream.swerve(
            "export", "http-anomaly@\(version)", web, "--bundle", "--registry", stream.registry)
        guard made.code == 0 else { throw Failure("\(made)") }
    }

    private func scene(_ address: String, _ changes: String = "") throws -> Scene {
        try stream.writeConfiguration(
            at: "swerve.yaml", workers: 1, changes: "artifacts: \(address)\n\(changes)")
        return try Scene.serve(stream, promoting: 1, workers: 1)
    }

    /// The slot's reason against a deployment.
    private func rejection(_ scene: Scene) throws -> String {
        try scene.service.wait(for: "a rejection") {
            let status = try scene.status()
            return (status["slots"]?.array ?? []).compactMap { $0["rejected"]?["reason"]?.string }
                .first
        }
    }

    @Test("over TLS, with a token, and going on where it broke off")
    func secure() throws {
        let authority = try TestAuthority(stream.folder)
        let server = try WebServer(web, identity: authority.identity("server"))
        let token = try stream.folder.write("token", "s3cret\n")
        let scene = try scene(
            server.url("cut:1500/{digest}"),
            "artifacts.ca_file: \(authority.ca)\nartifacts.token_file: \(token)")
        let (first, second) = (try server.next(), try server.next())
        #expect((first.sent, second.range) == (1_500, "bytes=1500-"))
        #expect((first.authorization, second.authorization) == ("Bearer s3cret", "Bearer s3cret"))
        try scene.feed(0..<100)
        let expected = try scene.offline(version: 1, 0..<100)
        let predictions = try scene.predictions(100)
        #expect(predictions.allSatisfy { $0.score == expected[$0.id ?? ""] })
        try scene.change(.promote(2))
        #expect(!scene.service.log.contains("s3cret"))
        #expect(try scene.service.stop() == 0)
    }

    @Test("a version that is not there is rejected with the URL, and the old one serves on")
    func missing() throws {
        let server = try WebServer(web)
        let scene = try scene(server.url("plain/{digest}") + "?signature=s3cret")
        let promoted = try stream.control(["promote", "http-anomaly@3"])
        #expect(promoted.code == 0, "\(promoted)")
        let reason = try rejection(scene)
        #expect(reason.contains("127.0.0.1:\(server.port)/plain/") && reason.contains("404"))
        #expect(!reason.contains("s3cret") && !scene.service.log.contains("s3cret"))
        try scene.feed(0..<10)
        #expect(try scene.predictions(10).allSatisfy { $0.version == 1 })
        #expect(try scene.service.stop() == 0)
    }

    @Test("a server that is busy at first is asked again")
    func busy() throws {
        let server = try WebServer(web)
        let scene = try scene(server.url("once:503/{digest}"))
        #expect(try server.next().sent < 100)
        #expect(try server.next().sent > 1_000)
        #expect(try scene.service.stop() == 0)
    }

    @Test("a newer deployment overtakes a transfer that does not come on")
    func overtaken() throws {
        try export(3)
        let server = try WebServer(web)
        let scene = try scene(server.url("plain/{digest}"))
        _ = try server.next()
        try FileManager.default.removeItem(atPath: stream.folder.path("state/artifacts"))
        try stream.writeConfiguration(
            at: "swerve.yaml", workers: 1, changes: "artifacts: \(server.url("slow:700/{digest}"))")
        #expect(try scene.service.stop() == 0)
        let slow = Scene(stream: stream, service: try stream.serve())
        #expect(try server.next().path.contains("slow"))
        let promoted = try stream.control(["promote", "http-anomaly@2"])
        #expect(promoted.code == 0, "\(promoted)")
        // The second transfer begins while the first one has not ended at the server.
        #expect(try server.next().path.contains("slow"))
        #expect(try slow.service.stop() == 0)
    }

    @Test("what cannot be an address of artifacts is refused by --check")
    func refused() throws {
        for (changes, word) in [
            ("artifacts: https://h/a", "place"), ("artifacts: ftp://h/{digest}", "no scheme"),
            ("artifacts: https://u:s3cret@h/{digest}", "user or a password"),
            ("artifacts.token_file: t", "from a file"),
            ("artifacts: http://h.example/{digest}\nartifacts.token_file: t", "use https"),
            ("artifacts: https://h/{digest}\nartifacts.key_file: k", "certificate_file"),
        ] {
            try stream.writeConfiguration(at: "wrong.yaml", changes: changes)
            let output = try stream.swerve(
                "serve", "--config", stream.folder.path("wrong.yaml"), "--check")
            #expect(output.code == 64 && output.err.contains(word), "\(output)")
            #expect(!output.err.contains("s3cret"))
        }
        try stream.writeConfiguration(
            at: "right.yaml", changes: "artifacts: https://h/{digest}?sig=s3cret")
        let output = try stream.swerve(
            "serve", "--config", stream.folder.path("right.yaml"), "--check")
        #expect(output.code == 0 && !output.out.contains("s3cret"), "\(output)")
    }
}
