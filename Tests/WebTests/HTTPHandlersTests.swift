import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing
import Web

/// Routes that wait: bodies, answers bit by bit, and what becomes of them when clients misbehave.
@Suite("HTTP handlers", .blocking)
struct HTTPHandlersTests {
    typealias Running = RunningServer

    /// What a test waits for.
    private final class Signal: Sendable {
        private let descriptor: EventFD
        init() throws { descriptor = try EventFD() }
        func give() { descriptor.signal() }
        func wait() { _ = try? Poll.waitForAny([descriptor.descriptor], timeoutMs: nil) }
    }

    private static func echo(_ request: HTTPRequest) -> HTTPResponse {
        do throws(SwerveError) {
            var count = 0
            while let bytes = try request.body.next() { count += bytes.count }
            return .text("\(count) bytes")
        } catch {
            return .text("\(error.code.rawValue)", status: 400)
        }
    }

    static let last = "Host: x\r\nConnection: close\r\n"

    @Test("a body is whole before a route that works on it is asked; more than it takes is 413")
    func bodies() throws {
        let running = try Running([
            HTTPRoute("POST", "/", .work(bodyBytes: 1_000), answer: Self.echo)
        ])
        #expect(
            try running.ask("POST / HTTP/1.1\r\n\(Self.last)Content-Length: 5\r\n\r\nhello")
                .hasSuffix("5 bytes\n"))
        #expect(
            try running.ask(
                "POST / HTTP/1.1\r\n\(Self.last)Transfer-Encoding: chunked\r\n\r\n"
                    + "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
            ).hasSuffix("5 bytes\n"))
        #expect(
            try running.ask("POST / HTTP/1.1\r\n\(Self.last)Content-Length: 1001\r\n\r\n")
                .hasPrefix("HTTP/1.1 413"))
        let parts = String(repeating: "64\r\n\(String(repeating: "x", count: 100))\r\n", count: 11)
        #expect(
            try running.ask(
                "POST / HTTP/1.1\r\n\(Self.last)Transfer-Encoding: chunked\r\n\r\n\(parts)0\r\n\r\n"
            ).hasPrefix("HTTP/1.1 413"))
        #expect(
            try running.ask("GET /x HTTP/1.1\r\nHost: x\r\n\r\nGET /y HTTP/1.1\r\n\(Self.last)\r\n")
                .components(separatedBy: "404 Not Found").count == 3)
    }

    @Test("who expects to be told to go on is told so")
    func expects() throws {
        let running = try Running([
            HTTPRoute("POST", "/", .work(bodyBytes: 1_000), answer: Self.echo)
        ])
        let socket = try TestSocket(port: running.port)
        socket.send(
            "POST / HTTP/1.1\r\n\(Self.last)Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        #expect(String(decoding: socket.receive(), as: UTF8.self).hasPrefix("HTTP/1.1 100"))
        socket.send("hello")
        #expect(socket.receiveAll().hasSuffix("5 bytes\n"))
    }

    @Test(
        "a head that could mean two things is refused, and nothing behind it is read as a request")
    func ambiguous() throws {
        let running = try Running([HTTPRoute("POST", "/", .work(bodyBytes: 99), answer: Self.echo)])
        let hidden = "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n"
        for fields in [
            "Content-Length: 5\r\nContent-Length: 6\r\n",
            "Content-Length: 5\r\nContent-Length: 5\r\n",
            "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
            "Transfer-Encoding: gzip\r\n", "Transfer-Encoding: chunked, identity\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Content-Length: +5\r\n", "Content-Length: 5, 5\r\n", "Content-Length: 0x5\r\n",
            "Content-Length: 99999999999999999999\r\n", "Content-Length:\r\n", "Host: y\r\n",
            "Content-Length : 5\r\n", " Content-Length: 5\r\n",
        ] {
            let answer = try running.ask("POST / HTTP/1.1\r\nHost: x\r\n\(fields)\r\n\(hidden)")
            #expect(answer.hasPrefix("HTTP/1.1 400"), "\(fields): \(answer)")
            #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2, "\(fields): \(answer)")
        }
        #expect(try running.ask("POST / HTTP/1.1\r\n\r\n").hasPrefix("HTTP/1.1 400"))
    }

    @Test("10,000 fields are refused")
    func manyFields() throws {
        let running = try Running([HTTPRoute("GET", "/", .work(bodyBytes: 0), answer: Self.echo)])
        let fields = (0..<10_000).map { "a\($0 % 10): b\r\n" }.joined()
        let answer = try running.ask("GET / HTTP/1.1\r\n\(Self.last)\(fields)\r\n")
        #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 431"), "\(answer.prefix(200))")
        let few = (0..<101).map { "a\($0): b\r\n" }.joined()
        #expect(
            try running.ask("GET / HTTP/1.1\r\n\(Self.last)\(few)\r\n").hasPrefix("HTTP/1.1 431"))
    }

    @Test("a body is taken while it comes, however long, with little of it held")
    func passes() throws {
        let running = try Running([
            HTTPRoute("PUT", "/", .transfer(bodyBytes: 64 << 20), answer: Self.echo)
        ])
        let socket = try TestSocket(port: running.port)
        let count = 32 << 20
        socket.send("PUT / HTTP/1.1\r\n\(Self.last)Content-Length: \(count)\r\n\r\n")
        let part = String(repeating: "x", count: 1 << 20)
        for _ in 0..<32 { #expect(socket.send(part)) }
        #expect(socket.receiveAll().hasSuffix("\(count) bytes\n"))
    }

    @Test("who stops in the middle of a body, or goes, ends the route's waiting")
    func stops() throws {
        let ended = try Signal()
        let seen = Guarded<[String]>([])
        let running = try Running([
            HTTPRoute("PUT", "/", .transfer(bodyBytes: 1_000)) { request in
                let answer = Self.echo(request)
                seen.withLock { $0.append(String(decoding: answer.body, as: UTF8.self)) }
                ended.give()
                return answer
            }
        ]) { $0.bodyPauseMs = 200 }
        let slow = try running.ask("PUT / HTTP/1.1\r\n\(Self.last)Content-Length: 9\r\n\r\nabc")
        // The route's own words do not say whose fault it is.
        #expect(slow.hasPrefix("HTTP/1.1 408 "), "\(slow)")
        #expect(slow.contains("Connection: close") && !slow.contains("timedOut"), "\(slow)")
        ended.wait()
        do {
            let socket = try TestSocket(port: running.port)
            socket.send("PUT / HTTP/1.1\r\n\(Self.last)Content-Length: 9\r\n\r\nabc")
            _ = socket
        }
        while seen.withLock({ $0.count < 2 }) { ended.wait() }
        #expect(
            seen.withLock { $0.allSatisfy { ["timedOut\n", "unavailable\n"].contains($0) } },
            "\(seen.withLock { $0 })")
    }

    @Test("an answer before the body's end is taken by the client, and the connection ends")
    func answersEarly() throws {
        let running = try Running([
            HTTPRoute("PUT", "/", .transfer(bodyBytes: 1 << 20)) { _ in .text("no", status: 401) }
        ])
        let socket = try TestSocket(port: running.port)
        socket.send("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab")
        let head = String(decoding: socket.receive(), as: UTF8.self)
        #expect(head.hasPrefix("HTTP/1.1 401") && head.contains("Connection: close"), "\(head)")
        socket.send("cde")
        #expect(socket.receiveAll() == "" || head.hasSuffix("no\n"))
    }

    @Test("where too much waits, a request is answered with 503 and when to come again")
    func busy() throws {
        let (begun, go) = (try Signal(), try Signal())
        let running = try Running([
            HTTPRoute("GET", "/", .work(bodyBytes: 0)) { _ in
                begun.give()
                go.wait()
                return .text("done")
            },
            HTTPRoute("GET", "/quick") { _ in .text("quick") },
        ]) {
            $0.workers = 1
            $0.waitingRequests = 1
        }
        let get = "GET / HTTP/1.1\r\n\(Self.last)\r\n"
        let first = try TestSocket(port: running.port)
        first.send(get)
        begun.wait()
        // One of these waits behind it, the other has no room.
        let others = [try TestSocket(port: running.port), try TestSocket(port: running.port)]
        for other in others { other.send(get) }
        // What waits for nothing is answered meanwhile.
        #expect(try TestSocket.get("/quick", port: running.port).body == "quick\n")
        go.give()
        let answers = others.map { $0.receiveAll() }
        #expect(first.receiveAll().hasSuffix("done\n"))
        #expect(answers.count { $0.hasSuffix("done\n") } == 1, "\(answers)")
        #expect(
            answers.count { $0.hasPrefix("HTTP/1.1 503") && $0.contains("Retry-After: 1\r\n") }
                == 1,
            "\(answers)")
    }

    @Test("an answer is sent bit by bit, with its length or in chunks, and HEAD gets none of it")
    func streams() throws {
        let count = 16 << 20
        let running = try Running(
            [nil, Int64(count)].enumerated().map { number, length in
                HTTPRoute("GET", "/\(number)", .transfer(bodyBytes: 0)) { _ in
                    HTTPResponse(
                        contentType: "application/octet-stream",
                        payload: .stream(length: length) { writer throws(SwerveError) in
                            let part = [UInt8](repeating: 120, count: 64 << 10)
                            for _ in 0..<(count / part.count) { try writer.write(part) }
                        })
                }
            })
        let chunked = try TestSocket.get("/0", port: running.port)
        #expect(chunked.head.contains("chunked"), "\(chunked.head)")
        #expect(chunked.body.hasSuffix("0\r\n\r\n") && chunked.body.utf8.count > count)
        let whole = try TestSocket.get("/1", port: running.port)
        #expect(whole.head.contains("Content-Length: \(count)") && whole.body.utf8.count == count)
        let head = try TestSocket.get("/1", port: running.port, method: "HEAD")
        #expect(head.head.contains("Content-Length: \(count)") && head.body == "")
    }

    @Test("who takes nothing of an answer is left after the time for it, and its thread is free")
    func neverTakes() throws {
        let ended = try Signal()
        let running = try Running([
            HTTPRoute("GET", "/", .transfer(bodyBytes: 0)) { _ in
                HTTPResponse(
                    contentType: "text/plain",
                    payload: .stream(length: nil) { writer throws(SwerveError) in
                        defer { ended.give() }
                        let part = [UInt8](repeating: 120, count: 64 << 10)
                        while true { try writer.write(part) }
                    })
            }
        ]) { $0.responseMs = 200 }
        let socket = try TestSocket(port: running.port, receiveBytes: 4_096)
        socket.send("GET / HTTP/1.1\r\n\(Self.last)\r\n")
        ended.wait()
        #expect(!socket.receiveAll().hasSuffix("0\r\n\r\n"))
    }

    @Test("a failure in the middle of an answer leaves it without its end")
    func breaks() throws {
        let running = try Running([
            HTTPRoute("GET", "/", .transfer(bodyBytes: 0)) { _ in
                HTTPResponse(
                    contentType: "text/plain",
                    payload: .stream(length: nil) { writer throws(SwerveError) in
                        try writer.write(Array("begun".utf8))
                        throw SwerveError(.system, act: "a", reason: "b")
                    })
            }
        ])
        let answer = try TestSocket.get("/", port: running.port)
        #expect(answer.status == 200 && !answer.body.hasSuffix("0\r\n\r\n"), "\(answer.body)")
    }

    @Test("what happens is sent as it happens; one client too many is told to come again")
    func feeds() throws {
        let feeds = Guarded<[HTTPFeed]>([])
        let (opened, closed) = (try Signal(), try Signal())
        let running = try Running([
            HTTPRoute("GET", "/", .work(bodyBytes: 0)) { _ in
                let feed = HTTPFeed(limit: 1_000) { closed.give() }
                feed.send(Array("data: 1\n\n".utf8))
                feeds.withLock { $0.append(feed) }
                opened.give()
                return HTTPResponse(contentType: "text/event-stream", payload: .feed(feed))
            }
        ]) { $0.feeds = 1 }
        let get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"
        var first: TestSocket? = try TestSocket(port: running.port)
        first?.send(get)
        func read(until end: String) -> String {
            var text = ""
            while let more = first?.receive(), !more.isEmpty {
                text += String(decoding: more, as: UTF8.self)
                if text.contains(end) { break }
            }
            return text
        }
        let begun = read(until: "data: 1\n\n")
        #expect(begun.contains("text/event-stream") && begun.contains("data: 1\n\n"))
        let feed = try #require(feeds.withLock { $0.first })
        #expect(feed.send(Array("data: 2\n\n".utf8)))
        #expect(read(until: "data: 2\n\n").contains("data: 2"))
        #expect(
            try running.ask("GET / HTTP/1.1\r\n\(Self.last)\r\n")
                .hasPrefix("HTTP/1.1 503"))
        closed.wait()
        // The client goes, and the feed ends.
        first = nil
        _ = first
        while !feed.isOver { closed.wait() }
        #expect(!feed.send([1]))
    }

    @Test("a client that lags behind a feed by more than its bound is let go")
    func lags() throws {
        let feeds = Guarded<[HTTPFeed]>([])
        let opened = try Signal()
        let running = try Running([
            HTTPRoute("GET", "/", .work(bodyBytes: 0)) { _ in
                let feed = HTTPFeed(limit: 100_000)
                feeds.withLock { $0.append(feed) }
                opened.give()
                return HTTPResponse(contentType: "text/event-stream", payload: .feed(feed))
            }
        ])
        let socket = try TestSocket(port: running.port, receiveBytes: 4_096)
        socket.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        opened.wait()
        let feed = try #require(feeds.withLock { $0.first })
        var sent = 0
        while feed.send([UInt8](repeating: 120, count: 10_000)) { sent += 10_000 }
        #expect(feed.isOver && sent < 64 << 20)
    }

    @Test("a stop lets what is at work be answered, and takes nothing more")
    func stopsCleanly() throws {
        let (begun, go) = (try Signal(), try Signal())
        var running: Running? = try Running([
            HTTPRoute("GET", "/", .work(bodyBytes: 0)) { _ in
                begun.give()
                go.wait()
                return .text("done")
            }
        ])
        let socket = try TestSocket(port: running?.port ?? 0)
        socket.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        begun.wait()
        let port = try #require(running?.port)
        let releaser = OSThread(name: "releaser") {
            // Nobody is let in any more.
            while (try? TestSocket(port: port)) != nil { sched_yield() }
            go.give()
        }
        running = nil
        _ = running
        releaser.join()
        let answer = socket.receiveAll()
        #expect(answer.hasSuffix("done\n") && answer.contains("Connection: close"), "\(answer)")
    }

    @Test("of many connections the oldest that asks for nothing gives way, not one at work")
    func busyStay() throws {
        let (begun, go) = (try Signal(), try Signal())
        let running = try Running([
            HTTPRoute("GET", "/", .work(bodyBytes: 0)) { _ in
                begun.give()
                go.wait()
                return .text("done")
            },
            HTTPRoute("GET", "/quick") { _ in .text("quick") },
        ]) { $0.connections = 4 }
        let working = try TestSocket(port: running.port)
        working.send("GET / HTTP/1.1\r\n\(Self.last)\r\n")
        begun.wait()
        var idle: [TestSocket] = []
        for _ in 0..<8 { idle.append(try TestSocket(port: running.port)) }
        #expect(try TestSocket.get("/quick", port: running.port).status == 200)
        #expect(idle[0].receiveAll() == "")
        go.give()
        #expect(working.receiveAll().hasSuffix("done\n"))
    }
}
