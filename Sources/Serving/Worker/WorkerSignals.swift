import Platform
import Synchronization

/// The few flags that a worker's threads share.
package final class WorkerSignals: Sendable {
    private let stopping = Atomic<Bool>(false)
    private let joinAllowed = Atomic<Bool>(false)
    private let holding = Atomic<Bool>(false)
    private let leaving = Atomic<Bool>(false)
    private let unheard = Atomic<Bool>(false)
    private let askedAt = Atomic<UInt64>(0)

    package init() {}

    /// Asks the poll thread to finish what is out and to close.
    ///
    /// - Parameter now: monotonic nanoseconds; the time of a stop begins with the first.
    package func stop(at now: UInt64 = MonotonicClock.now) {
        _ = askedAt.compareExchange(expected: 0, desired: max(1, now), ordering: .relaxed)
        stopping.store(true, ordering: .releasing)
    }
    package var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// When the worker was asked to stop, in monotonic nanoseconds; nil where it was not.
    package var stopAskedAt: UInt64? { isStopping ? askedAt.load(ordering: .relaxed) : nil }

    /// The poll thread ends, and no broker was there to hear it: none is waited for any more.
    package func noteUnheard() { unheard.store(true, ordering: .releasing) }
    package var isUnheard: Bool { unheard.load(ordering: .acquiring) }

    /// Asks the poll thread to finish what is out, to close its consumer, and to wait for a stop.
    package func hold() { holding.store(true, ordering: .releasing) }
    package var isHolding: Bool { holding.load(ordering: .acquiring) }

    /// Beside a stop: the poll thread gives the place in the group back.
    package func leave() { leaving.store(true, ordering: .releasing) }
    package var isLeaving: Bool { leaving.load(ordering: .acquiring) }

    /// The control topic was read to its end and there is something to serve.
    package func allowJoin() { joinAllowed.store(true, ordering: .releasing) }
    package var mayJoin: Bool { joinAllowed.load(ordering: .acquiring) }
}
