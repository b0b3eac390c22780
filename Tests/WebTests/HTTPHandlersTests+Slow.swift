import Platform
import Testing
import Web

/// Clients that do not send what they announced.
extension HTTPHandlersTests {
    @Test("a gathered body that does not come in time is refused, and its route is not called")
    func tooSlow() throws {
        let isCalled = Guarded(false)
        let answer = { @Sendable (_: HTTPRequest) -> HTTPResponse in
            isCalled.withLock { $0 = true }
            return .text("done")
        }
        let running = try Running([
            HTTPRoute("PUT", "/", .work(bodyBytes: 1_000), answer: answer)
        ]) { $0.bodyMs = 200 }
        let slow = try running.ask("PUT / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc")
        #expect(slow.hasPrefix("HTTP/1.1 408 "), "\(slow)")
        #expect(slow.contains("Connection: close"), "\(slow)")
        #expect(isCalled.withLock { !$0 })
        let whole = try running.ask(
            "PUT / HTTP/1.1\r\n\(Self.last)Content-Length: 3\r\n\r\nabc")
        #expect(whole.hasSuffix("done\n"), "\(whole)")
    }
}
