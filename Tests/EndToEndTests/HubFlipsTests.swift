import Foundation
import Lifecycle
import TestSupport
import Testing

/// Requests on which the versions of a trial disagree, on the page of a hub, against what
/// `swerve replay` says of the same records.
@Suite("Flips on a hub's page, end to end", .serialized, .blocking)
struct HubFlipsTests {
    private static let records = 600
    private static let page = "/models/http-anomaly"

    private func stream() throws -> TestStream {
        let stream = try TestStream()
        try TestModels.register(2, in: stream)
        try stream.send(stream.requests(0..<Self.records))
        return stream
    }

    private func begin(_ hub: RunningHub) throws {
        try hub.waitUntilItLeads()
        for change in [
            #"{"kind": "promote", "version": 1}"#,
            #"{"kind": "canary", "version": 2, "share": 0.05}"#,
        ] {
            let answer = try hub.ask(
                "POST", "/v1/models/http-anomaly/deployment",
                #"{"change": \#(change), "reason": "a trial"}"#)
            guard answer.status == 200 else { throw Failure("\(answer)") }
        }
    }

    private func wait(_ hub: RunningHub, for words: String) throws -> String {
        try hub.process.wait(for: "'\(words)' on the page") {
            let body = try hub.ask("GET", Self.page).body
            return body.contains(words) ? body : nil
        }
    }

    @Test("all flips of a short input are counted, as a replay counts them, and some are shown")
    func counts() throws {
        let stream = try stream()
        let hub = try RunningHub(stream)
        #expect(try hub.ask("GET", "/readyz").status == 200)
        try begin(hub)
        let body = try wait(hub, for: "Both versions were asked")
        let replay = try Executable.run(
            [
                "replay", "http-anomaly@2", "--against", "1", "--config",
                stream.folder.path("swerve.yaml"), "--json",
            ], folder: stream.folder.url)
        let flips = try #require(try replay.json()["flips"], "\(replay)")
        let (up, down) = (flips["normal_to_alert"]?.int ?? 0, flips["alert_to_normal"]?.int ?? 0)
        #expect(up + down > 0)
        #expect(body.contains("<strong>\(up)</strong> alert by canary 2 alone"), "\(body)")
        #expect(body.contains("<strong>\(down)</strong> alert by stable 1 alone"))
        #expect(body.contains("newest \(Self.records) requests"))
        #expect(body.contains("&quot;path&quot;:&quot;/shop/item/"))
        #expect(body.contains("moved most by") && body.contains("What moves the score"))
        #expect(try hub.process.stop() == 0, "\(hub.process.log)")
    }

    @Test("fields that are masked are shown nowhere on the page")
    func masked() throws {
        let stream = try stream()
        try stream.writeConfiguration(at: "masked.yaml", changes: "mask: [path, query]")
        let hub = try RunningHub(
            stream, "--set", "hub.requests=\(stream.folder.path("masked.yaml"))")
        try begin(hub)
        let body = try wait(hub, for: "Both versions were asked")
        #expect(body.contains("&quot;path&quot;:&quot;***&quot;"), "\(body)")
        #expect(!body.contains("/shop/item"))
    }

    @Test("without a word on how requests are read, or without their topic, the page says so")
    func untold() throws {
        let stream = try stream()
        let none = try RunningHub(stream, "--set", "hub.requests=none")
        try begin(none)
        let body = try wait(none, for: "No examples")
        #expect(body.contains("not told how requests of http-anomaly are read"))
        #expect(try none.process.stop() == 0)
        let missing = try RunningHub(stream, "--set", "topics.input=\(stream.prefix).gone")
        try missing.waitUntilItLeads()
        #expect(try wait(missing, for: "No examples").contains("there is no topic"))
        // Two files of one model contradict one another.
        let other = try stream.writeConfiguration(at: "other.yaml")
        let refused = try stream.swerve(
            "hub", "--registry", stream.registry, "--set",
            "hub.requests=[\(stream.folder.path("swerve.yaml")), \(other)]")
        #expect(refused.code == 64 && refused.err.contains("in two files"), "\(refused)")
    }
}
