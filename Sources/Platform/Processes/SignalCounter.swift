import CPlatform
import Glibc
package import Lifecycle
import Synchronization

/// How often a signal came, for whom it interrupts nothing.
///
/// Make it on the main thread before any other thread starts, as `SignalWatch`; any thread may ask.
/// The same signal sent twice before somebody asks counts once.
package final class SignalCounter: Sendable {
    private let descriptor: Int32
    private let counted = Atomic<Int>(0)

    package init(_ signal: ProcessSignal) throws(SwerveError) {
        let descriptor = platform_signal_queue(signal.rawValue)
        guard descriptor >= 0 else {
            throw SystemError.make(descriptor, act: "watching for a signal", call: "signalfd")
        }
        self.descriptor = descriptor
    }

    deinit { _ = close(descriptor) }

    /// How often it came so far; a system call, never blocks.
    package var count: Int {
        while platform_signal_next(descriptor) > 0 { counted.wrappingAdd(1, ordering: .relaxed) }
        return counted.load(ordering: .relaxed)
    }
}
