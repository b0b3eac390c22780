import CPlatform
import Glibc
package import Lifecycle

/// What started this process and wants to hear how it is, such as systemd; see sd_notify(3).
///
/// One datagram a message, to the socket that `NOTIFY_SOCKET` names. Nothing waits for it.
package struct ServiceManager: Sendable, Equatable {
    /// A path, or `@` and an abstract name.
    let socket: String
    /// It wants to hear within so many nanoseconds, again and again, that the process lives; nil
    /// where it does not ask.
    package let watchdogNs: UInt64?

    /// The one that the environment names; nil where there is none.
    ///
    /// - Parameters:
    ///   - variables: the environment of this process.
    ///   - processID: of this process; `WATCHDOG_PID` may name another one.
    /// - Throws: `.usage` for a socket of a kind that is not known here.
    package static func of(
        _ variables: [String: String], processID: Int32 = ProcessIdentity.processID
    ) throws(SwerveError) -> ServiceManager? {
        guard let socket = variables["NOTIFY_SOCKET"], !socket.isEmpty else { return nil }
        guard socket.hasPrefix("/") || socket.hasPrefix("@"), !socket.utf8.contains(0),
            (2...nameBytesMax).contains(socket.utf8.count)
        else {
            throw SwerveError(
                .usage, act: "reading NOTIFY_SOCKET",
                reason: "'\(socket.shortened(to: 120))' is neither a path nor @ and a name, of at "
                    + "most \(nameBytesMax) bytes",
                remedy: "unset it, or start this program by a service manager that sets it")
        }
        return ServiceManager(
            socket: socket, watchdogNs: watchdogNs(variables, processID: processID))
    }

    /// Tells it assignments as sd_notify(3) lists them, such as `READY=1`.
    ///
    /// - Throws: `.unavailable` where its queue is full at the moment.
    package func tell(_ assignments: [String]) throws(SwerveError) {
        let message = Array(assignments.joined(separator: "\n").utf8)
        let name = Array(socket.utf8).map(CChar.init(bitPattern:))
        let result = unsafe name.withUnsafeBufferPointer { name in
            unsafe message.withUnsafeBytes { bytes in
                unsafe platform_send_datagram(
                    name.baseAddress, name.count, bytes.baseAddress, bytes.count)
            }
        }
        guard result == 0 else {
            throw SystemError.make(
                result, act: "telling the service manager at '\(socket.shortened(to: 120))'",
                call: "sendto")
        }
    }

    private static func watchdogNs(
        _ variables: [String: String], processID: Int32
    ) -> UInt64? {
        guard let span = variables["WATCHDOG_USEC"].flatMap({ UInt64($0) }), span > 0 else {
            return nil
        }
        if let asked = variables["WATCHDOG_PID"], asked != "\(processID)" { return nil }
        let (nanoseconds, isTooLong) = span.multipliedReportingOverflow(by: 1_000)
        return isTooLong ? nil : nanoseconds
    }

    /// Of `sun_path`, with room for an end.
    private static let nameBytesMax = 107
}
