import Lifecycle
import Platform
import TestSupport
import Web

/// A server with routes of a test, at a port of its own, stopped with it.
final class RunningServer {
    let server: HTTPServer
    let port: Int
    private var isEnded = false

    init(_ routes: [HTTPRoute], change: (inout HTTPLimits) -> Void = { _ in }) throws {
        var limits = HTTPLimits()
        limits.workers = 2
        limits.changes = 1
        limits.transfers = 2
        limits.feeds = 4
        change(&limits)
        let ready = try EventFD()
        let found = Guarded(0)
        server = try HTTPServer(
            address: HTTPAddress(host: "127.0.0.1", port: 0), limits: limits,
            routes: HTTPRoutes(routes)
        ) { event in
            if case .listening(let port) = event { found.withLock { $0 = port } }
            ready.signal()
        }
        server.start()
        _ = try Poll.waitForAny([ready.descriptor], timeoutMs: nil)
        port = found.withLock { $0 }
    }

    deinit { if !isEnded { server.stop() } }

    /// The second half of a stop whose first the test has made.
    func end() {
        server.end()
        isEnded = true
    }

    func ask(_ text: String) throws -> String {
        let socket = try TestSocket(port: port)
        socket.send(text)
        return socket.receiveAll()
    }

    func post(_ path: String, bytes: Int) throws -> String {
        try ask(
            "POST \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                + "Content-Length: \(bytes)\r\n\r\n" + String(repeating: "x", count: bytes))
    }
}
