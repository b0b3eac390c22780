import Foundation

/// A TCP connection to a port of this machine, for tests of servers: blocking, with a deadline.
package final class TestSocket {
    private let descriptor: Int32

    package struct NoConnection: Error {
        package let number: Int32
    }

    /// - Parameter receiveBytes: of the kernel's buffer; nil for the usual.
    package init(port: Int, receiveBytes: Int? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var wait = timeval(tv_sec: 60, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &wait, size)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &wait, size)
        if var bytes = receiveBytes.map(Int32.init) {
            unsafe setsockopt(
                descriptor, SOL_SOCKET, SO_RCVBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard result == 0 else { throw NoConnection(number: errno) }
    }

    deinit { close(descriptor) }

    /// False where the other end is gone.
    @discardableResult
    package func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        var done = 0
        while done < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { buffer in
                unsafe Glibc.send(
                    descriptor, buffer.baseAddress.map { unsafe $0 + done }, buffer.count - done,
                    Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }

    /// Nothing more is sent.
    package func shutWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// What comes next, at most 64 KiB; empty where the other end is closed.
    package func receive() -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
        return count > 0 ? Array(bytes[..<count]) : []
    }

    /// Everything until the other end closes.
    package func receiveAll() -> String {
        var all: [UInt8] = []
        while true {
            let more = receive()
            guard !more.isEmpty else { return String(decoding: all, as: UTF8.self) }
            all += more
        }
    }

    /// Reads what comes until the other end closes; false where it says nothing for a minute
    /// instead, or broke off.
    package func isEnded() -> Bool {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
            guard count > 0 else { return count == 0 }
        }
    }

    /// One whole exchange: status and body.
    package static func get(
        _ path: String, port: Int, method: String = "GET"
    ) throws -> (status: Int, head: String, body: String) {
        let socket = try TestSocket(port: port)
        socket.send("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        let text = socket.receiveAll()
        let end = text.range(of: "\r\n\r\n")
        let head = end.map { String(text[..<$0.lowerBound]) } ?? text
        let words = head.split(separator: " ")
        return (
            words.count > 1 ? Int(words[1]) ?? 0 : 0, head,
            end.map { String(text[$0.upperBound...]) } ?? ""
        )
    }
}
