import CPlatform
import Glibc
package import Lifecycle

/// A process of this machine that is no child of this one.
///
/// Held by its descriptor: once made, it never means a stranger that was given the number since.
package final class OtherProcess: Sendable {
    package let pid: Int32
    private let watch: OwnedDescriptor

    /// Nil where there is no such process.
    package init?(_ pid: Int32) {
        let descriptor = pid > 0 ? platform_pidfd_open(pid) : -1
        guard descriptor >= 0 else { return nil }
        self.pid = pid
        watch = OwnedDescriptor(descriptor)
    }

    /// Its command line, which is empty for a moment after its start; nil where it has ended.
    package var arguments: [String]? {
        guard
            let bytes = try? StateFile.read("/proc/\(pid)/cmdline", limit: Self.commandBytes),
            // What was read may be a successor's with the same number.
            (try? hasEnded(withinMs: 0)) == false
        else { return nil }
        return bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast().map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    /// Nothing happens where it has ended.
    package func send(_ signal: ProcessSignal) throws(SwerveError) {
        let result = platform_pidfd_signal(watch.raw, signal.rawValue)
        guard result >= 0 || result == -ESRCH else {
            throw SystemError.make(
                result, act: "sending signal \(signal.rawValue) to process \(pid)",
                call: "pidfd_send_signal")
        }
    }

    /// Waits for its end, at most so long.
    package func hasEnded(withinMs milliseconds: Int) throws(SwerveError) -> Bool {
        try !Poll.waitForAny([watch.raw], timeoutMs: milliseconds).isEmpty
    }

    private static let commandBytes = 1 << 20
}
