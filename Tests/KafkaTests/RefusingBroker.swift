import Foundation
import Lifecycle
import Platform

/// A broker that takes connections, offers SASL PLAIN and refuses every password; the development
/// broker has no SASL.
final class RefusingBroker: Sendable {
    let bootstrap: String
    private let listener: Int32
    private let thread: OSThread

    init() throws {
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
        bootstrap = "127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
        listener = descriptor
        thread = OSThread(name: "refusing") { Self.serve(descriptor) }
    }

    func stop() {
        shutdown(listener, Int32(SHUT_RDWR))
        thread.join()
        close(listener)
    }

    /// One connection after the other, until the listener is shut.
    private static func serve(_ listener: Int32) {
        while true {
            let connection = accept(listener, nil, nil)
            guard connection >= 0 else { return }
            while let request = read(connection) {
                guard let answer = answer(request) else { break }
                let whole = number(UInt32(answer.count)) + answer
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

    /// The correlation id and the body of the answer; nil for what it does not know.
    private static func answer(_ request: [UInt8]) -> [UInt8]? {
        guard request.count >= 8 else { return nil }
        let correlation = Array(request[4..<8])
        switch (request[1], request[3]) {
        case (18, let version):  // ApiVersions, of which it knows version 0.
            let apis: [[UInt8]] = [[0, 3, 0, 0, 0, 2], [0, 17, 0, 0, 0, 1], [0, 18, 0, 0, 0, 0]]
            let all = apis + [[0, 36, 0, 0, 0, 0]]
            return correlation + [0, version == 0 ? 0 : 35] + number(UInt32(all.count))
                + all.joined()
        case (17, _):  // SaslHandshake
            return correlation + [0, 0] + number(1) + text("PLAIN")
        case (36, _):  // SaslAuthenticate
            return correlation + [0, 58] + text("Invalid username or password") + number(0)
        default: return nil
        }
    }

    private static func number(_ value: UInt32) -> [UInt8] {
        unsafe withUnsafeBytes(of: value.bigEndian) { unsafe Array($0) }
    }

    private static func text(_ value: String) -> [UInt8] {
        [UInt8(value.utf8.count >> 8), UInt8(value.utf8.count & 0xFF)] + Array(value.utf8)
    }
}
