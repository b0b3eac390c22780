import Foundation
import Lifecycle
import Platform

/// A server that speaks as much of Kafka's protocol as a test gives it: for what the development
/// broker cannot do or refuse.
final class ScriptedBroker: Sendable {
    /// A request: which one it is, in which version, and how it is known again in its answer.
    struct Request {
        let kind: UInt8
        let version: UInt8
        fileprivate let correlation: [UInt8]

        fileprivate init?(_ bytes: [UInt8]) {
            guard bytes.count >= 8 else { return nil }
            (kind, version, correlation) = (bytes[1], bytes[3], Array(bytes[4..<8]))
        }
    }

    let port: UInt16
    private let listener: Int32
    private let thread: OSThread

    var bootstrap: String { "127.0.0.1:\(port)" }

    /// - Parameter answer: the body of the answer to a request; nil ends the connection. It is
    ///   given the broker's port, and called on the broker's thread alone.
    init(_ answer: @escaping @Sendable (Request, UInt16) -> [UInt8]?) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = unsafe withUnsafeMutablePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe bind(descriptor, address, length) == 0 && listen(descriptor, 16) == 0
                    && getsockname(descriptor, address, &length) == 0
            }
        }
        guard descriptor >= 0, isListening else {
            throw SwerveError(.system, act: "listening", reason: "errno \(errno)")
        }
        let port = UInt16(bigEndian: address.sin_port)
        self.port = port
        listener = descriptor
        thread = OSThread(name: "scripted") {
            Self.serve(descriptor) { answer($0, port) }
        }
    }

    /// To be called once the clients are closed: an open connection is served to its end.
    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        thread.join()
        close(listener)
    }

    /// One connection after the other, until the listener is shut.
    private static func serve(_ listener: Int32, _ answer: (Request) -> [UInt8]?) {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            while let bytes = read(connection) {
                guard let request = Request(bytes), let body = answer(request) else { break }
                let message = request.correlation + body
                let whole = number(UInt32(message.count)) + message
                _ = unsafe whole.withUnsafeBytes { bytes in
                    unsafe send(connection, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
                }
            }
            close(connection)
        }
    }

    /// A request without its size; nil at the connection's end.
    private static func read(_ connection: Int32) -> [UInt8]? {
        guard let size = bytes(connection, 4) else { return nil }
        return bytes(connection, size.reduce(0) { $0 << 8 | Int($1) })
    }

    private static func bytes(_ connection: Int32, _ count: Int) -> [UInt8]? {
        var result = [UInt8](repeating: 0, count: count)
        let got = unsafe result.withUnsafeMutableBytes { buffer in
            unsafe recv(connection, buffer.baseAddress, count, Int32(MSG_WAITALL))
        }
        return got == count && count > 0 ? result : nil
    }

    /// The answer to ApiVersions, of which it knows version 0 alone.
    ///
    /// - Parameter kinds: each request that it takes beside this one, and its newest version.
    static func versions(_ request: Request, _ kinds: [(kind: UInt8, newest: UInt8)]) -> [UInt8] {
        let all = kinds + [(18, 0)]
        return [0, request.version == 0 ? 0 : 35] + number(UInt32(all.count))
            + all.flatMap { [0, $0.kind, 0, 0, 0, $0.newest] }
    }

    static func number(_ value: UInt32) -> [UInt8] {
        unsafe withUnsafeBytes(of: value.bigEndian) { unsafe Array($0) }
    }

    static func text(_ value: String) -> [UInt8] {
        [UInt8(value.utf8.count >> 8), UInt8(value.utf8.count & 0xFF)] + Array(value.utf8)
    }
}

extension ScriptedBroker {
    /// Takes connections, offers SASL PLAIN and refuses every password; the development broker has
    /// no SASL.
    static func refusing() throws -> ScriptedBroker {
        try ScriptedBroker { request, _ in
            switch request.kind {
            case 18: versions(request, [(3, 2), (17, 1), (36, 0)])
            case 17: [0, 0] + number(1) + text("PLAIN")  // SaslHandshake
            case 36: [0, 58] + text("Invalid username or password") + number(0)
            default: nil
            }
        }
    }

    /// One of a cluster that is about to start.
    ///
    /// - Parameters:
    ///   - listings: the answers in which it lists no broker, and then those in which it lists
    ///     itself, but no controller.
    ///   - cluster: the name that it then gives; nil where it gives none.
    ///   - asked: called each time it is asked for a listing.
    static func starting(
        _ listings: (empty: Int, uncontrolled: Int), cluster: String? = "cluster",
        asked: @escaping @Sendable () -> Void = {}
    ) throws -> ScriptedBroker {
        let listed = Guarded(0)
        return try ScriptedBroker { request, port in
            switch request.kind {
            case 18: return versions(request, [(3, 2), (20, 0)])
            case 3:  // Metadata
                asked()
                let count = listed.withLock { count in
                    count += 1
                    return count
                }
                guard count > listings.empty else {
                    return number(0) + text("cluster") + number(.max) + number(0)
                }
                let own = number(1) + text("127.0.0.1") + number(UInt32(port)) + [0xFF, 0xFF]
                let isLed = count > listings.empty + listings.uncontrolled
                return number(1) + own + (cluster.map { text($0) } ?? [0xFF, 0xFF])
                    + number(isLed ? 1 : .max) + number(0)
            case 20: return number(1) + text("gone") + [0, 0]  // DeleteTopics
            default: return nil
            }
        }
    }
}
