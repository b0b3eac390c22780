import Foundation
import Lifecycle
package import Platform

/// The socket of a service manager, as systemd has one.
package final class NotifySocket: Sendable {
    /// As `NOTIFY_SOCKET` names it.
    package let name: String
    private let descriptor: OwnedDescriptor

    /// - Parameter name: a path, or `@` and an abstract name.
    package init(_ name: String) throws {
        self.name = name
        let number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
        guard number >= 0 else { throw CocoaError(.fileWriteUnknown) }
        descriptor = OwnedDescriptor(number)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(name.utf8)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { path in
            for (place, byte) in bytes.enumerated() { unsafe path[place] = byte }
            if name.hasPrefix("@") { unsafe path[0] = 0 }
        }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
        let bound = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe bind(number, $0, length)
            }
        }
        guard bound == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    /// The manager that listens here.
    package func manager(watchdogNs: UInt64? = nil) throws -> ServiceManager {
        var variables = ["NOTIFY_SOCKET": name]
        if let watchdogNs { variables["WATCHDOG_USEC"] = "\(watchdogNs / 1_000)" }
        guard let manager = try ServiceManager.of(variables) else {
            throw CocoaError(.featureUnsupported)
        }
        return manager
    }

    /// The next message, its lines.
    package func next() throws -> [String] {
        guard try !Poll.waitForAny([descriptor.raw], timeoutMs: 60_000).isEmpty,
            case .bytes(let bytes) = try descriptor.read(upTo: 4_096)
        else { throw SwerveError(.timedOut, act: "waiting for a message", reason: "none came") }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }

    /// Whether a message waits to be read.
    package func hasMessage() throws -> Bool {
        try !Poll.waitForAny([descriptor.raw], timeoutMs: 0).isEmpty
    }
}
