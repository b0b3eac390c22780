import Synchronization

/// Shows that a thread comes on: the thread counts, and another one looks whether it still does.
package final class ProgressCounter: Sendable {
    private let count = Atomic<UInt64>(0)

    package init() {}

    /// By one thread alone: a plain load and store.
    @inline(__always)
    package func advance() {
        count.store(count.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    package var value: UInt64 { count.load(ordering: .relaxed) }
}
