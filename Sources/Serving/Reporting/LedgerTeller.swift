package import Kafka
package import Lifecycle
import Platform
import Synchronization

/// What the poll thread tells for the ledger, until the control thread writes it.
package final class LedgerQueue: Sendable {
    /// One event, with what the poll thread knows of it.
    package struct Told: Sendable, Equatable {
        package let event: LedgerEntry.Event
        package let atMs: Int64
        package let generation: UInt32
        /// Nil before the first epoch is taken up.
        package let deployment: Deployment?
        package let partitions: [Int32]
        package let spans: [LedgerEntry.Span]
    }

    private let kept: Atomic<Bool>
    private let state = Guarded<(told: [Told], dropped: Int)>(([], 0))

    private let controlWaker: ReaderWaker

    /// - Parameters:
    ///   - isKept: whether there is a ledger, so far.
    ///   - control: wakes the control thread, which writes what is told.
    package init(isKept: Bool, waking waker: ReaderWaker = .none) {
        kept = Atomic(isKept)
        controlWaker = waker
    }

    /// Whether there is a ledger; any thread.
    package var isKept: Bool { kept.load(ordering: .relaxed) }

    /// There is one from now on: the next batch tells of all that was taken and not ended before.
    package func keep() { kept.store(true, ordering: .relaxed) }

    package func tell(_ told: Told) {
        state.withLock { state in
            if state.told.count < Self.bound { state.told.append(told) } else { state.dropped += 1 }
        }
        controlWaker.wake()
    }

    /// What was told since the last time, and how much of it found no room.
    package func take() -> (told: [Told], dropped: Int) {
        state.withLock { state in
            guard !state.told.isEmpty || state.dropped > 0 else { return ([], 0) }
            defer { state = ([], 0) }
            return state
        }
    }

    /// The control thread is woken for each; it may be held by brokers for seconds.
    private static let bound = 10_000
}

/// What is to be told for the ledger of takings-up and assignments: a value on the poll thread.
///
/// Nothing is told for each record; an event allocates.
struct LedgerTeller {
    private let queue: LedgerQueue
    private var deployment: Deployment?
    private var partitions: [Int32] = []
    private var isAssigned = false

    init(_ queue: LedgerQueue) { self.queue = queue }

    mutating func assigned(_ partitions: [Int32], generation: UInt32) {
        self.partitions = partitions
        isAssigned = true
        tell(.assigned, generation)
    }

    /// Partitions beside those that are assigned.
    mutating func added(_ partitions: [Int32], generation: UInt32) {
        self.partitions += partitions
        tell(.assigned, generation)
    }

    /// Before anything is taken under it.
    mutating func takeUp(_ newer: Deployment, _ tracker: inout DeliveryTracker) {
        let spans = tracker.takeSpans()
        if !spans.isEmpty { tell(.superseded, tracker.generation, spans) }
        deployment = newer
        tell(.takenUp, tracker.generation)
    }

    func batchClosed(_ tracker: inout DeliveryTracker) {
        guard queue.isKept, tracker.hasBegun else { return }
        tell(.began, tracker.generation, tracker.takeBegun())
    }

    /// Before the tracker forgets the assignment; a second call tells nothing.
    mutating func released(_ tracker: inout DeliveryTracker) {
        let spans = tracker.takeSpans()
        guard isAssigned else { return }
        tell(.released, tracker.generation, spans)
        partitions = []
        isAssigned = false
    }

    private func tell(
        _ event: LedgerEntry.Event, _ generation: UInt32, _ spans: [LedgerEntry.Span] = []
    ) {
        guard queue.isKept else { return }
        queue.tell(
            LedgerQueue.Told(
                event: event, atMs: WallClock.nowMs, generation: generation,
                deployment: deployment, partitions: partitions, spans: spans))
    }
}
