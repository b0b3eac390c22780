package import Kafka
import Lifecycle
import Platform

/// The worker's part in its group: which partitions are its own, from when on they are scored, and
/// which of their offsets are done.
///
/// ```
///            assigned                 the control thread has caught up
///  outside ───────────► catchingUp ─────────────────────────────────► scoring
///     ▲                     │                                            │
///     └─────────────────────┴────────── revoked, or lost ────────────────┘
/// ```
///
/// An assignment while it is catching up begins the wait anew.
///
/// Poll thread only. Changes of assignment come inside `poll`, and so does the whole of a
/// revocation, which must end before the call returns: it waits for what is out and stores it. So
/// the session owns the delivery tracker and the way of an offset out of it; whoever fills a batch
/// borrows the tracker between two polls.
///
/// The producer tells the session of its deliveries. `settle` is the only place where offsets that
/// are done leave the tracker.
package final class GroupSession: AssignmentListener, DeliveryListener {
    package enum Standing: Equatable {
        case outside
        /// The ticket is the one that the gate answers.
        case catchingUp(ticket: Int)
        case scoring
    }

    package private(set) var standing = Standing.outside
    /// For whoever fills a batch, between two polls.
    package var tracker: DeliveryTracker
    private let configuration: WorkerConfiguration
    private let shared: WorkerShared
    private let producer: any StreamProducer
    private let faults: StreamFaults
    private let owner = ThreadOwner()
    private let pollWaitMs: Int32
    private var consumer: (any StreamConsumer)?
    private var drainDeadline: DrainDeadline
    /// When the last poll began, in monotonic nanoseconds; 0 before the first, and once the first
    /// assignment has come: joining is no gap.
    private var polledAt: UInt64 = 0
    /// What `settle` hands over, used over and over.
    private var done: [PartitionOffset] = []
    private var wasEmpty = true
    private var isFirstAssignment = true

    /// Makes the session the listener of `producer`.
    ///
    /// - Parameters:
    ///   - batchLimit: how many batches may be out at once.
    ///   - pollWaitMs: how long a poll waits where the one before found nothing.
    package init(
        configuration: WorkerConfiguration, shared: WorkerShared, producer: any StreamProducer,
        faults: StreamFaults, batchLimit: Int, pollWaitMs: Int32
    ) {
        self.configuration = configuration
        self.shared = shared
        self.producer = producer
        self.faults = faults
        self.pollWaitMs = pollWaitMs
        drainDeadline = DrainDeadline(limitMs: configuration.drainMs)
        tracker = DeliveryTracker(batchLimit: batchLimit, partitionCount: shared.partitionCount)
        done.reserveCapacity(shared.partitionCount)
        producer.listener = self
    }

    /// Takes the consumer whose listener the session is, before it joins anything.
    package func begin(with consumer: any StreamConsumer) {
        owner.assertCurrent()
        self.consumer = consumer
    }

    // MARK: - One turn

    /// Fills `batch` and says whether its records may be scored.
    ///
    /// Waits for deliveries while as many batches are out as may be, for records up to the time of
    /// a poll, and after an assignment until the control thread has caught up. False where a stop
    /// or a failed delivery ended one of the waits: what was polled then is nobody's to score here.
    package func poll(into batch: RecordBatch) -> Bool {
        owner.assertCurrent()
        makeRoom()
        guard !tracker.isFull, let consumer else { return false }
        notePoll()
        consumer.poll(into: batch, milliseconds: wasEmpty ? pollWaitMs : 0)
        wasEmpty = batch.count == 0
        return isCaughtUp()
    }

    /// Stores what has become done; the commit follows in the background.
    ///
    /// A failed delivery ends the worker.
    package func settle() {
        owner.assertCurrent()
        tracker.takeCompleted(into: &done)
        consumer?.store(done)
        done.removeAll(keepingCapacity: true)
        if let failure = tracker.failure { faults.deliveryFailed(failure) }
    }

    /// At a stop: finishes what is out, within the stop's time, and stores it; the consumer's close
    /// commits it.
    package func drain() {
        owner.assertCurrent()
        finishOutstanding()
        settle()
        guard !tracker.isIdle else { return }
        shared.log.warning(
            "\(tracker.outstandingCount) predictions were not acknowledged within "
                + "\(configuration.drainMs) ms; their requests are scored again")
    }

    private func makeRoom() {
        while tracker.isFull, tracker.failure == nil, !shared.signals.isStopping {
            producer.serve(milliseconds: Self.deliveryWaitMs)
            settle()
        }
    }

    /// Newly assigned partitions are not scored before the control thread has caught up with the
    /// control topic's end as it stood at the assignment.
    ///
    /// False where a stop ended the wait: a newer epoch may have scored the partition already.
    private func isCaughtUp() -> Bool {
        guard case .catchingUp(let ticket) = standing else { return true }
        shared.gate.noteWaiting(for: ticket)
        while !shared.gate.isOpen(for: ticket) {
            guard !shared.signals.isStopping else { return false }
            producer.serve(milliseconds: Self.deliveryWaitMs)
        }
        standing = .scoring
        return true
    }

    private func finishOutstanding() {
        let deadline = drainDeadline.begin(
            at: MonotonicClock.now, isStopping: shared.signals.isStopping)
        while tracker.outstandingCount > 0, tracker.failure == nil, MonotonicClock.now < deadline {
            producer.serve(milliseconds: Self.deliveryWaitMs)
        }
    }

    /// Notes the time between the starts of two polls: what a swap must not lengthen.
    private func notePoll() {
        let now = MonotonicClock.now
        let gap = polledAt == 0 ? 0 : now &- polledAt
        polledAt = now
        guard gap > 0 else { return }
        shared.board.update { board in
            board.pollGapNs = max(board.pollGapNs, gap)
            board.pollGapMaxNs = max(board.pollGapMaxNs, gap)
        }
    }

    // MARK: - DeliveryListener

    package func delivered(_ delivery: Delivery) {
        owner.assertCurrent()
        tracker.delivered(delivery)
    }

    /// A stop has its own time, with brokers that take nothing more as well.
    package var mayWait: Bool {
        guard shared.signals.isStopping else { return true }
        let now = MonotonicClock.now
        return now < drainDeadline.begin(at: now, isStopping: true)
    }

    // MARK: - AssignmentListener

    package func assigned(_ partitions: [Int32]) {
        owner.assertCurrent()
        tracker.assigned(partitions)
        standing = .catchingUp(ticket: shared.gate.ask())
        if isFirstAssignment { polledAt = 0 }
        isFirstAssignment = false
        shared.board.update { board in
            board.partitions = partitions
            board.assignments += 1
        }
        shared.log.info(
            "partitions \(partitions.map(String.init).joined(separator: ", "))")
        guard let beyond = partitions.max(), Int(beyond) >= shared.partitionCount else { return }
        shared.fail(
            .restart(
                SwerveError(
                    .refused, act: "taking partition \(beyond) of \(configuration.topics.input)",
                    reason: "the topic grew beyond the \(shared.partitionCount) partitions of "
                        + "the start",
                    remedy: "give \(configuration.topics.output) as many")))
    }

    package var isStopping: Bool { shared.signals.isStopping }

    package func revoking(_ partitions: [Int32]) {
        owner.assertCurrent()
        finishOutstanding()
        settle()
        leave()
    }

    package func lost(_ partitions: [Int32]) {
        owner.assertCurrent()
        shared.log.warning("the assignment was lost; what is out is not committed")
        leave()
    }

    private func leave() {
        tracker.unassigned()
        standing = .outside
        shared.board.update { $0.partitions = [] }
    }

    private static let deliveryWaitMs: Int32 = 1
}
