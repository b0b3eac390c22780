import Foundation
import Lifecycle
import Platform
import Registry
import TestSupport
import Testing

@testable import Hub

@Suite("the stream of events", .blocking)
struct EventsTests {
    private func annotate(_ scene: PageScene, _ version: Int) throws {
        // Another than the hub may not write while it leads.
        let answer = try scene.ask(
            "PATCH", "/v1/models/http-anomaly/versions/\(version)",
            json: #"{"annotation": {"note": "v\#(version)", "tags": {}, "metrics": {}, "#
                + #""removed_tags": [], "removed_metrics": []}}"#)
        #expect(answer.status == 200, "\(answer.body)")
    }

    private func token(_ name: String, _ role: HubRole, in scene: PageScene) throws -> String {
        let registry = try Registry.open(
            path: scene.folder.path("swerve.db"), access: .readWrite(create: false),
            authority: .breakGlass(by: "root"))
        let secret = try HubToken.generate()
        try registry.addToken(
            TokenDraft(
                name: try ModelName(name), sha256: secret.sha256, role: role, models: .all,
                expiresAt: nil),
            note: ChangeNote(by: "root", at: Timestamp.text(ofMs: WallClock.nowMs)))
        return secret.text
    }

    @Test("begins with the fleet, and tells what is written behind that")
    func news() throws {
        let scene = try PageScene()
        let listener = try EventListener(scene)
        #expect(listener.wait(for: "event: fleet\ndata: {"))
        #expect(listener.ids.isEmpty)
        try annotate(scene, 1)
        #expect(listener.wait(for: "\"act\":\"annotate\""))
        #expect(listener.ids.count == 1)
    }

    @Test("resumes behind the last one that was heard, and leaves none out")
    func resumes() throws {
        let scene = try PageScene()
        let head = Int(try #require(try scene.registry.auditHead()).sequence)
        let first = try EventListener(scene, "?after=0")
        #expect(first.wait(for: "id: \(head)\n"))
        #expect(first.ids == Array(1...head))
        try annotate(scene, 1)
        try annotate(scene, 2)
        let again = try EventListener(scene, fields: ["Last-Event-ID: \(head - 1)"])
        #expect(again.wait(for: "id: \(head + 2)\n"))
        #expect(again.ids == Array(head...(head + 2)))
    }

    @Test("a place that the chain has not reached is no place: it begins anew at the head")
    func reset() throws {
        let scene = try PageScene()
        let head = try #require(try scene.registry.auditHead()).sequence
        let listener = try EventListener(scene, fields: ["Last-Event-ID: 999999"])
        #expect(listener.wait(for: "event: reset\ndata: {\"sequence\":\(head)}"))
    }

    @Test("what is no number of an entry is refused")
    func refused() throws {
        let scene = try PageScene()
        for path in ["?after=x", "?after=-1", "?other=1", "?after=99999999999999999999"] {
            let answer = try scene.ask("GET", "/v1/events" + path)
            #expect(answer.status == 400 && answer.body.contains("\"code\":\"usage\""), "\(path)")
        }
        let closed = try PageScene(isOpen: false)
        #expect(try closed.ask("GET", "/v1/events").status == 401)
    }

    @Test("ends with the token that it was asked for with, and tells it nothing of what ended it")
    func revoked() throws {
        let scene = try PageScene(isOpen: false)
        let (admin, ada) = (
            try token("root", .admin, in: scene), try token("ada", .admin, in: scene)
        )
        let listener = try EventListener(scene, fields: ["Authorization: Bearer \(ada)"])
        #expect(listener.wait(for: "event: fleet\ndata: {"))
        let other = try EventListener(scene, fields: ["Authorization: Bearer \(admin)"])
        #expect(other.wait(for: "event: fleet\ndata: {"))
        let answer = try scene.ask(
            "POST", "/v1/tokens/ada/revoke", json: "{}", fields: ["Authorization: Bearer \(admin)"])
        #expect(answer.status == 200, "\(answer.body)")
        #expect(!listener.wait(for: "revoke-token"))
        #expect(other.wait(for: "revoke-token"))
    }

    @Test("of a fleet only what changes is told again")
    func fleetNews() throws {
        let (a, b) = (try ModelName("a"), try ModelName("b"))
        var news = FleetNews()
        news.take([(a, ["epoch": 1]), (b, ["epoch": 1])])
        #expect(news.changes(since: nil).map(\.model) == [a, b])
        let turn = news.turn
        news.take([(a, ["epoch": 1]), (b, ["epoch": 2])])
        #expect(news.changes(since: turn).map(\.model) == [b])
        news.take([(b, ["epoch": 2])])
        let gone = news.changes(since: turn + 1)
        #expect(gone.map(\.model) == [a] && gone.first?.document["groups"]?.array == [])
        let before = news.turn
        news.take([(b, ["epoch": 2])])
        #expect(news.changes(since: before).isEmpty)
    }
}

/// Reads a stream until a text is there.
final class EventListener {
    let socket: TestSocket
    var text = ""

    init(_ scene: PageScene, _ query: String = "", fields: [String] = []) throws {
        socket = try TestSocket(port: scene.port)
        let lines = ["GET /v1/events\(query) HTTP/1.1", "Host: localhost"] + fields
        socket.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
    }

    func wait(for words: String) -> Bool {
        while !text.contains(words) {
            let more = socket.receive()
            guard !more.isEmpty else { return false }
            text += String(decoding: more, as: UTF8.self)
        }
        return true
    }

    var ids: [Int] {
        text.components(separatedBy: "\r\n").joined(separator: "\n").split(separator: "\n")
            .filter { $0.hasPrefix("id: ") }.compactMap { Int($0.dropFirst(4)) }
    }
}
