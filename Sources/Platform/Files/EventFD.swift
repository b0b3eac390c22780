import CPlatform
import Glibc
package import Lifecycle

/// A counter that threads raise and one polls: the wake-up of a thread that waits in poll(2).
package final class EventFD: Sendable {
    /// Readable while the counter is above 0.
    ///
    /// Lives as long as this value.
    package let descriptor: Int32

    package init() throws(SwerveError) {
        descriptor = platform_eventfd()
        guard descriptor >= 0 else {
            throw SystemError.make(descriptor, act: "making a wake-up", call: "eventfd")
        }
    }

    deinit { _ = close(descriptor) }

    /// Adds one to the counter.
    ///
    /// From any thread; about 1 us; allocates nothing and never blocks (a counter at its top of
    /// 2^64 stays there, and its reader is awake already).
    package func signal() {
        var one: UInt64 = 1
        while unsafe write(descriptor, &one, MemoryLayout<UInt64>.size) < 0, errno == EINTR {}
    }

    /// The counter, which starts again from 0; 0 when nobody signalled.
    ///
    /// Never blocks.
    @discardableResult
    package func drain() -> UInt64 {
        var count: UInt64 = 0
        while unsafe read(descriptor, &count, MemoryLayout<UInt64>.size) < 0 {
            guard errno == EINTR else { return 0 }
        }
        return count
    }
}
