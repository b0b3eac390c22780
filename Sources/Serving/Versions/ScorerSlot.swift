package import Kafka
import Lifecycle
import Platform
import Synchronization

/// Where the poll thread finds what to score with, and the control thread puts it: the swap.
///
/// `load` is taken once a batch, so a batch is scored by one set from end to end.
package final class ScorerSlot: Sendable {
    private let current = Guarded<ServingSet?>(nil)
    /// The epoch that the poll thread has taken up.
    private let taken = Atomic<Int64>(0)
    /// Monotonic nanoseconds of the last `replace`, and what passed until the set was taken up.
    private let replacedAt = Atomic<UInt64>(0)
    private let swapNs = Atomic<UInt64>(0)
    private let controlWaker: ReaderWaker

    /// - Parameter waker: wakes the control thread, which tells what was taken up.
    package init(waking waker: ReaderWaker = .none) { controlWaker = waker }

    /// The newest set; nil before the first.
    ///
    /// Any thread; some tens of ns, once a batch.
    package func load() -> ServingSet? { current.withLock { $0 } }

    /// Control thread: makes `set`, whose epoch must be a newer one, the one to serve.
    ///
    /// - Returns: the set that it replaces. The poll thread may still use it, so whoever gets it
    ///   keeps it until `takenEpoch` is beyond it: sets are never freed on the poll thread.
    package func replace(with set: ServingSet) -> ServingSet? {
        replacedAt.store(MonotonicClock.now, ordering: .relaxed)
        return current.withLock { current in
            precondition(
                set.deployment.epoch > current?.deployment.epoch ?? 0,
                "a swap to an epoch that is not newer")
            defer { current = set }
            return current
        }
    }

    /// The poll thread says which epoch it serves from now on.
    package func noteTaken(epoch: Int64) {
        swapNs.store(
            MonotonicClock.now &- replacedAt.load(ordering: .relaxed), ordering: .relaxed)
        taken.store(epoch, ordering: .releasing)
        controlWaker.wake()
    }

    /// From the last swap to the batch that took the set up; 0 before the first.
    package var swapSeconds: Double { Double(swapNs.load(ordering: .relaxed)) / 1e9 }

    package var takenEpoch: Int64 { taken.load(ordering: .acquiring) }
}
