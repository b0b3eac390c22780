import Foundation
import Lifecycle
import Platform
import TestSupport
import Testing

@testable import HubClient

/// A socket that takes connections, and does what a test wants of each.
private final class Door: Sendable {
    let port: Int
    private let descriptor: Int32
    private let isStopping = Guarded(false)
    private let count = Guarded(0)
    private let thread = Guarded<OSThread?>(nil)

    enum Fault: Error { case none }

    /// - Parameter isHeld: whether connections are held open without a word, or closed at once.
    init(isHeld: Bool) throws {
        let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(made, pointer, size) == 0 && listen(made, 8) == 0
                    && getsockname(made, pointer, &size) == 0
            }
        }
        guard isBound else { throw Fault.none }
        descriptor = made
        port = Int(UInt16(bigEndian: address.sin_port))
        let started = OSThread(name: "door") { [self] in take(isHeld) }
        thread.withLock { $0 = started }
    }

    private func take(_ isHeld: Bool) {
        var held: [Int32] = []
        while true {
            let one = accept(descriptor, nil, nil)
            guard one >= 0 else { break }
            guard !isStopping.withLock({ $0 }) else {
                close(one)
                break
            }
            count.withLock { $0 += 1 }
            if isHeld { held.append(one) } else { close(one) }
        }
        held.forEach { close($0) }
    }

    /// How many connections there were; none is taken from then on.
    func stop() throws -> Int {
        let seen = count.withLock { $0 }
        isStopping.withLock { $0 = true }
        // Takes the thread out of its waiting.
        _ = try? TestSocket(port: port)
        thread.withLock { $0.take() }?.join()
        close(descriptor)
        return seen
    }
}

@Suite("asking a hub over a connection", .blocking)
struct HubLinkTests {
    private func connections(isHeld: Bool, timeoutMs: Int) throws -> Int {
        let door = try Door(isHeld: isHeld)
        let link = try HubLink(try HubAddress("http://127.0.0.1:\(door.port)"))
        var request = HubLink.Request(method: "POST", path: "/v1/republish")
        request.timeoutMs = timeoutMs
        #expect {
            try link.ask(request)
        } throws: { ($0 as? SwerveError)?.code == .unavailable }
        return try door.stop()
    }

    @Test("what ran out of time is not asked again: it is at work still")
    func timedOut() throws {
        #expect(try connections(isHeld: true, timeoutMs: 300) == 1)
    }

    @Test("a connection that breaks is made once more")
    func broken() throws {
        #expect(try connections(isHeld: false, timeoutMs: 60_000) == 2)
    }
}
