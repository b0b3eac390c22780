import Lifecycle
import Platform
import TestSupport
import Testing
import Web

/// What one client does, or many together, and what is left for the others meanwhile.
@Suite("HTTP bounds", .blocking)
struct HTTPBoundsTests {
    private typealias Running = RunningServer

    @Test("bodies that are gathered have one bound together, and give it back with their answers")
    func gathered() throws {
        let running = try Running([
            HTTPRoute("POST", "/", .work(bodyBytes: 10_000)) { _ in .text("taken") }
        ]) { $0.gatheredBytes = 4_000 }
        for _ in 0..<5 {
            #expect(try running.post("/", bytes: 3_000).hasPrefix("HTTP/1.1 200"))
            #expect(try running.post("/", bytes: 5_000).hasPrefix("HTTP/1.1 503"))
        }
        // A client that has sent a part of its body, and gone.
        var half: TestSocket? = try TestSocket(port: running.port)
        half?.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000\r\n\r\n")
        half?.send(String(repeating: "x", count: 3_000))
        while try running.post("/", bytes: 2_000).hasPrefix("HTTP/1.1 200") {}
        half = nil
        _ = half
        while try !running.post("/", bytes: 2_000).hasPrefix("HTTP/1.1 200") {}
    }

    @Test("who takes an answer too slowly on the whole is left, though it takes some in time")
    func slowly() throws {
        let ended = Guarded<SwerveError?>(nil)
        let signal = try EventFD()
        let running = try Running([
            HTTPRoute("GET", "/", .transfer(bodyBytes: 0)) { _ in
                HTTPResponse(
                    contentType: "text/plain",
                    payload: .stream(length: nil) { writer throws(SwerveError) in
                        let part = [UInt8](repeating: 120, count: 64 << 10)
                        do throws(SwerveError) {
                            while true { try writer.write(part) }
                        } catch {
                            ended.withLock { $0 = error }
                            signal.signal()
                            throw error
                        }
                    })
            }
        ]) { $0.answerBytesPerSecond = 1 << 40 }
        let socket = try TestSocket(port: running.port, receiveBytes: 4_096)
        socket.send("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        _ = try Poll.waitForAny([signal.descriptor], timeoutMs: nil)
        #expect(ended.withLock { $0?.code } == .timedOut)
        #expect(!socket.receiveAll().hasSuffix("0\r\n\r\n"))
    }

    @Test("a change finds a thread though uploads take all of theirs, once its body is whole")
    func changes() throws {
        let running = try Running([
            HTTPRoute("PUT", "/", .transfer(bodyBytes: 1 << 20)) { request in
                _ = try? request.body.all(limit: 1 << 20)
                return .text("uploaded")
            },
            HTTPRoute("POST", "/", .change(bodyBytes: 1_000)) { request in
                let bytes = (try? request.body.all(limit: 1_000).count) ?? -1
                return .text("changed \(bytes)")
            },
        ]) { $0.transfers = 1 }
        let upload = try TestSocket(port: running.port)
        upload.send("PUT / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 4\r\n\r\n")
        // No thread is held by one whose body does not come.
        let silent = try TestSocket(port: running.port)
        silent.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n")
        #expect(try running.post("/", bytes: 10).contains("changed 10"))
        #expect(try running.post("/", bytes: 2_000).hasPrefix("HTTP/1.1 413"))
        upload.send("four")
        #expect(upload.receiveAll().contains("uploaded"))
    }

    @Test("a stop lets no change begin whose time is over, and is two halves")
    func stops() throws {
        let (begun, go) = (try EventFD(), try EventFD())
        let count = Guarded(0)
        let running = try Running([
            HTTPRoute("POST", "/", .change(bodyBytes: 10)) { _ in
                count.withLock { $0 += 1 }
                begun.signal()
                _ = try? Poll.waitForAny([go.descriptor], timeoutMs: nil)
                return .text("changed")
            }
        ]) { $0.stopMs = 1 }
        let sockets = try (0..<3).map { _ in try TestSocket(port: running.port) }
        for socket in sockets {
            socket.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
        }
        _ = try Poll.waitForAny([begun.descriptor], timeoutMs: nil)
        running.server.finish()
        go.signal()
        running.end()
        #expect(count.withLock { $0 } == 1)
    }
}
