import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing
import Web

/// Over real sockets of this machine: what strangers may do, and that others are answered.
@Suite("HTTPServer", .blocking)
struct HTTPServerTests {
    /// What a server told of its address.
    private final class Heard: Sendable {
        private let told = Guarded<[HTTPServerEvent]>([])
        private let arrived: EventFD

        init() throws { arrived = try EventFD() }

        func hear(_ event: HTTPServerEvent) {
            told.withLock { $0.append(event) }
            arrived.signal()
        }

        var events: [HTTPServerEvent] { told.withLock { $0 } }

        func wait(until holds: ([HTTPServerEvent]) -> Bool) throws {
            while !holds(events) {
                _ = try Poll.waitForAny([arrived.descriptor], timeoutMs: nil)
                arrived.drain()
            }
        }
    }

    /// A server that is stopped with its test.
    private final class Running {
        let server: HTTPServer
        let port: Int
        let heard: Heard

        init(
            port: Int = 0, limits: HTTPLimits = HTTPLimits(), body: String = "hello"
        ) throws {
            let heard = try Heard()
            server = try HTTPServer(
                address: HTTPAddress(host: "127.0.0.1", port: port), limits: limits,
                routes: HTTPRoutes([HTTPRoute("GET", "/") { _ in .text(body) }])
            ) { heard.hear($0) }
            self.heard = heard
            server.start()
            try heard.wait { !$0.isEmpty }
            var found = 0
            for case .listening(let port) in heard.events { found = port }
            self.port = found
        }

        deinit { server.stop() }
    }

    private static let request = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"

    @Test("a request is answered with its body's length, HEAD without the body")
    func answers() throws {
        let running = try Running()
        let got = try TestSocket.get("/", port: running.port)
        #expect(got.status == 200 && got.body == "hello\n")
        #expect(got.head.contains("Content-Length: 6\r\n"), "\(got.head)")
        #expect(got.head.contains("Connection: close"), "\(got.head)")
        let head = try TestSocket.get("/", port: running.port, method: "HEAD")
        #expect(head.status == 200 && head.body == "" && head.head.contains("Content-Length: 6"))
        #expect(try TestSocket.get("/other", port: running.port).status == 404)
        #expect(try TestSocket.get("/", port: running.port, method: "DELETE").status == 405)
    }

    @Test("a connection is kept for the next request, and requests sent together are answered")
    func keepsAlive() throws {
        let running = try Running()
        let socket = try TestSocket(port: running.port)
        for _ in 0..<3 {
            socket.send(Self.request)
            #expect(String(decoding: socket.receive(), as: UTF8.self).contains("200 OK"))
        }
        socket.send(
            Self.request + "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        #expect(socket.receiveAll().components(separatedBy: "200 OK").count == 3)
    }

    @Test("what is no HTTP is answered with 400 and ended")
    func nonsense() throws {
        let running = try Running()
        for text in ["nonsense\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\u{0}\u{1}\r\n\r\n"] {
            let socket = try TestSocket(port: running.port)
            socket.send(text)
            let answer = socket.receiveAll()
            #expect(answer.isEmpty || answer.contains("400"), "\(answer)")
        }
        #expect(try TestSocket.get("/", port: running.port).status == 200)
    }

    @Test("a request without an end, of head or body, is ended; others are answered meanwhile")
    func endless() throws {
        let running = try Running()
        for start in [
            "GET / HTTP/1.1\r\n", "GET /",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
        ] {
            let socket = try TestSocket(port: running.port)
            var isTaken = socket.send(start)
            let part =
                start.contains("chunked")
                ? "400\r\n" + String(repeating: "x", count: 1_024) + "\r\n"
                : start.hasSuffix("/")
                    ? String(repeating: "x", count: 1_024)
                    : "X-Name: " + String(repeating: "x", count: 1_024) + "\r\n"
            var sent = 0
            while isTaken, sent < 64 << 20 {
                isTaken = socket.send(part)
                sent += part.utf8.count
            }
            #expect(!isTaken, "\(start): \(sent) bytes were taken")
            #expect(try TestSocket.get("/", port: running.port).status == 200)
        }
    }

    @Test("who sends nothing, or a byte now and then, is ended after the time for a request")
    func silent() throws {
        var limits = HTTPLimits()
        limits.firstRequestMs = 200
        limits.betweenRequestsMs = 200
        let running = try Running(limits: limits)
        let silent = try TestSocket(port: running.port)
        #expect(silent.receiveAll() == "")
        let slow = try TestSocket(port: running.port)
        slow.send("GET / HT")
        #expect(slow.receiveAll() == "")
        let idle = try TestSocket(port: running.port)
        idle.send(Self.request)
        #expect(idle.receiveAll().contains("200 OK"), "it ends by itself, once answered")
    }

    @Test("who asks and never reads is ended after the time for an answer; others are answered")
    func neverReads() throws {
        var limits = HTTPLimits()
        limits.responseMs = 200
        let body = String(repeating: "x", count: 8 << 20)
        let running = try Running(limits: limits, body: body)
        let socket = try TestSocket(port: running.port, receiveBytes: 4_096)
        socket.send(Self.request)
        #expect(try TestSocket.get("/", port: running.port).body.utf8.count == body.utf8.count + 1)
        // Once it is ended, what the kernel kept comes, and no more.
        var isTaken = true
        while isTaken { isTaken = socket.send("x") }
        #expect(socket.receiveAll().utf8.count < body.utf8.count)
    }

    @Test("of many who never read, the newest keep their answers: unread bytes are bounded")
    func unread() throws {
        var limits = HTTPLimits()
        limits.responseMs = 600_000
        limits.unreadBytes = 12 << 20
        let body = String(repeating: "x", count: 8 << 20)
        let running = try Running(limits: limits, body: body)
        var sockets: [TestSocket] = []
        var counts: [Int] = []
        for _ in 0..<3 {
            let socket = try TestSocket(port: running.port, receiveBytes: 4_096)
            socket.send("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            // Its answer has begun.
            counts.append(socket.receive().count)
            sockets.append(socket)
        }
        for place in sockets.indices { counts[place] += sockets[place].receiveAll().utf8.count }
        #expect(counts[0] < body.utf8.count && counts[1] < body.utf8.count, "\(counts)")
        #expect(counts[2] > body.utf8.count)
        #expect(try TestSocket.get("/", port: running.port).body.utf8.count == body.utf8.count + 1)
    }

    @Test("who asks again before taking an answer is ended: answers do not pile up")
    func onlyAsks() throws {
        let running = try Running(body: String(repeating: "x", count: 8 << 20))
        let socket = try TestSocket(port: running.port, receiveBytes: 4_096)
        socket.send(String(repeating: Self.request, count: 100))
        #expect(socket.receiveAll().components(separatedBy: "200 OK").count <= 2)
    }

    @Test("of a thousand connections the newest are served, and whoever asks is answered")
    func thousand() throws {
        let running = try Running()
        var sockets: [TestSocket] = []
        for _ in 0..<1_000 { sockets.append(try TestSocket(port: running.port)) }
        #expect(try TestSocket.get("/", port: running.port).status == 200)
        // The oldest was closed, the newest was not.
        #expect(sockets[0].receiveAll() == "")
        let newest = try #require(sockets.last)
        newest.send(Self.request)
        #expect(String(decoding: newest.receive(), as: UTF8.self).contains("200 OK"))
    }

    @Test("a port that is taken is told at once, and taken once it is free")
    func taken() throws {
        var limits = HTTPLimits()
        limits.bindPauseMinMs = 10
        limits.bindPauseMaxMs = 20
        var first: Running? = try Running()
        let port = try #require(first?.port)
        let second = try Running(port: port, limits: limits)
        guard case .notListening(let error, let pause) = second.heard.events[0] else {
            Issue.record("it says that it listens")
            return
        }
        #expect(error.description.contains("another process has the port"), "\(error)")
        #expect(error.isRetryable && pause == 10)
        #expect(try TestSocket.get("/", port: port).status == 200)
        first = nil
        _ = first
        try second.heard.wait { $0.contains(.listening(port: port)) }
        #expect(try TestSocket.get("/", port: port).status == 200)
    }
}
