import Foundation
import Lifecycle
import Operations
import Platform
import Registry
import TestSupport
import Testing

@testable import Hub
@testable import Web

/// More who listen than there is room for, and some who do not read.
@Suite("a crowd at the stream of events", .serialized, .blocking)
struct EventCrowdTests {
    private static let rooms = 256

    /// The head of the answer to somebody who wants to listen.
    private static func head(_ socket: TestSocket) -> String {
        socket.send("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
        var text = ""
        while !text.contains("\r\n\r\n") {
            let more = socket.receive()
            guard !more.isEmpty else { break }
            text += String(decoding: more, as: UTF8.self)
        }
        return text
    }

    @Test("of 1,000 at once 256 are served, others are told when to come again, and reads go on")
    func crowd() throws {
        let running = try Running()
        var served: [TestSocket] = []
        var others: [TestSocket] = []
        for number in 1...1_000 {
            let socket = try TestSocket(port: running.port)
            let head = Self.head(socket)
            if head.hasPrefix("HTTP/1.1 200 ") {
                served.append(socket)
            } else {
                #expect(head.hasPrefix("HTTP/1.1 503 "), "\(number): \(head)")
                #expect(head.contains("Retry-After: "), "\(number): \(head)")
                others.append(socket)
            }
        }
        #expect(served.count == Self.rooms && others.count == 1_000 - Self.rooms)
        #expect(try running.ask("GET", "/v1/models").status == 200)
        #expect(try running.ask("GET", "/v1/audit/head").status == 200)
        // Those who listen hear what happens all the same.
        let key = #"{"name": "ci", "public_key": "\#(Self.publicKey)", "roles": ["promote"]}"#
        #expect(try running.ask("POST", "/v1/keys", key).status == 200)
        for socket in [served.first, served.last] {
            var text = ""
            while !text.contains("add-key") {
                let more = try #require(socket).receive()
                try #require(!more.isEmpty, "\(text)")
                text += String(decoding: more, as: UTF8.self)
            }
        }
        // Room that becomes free is another's.
        served.removeLast(100)
        var isServed = false
        while !isServed {
            isServed = Self.head(try TestSocket(port: running.port)).hasPrefix("HTTP/1.1 200 ")
        }
    }

    private static let publicKey = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

    @Test("who stops reading is let go at its bound, and nobody waits for them")
    func silent() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("swerve.db")
        let registry = try Registry.open(path: path, access: .readWrite(create: true))
        for number in 1...40 {
            let note = ChangeNote(
                by: "ada", at: "2026-11-23T18:52:00.000Z",
                reason: String(repeating: "x", count: 200))
            try registry.addKey(
                try ModelName("k\(number)"),
                publicKey: [UInt8](repeating: 3, count: 31) + [UInt8(number)], roles: [.promote],
                note: note)
        }
        let door = FileDoor(path)
        let watch = try HubWatch(door, brokers: { () throws(SwerveError) in NoBrokers() })
        let desk = TokenDesk(registry: { () throws(SwerveError) in try door.readable() })
        let events = try HubEvents(
            door, watch, HubAccess(isOpen: true, desk: desk),
            HubEvents.Bounds(feedBytes: 4_096, stuckMs: 0))
        events.start()
        defer { events.stop() }
        let routes = HTTPRoutes([events.route])
        func listen() throws -> HTTPFeed {
            let request = HTTPRequest(
                method: "GET", path: HubEvents.path, query: "after=0",
                fields: HTTPFields([("host", "localhost")]))
            guard case .feed(let feed) = routes.answer(request).payload else {
                throw SwerveError(.invalid, act: "listening", reason: "no feed")
            }
            return feed
        }
        // Nobody takes anything of the one; of the other all is taken at once.
        let (stuck, reader) = (try listen(), try listen())
        let heard = Guarded("")
        let arrived = try EventFD()
        reader.begin(
            send: { bytes in
                heard.withLock { $0 += String(decoding: bytes, as: UTF8.self) }
                reader.took(bytes.count)
                arrived.signal()
            }, end: {})
        while !stuck.isOver || !heard.withLock({ $0.contains("id: 41\n") }) {
            _ = try Poll.waitForAny([arrived.descriptor], timeoutMs: 10)
            arrived.drain()
        }
        #expect(!reader.isOver)
        #expect(!stuck.send([0]))
    }
}
