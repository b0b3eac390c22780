import Glibc
import Synchronization

/// How a process ends whose threads are not all joined.
///
/// A C library that waits for a dead server cannot be stopped from outside. Its threads are left
/// running then, and the process must end without the handlers of `exit`, which take away what such
/// a thread may be using.
package enum ProcessEnd {
    private static let isLeft = Atomic<Bool>(false)

    /// Some thread goes on until the process ends.
    package static func noteThreadLeft() { isLeft.store(true, ordering: .releasing) }

    /// Ends the process with `code` where a thread was left; else returns.
    package static func endIfThreadLeft(code: Int32) {
        guard isLeft.load(ordering: .acquiring) else { return }
        _ = fflush(nil)
        _exit(code)
    }
}
