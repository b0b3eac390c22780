package import Kafka
package import Lifecycle
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
/// The producer tells the session of its deliveries. Offsets that are done leave the
/// tracker in `settle`, to be stored and committed in the background, or to become part of the
/// transaction at hand; what becomes done while that ends goes there too. It ends when it is due,
/// at a revocation and at a stop. With
/// at-least-once delivery nothing is polled beyond the window of what is not committed.
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
    /// Records of this assignment that wait for a schema, for whoever parks and releases them
    /// between two polls.
    package var lot: ParkingLot
    let configuration: WorkerConfiguration
    let shared: WorkerShared
    let producer: any StreamProducer
    let faults: StreamFaults
    let owner = ThreadOwner()
    private let pollWaitMs: Int32
    private let catchUpMs: Int
    private(set) var consumer: (any StreamConsumer)?
    var drainDeadline: DrainDeadline
    var gap = PollGap()
    /// Nil for at-least-once delivery.
    package let transactions: TransactionRunner?
    /// Of at-least-once delivery.
    private var window: CommitWindow
    /// What `settle` hands over, used over and over.
    private var done: [PartitionOffset] = []
    private var wasEmpty = true
    private var isFirstAssignment = true
    private var growth: PartitionGrowth
    var renewal = OffsetRenewal()
    /// Who has the flight that is scored beside the poll thread.
    package var flights = FlightHolder.none
    private var ledger: LedgerTeller

    /// Makes the session the listener of `producer`.
    ///
    /// - Parameters:
    ///   - batchLimit: how many batches may be out at once.
    ///   - pollWaitMs: how long a poll waits where the one before found nothing.
    ///   - catchUpMs: how long an assignment waits for the control thread.
    ///   - transactions: for exactly-once delivery.
    package init(
        configuration: WorkerConfiguration, shared: WorkerShared, producer: any StreamProducer,
        faults: StreamFaults, batchLimit: Int, pollWaitMs: Int32, catchUpMs: Int = 30_000,
        transactions: TransactionRunner? = nil
    ) {
        self.configuration = configuration
        self.shared = shared
        self.producer = producer
        self.faults = faults
        self.pollWaitMs = pollWaitMs
        self.catchUpMs = catchUpMs
        let isOfGroup = configuration.assignment != .fixed
        growth = PartitionGrowth(
            served: isOfGroup ? shared.sharedOutCount : shared.partitionCount,
            isOfGroup: isOfGroup)
        self.transactions = transactions
        ledger = LedgerTeller(shared.ledger)
        window = CommitWindow(
            bounds: configuration.commit.bounds, partitionCount: shared.partitionCount)
        drainDeadline = DrainDeadline(limitMs: configuration.drainMs)
        tracker = DeliveryTracker(batchLimit: batchLimit, partitionCount: shared.partitionCount)
        lot = ParkingLot(bytesMax: configuration.parkedBytes)
        done.reserveCapacity(shared.partitionCount)
        producer.listener = self
        faults.transactions = transactions
    }

    /// Takes the consumer whose listener the session is, before it joins anything.
    package func begin(with consumer: any StreamConsumer) {
        owner.assertCurrent()
        self.consumer = consumer
        faults.consumer = consumer
    }

    // MARK: - One turn

    /// Fills `batch` and says whether its records may be scored.
    ///
    /// Waits for deliveries while as many batches are out as may be, for records up to the time of
    /// a poll, and after an assignment until the control thread has caught up. False where a stop
    /// or a failed delivery ended one of the waits, and where nothing may be polled before more is
    /// committed: what was polled then is nobody's to score here.
    package func poll(into batch: RecordBatch) -> Bool {
        owner.assertCurrent()
        makeRoom()
        guard !tracker.isFull, let consumer else { return false }
        if standing == .scoring, growth.takeUp(shared, consumer, producer) {
            gap.excuse()
        }
        renewOffsets(at: MonotonicClock.now)
        guard let room = room(consumer) else { return false }
        notePoll()
        // A member that takes no more records polls on: its group has news for it.
        if lot.isFull { consumer.pause() } else { consumer.resume() }
        consumer.poll(
            into: batch, limit: max(1, min(room, lot.room)),
            milliseconds: wasEmpty ? pollWaitMs : 0)
        wasEmpty = batch.count == 0
        return isCaughtUp()
    }

    /// What is taken from now on is scored under this deployment.
    package func takeUp(_ deployment: Deployment) {
        owner.assertCurrent()
        ledger.takeUp(deployment, &tracker)
    }

    /// So many records are about to be handed over: they belong to a transaction, where there are
    /// any.
    ///
    /// - Throws: where none can be begun, and the worker ends.
    package func handOver(_ records: Int) throws(SwerveError) {
        owner.assertCurrent()
        guard let transactions else { return }
        transactions.take(records)
        guard faults.end(transactions.delivery.ending) else { return }
        throw SwerveError(
            .unavailable, act: "beginning a transaction", reason: "the worker is to end")
    }

    /// The batch was handed over whole.
    ///
    /// - Parameter polledAt: when its poll began, in monotonic nanoseconds.
    package func closeBatch(_ tag: UInt, polledAt: UInt64) {
        owner.assertCurrent()
        tracker.close(tag)
        ledger.batchClosed(&tracker)
        guard transactions == nil else { return }
        let (records, positions) = tracker.batch(tag)
        window.handedOver(records, positions, at: polledAt)
    }

    /// Stores what has become done, and the commit follows; or ends the transaction that is due.
    ///
    /// A failed delivery ends the worker.
    package func settle() {
        owner.assertCurrent()
        if let transactions {
            tracker.takeCompleted(into: &transactions.done)
            renewal.moved(transactions.done, at: MonotonicClock.now)
            let isDue = transactions.delivery.isDue(at: MonotonicClock.now)
            // What failed inside a transaction is told by the transaction's end: it may be fenced.
            if isDue || tracker.failure != nil { endTransaction() }
        } else {
            tracker.takeCompleted(into: &done)
            consumer?.store(done)
            window.stored(done)
            renewal.moved(done, at: MonotonicClock.now)
            done.removeAll(keepingCapacity: true)
            if let failure = tracker.failure { faults.deliveryFailed(failure) }
        }
    }

    /// A turn failed, and the worker ends for it, unless the end of the transaction at hand says
    /// that another process has the slot.
    package func failed(_ error: SwerveError) {
        owner.assertCurrent()
        guard let transactions, transactions.delivery.isUnderWay else { return }
        transactions.failed(error)
        endTransaction(isLast: true)
    }

    /// At a stop: finishes what is out, within the stop's time, and stores it; the consumer's close
    /// commits it.
    package func drain() {
        owner.assertCurrent()
        finish()
        ledger.released(&tracker)
    }

    /// Finishes what is out, and settles it, within the time of a revocation or a stop.
    private func finish() {
        guard transactions == nil else { return endTransaction(isLast: true) }
        finishOutstanding()
        settle()
    }

    /// How many records may be polled; nil for none, and a moment has passed.
    func room(_ consumer: any StreamConsumer, isPoll: Bool = true) -> Int? {
        guard transactions == nil else { return .max }
        consumer.serveCommits(milliseconds: 0)
        let now = MonotonicClock.now
        if window.wantsCommit(at: now), consumer.commit() { window.asked(at: now) }
        let room = window.room(at: now, beside: flights.recordsAtWork())
        let isWaiting = configuration.commit.isSync && window.isAwaiting
        if room > 0, !isWaiting {
            if isPoll { window.polled() }
            return room
        }
        flights.land()
        gap.excuse()
        producer.serve(milliseconds: Self.deliveryWaitMs)
        settle()
        consumer.serveCommits(milliseconds: Self.deliveryWaitMs)
        return nil
    }

    func makeRoom() {
        // What is at work may be all that the tracker waits for.
        if tracker.isFull { flights.land() }
        while tracker.isFull, tracker.failure == nil, !shared.signals.isStopping {
            producer.serve(milliseconds: Self.deliveryWaitMs)
            settle()
        }
    }

    /// Newly assigned partitions are not scored before the control thread has caught up with the
    /// control topic's end as it stood at the assignment.
    ///
    /// False where a stop ended the wait: a newer epoch may have scored the partition already. A
    /// member that waits here polls nothing, so its group cannot share out partitions anew: beyond
    /// a bound the worker starts again, and joins once the control topic can be read.
    private func isCaughtUp() -> Bool {
        guard case .catchingUp(let ticket) = standing else { return true }
        shared.gate.noteWaiting(for: ticket)
        // Of the partitions that were there before: it is not to wait with these.
        if !shared.gate.isOpen(for: ticket) { flights.land() }
        let patience = Deadline(afterMs: catchUpMs)
        while !shared.gate.isOpen(for: ticket) {
            guard !shared.signals.isStopping else { return false }
            guard !patience.hasPassed else {
                faults.failed(
                    SwerveError(
                        .unavailable, act: "reading \(configuration.topics.control) to its end",
                        reason: "it was not reached within \(catchUpMs / 1_000) s of an assignment",
                        remedy: "the worker starts again, and leaves its partitions to others "
                            + "meanwhile"))
                return false
            }
            producer.serve(milliseconds: Self.deliveryWaitMs)
        }
        standing = .scoring
        return true
    }

    private func finishOutstanding() {
        let begunAt = MonotonicClock.now
        while tracker.outstandingCount > 0, tracker.failure == nil,
            MonotonicClock.now < drainEnd(begunAt: begunAt)
        {
            producer.serve(milliseconds: Self.deliveryWaitMs)
        }
    }

    private func notePoll() {
        guard let gap = gap.begin(at: MonotonicClock.now) else { return }
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
        return now < drainEnd(begunAt: now)
    }

    // MARK: - AssignmentListener

    package func assigned(_ partitions: [Int32]) {
        owner.assertCurrent()
        tracker.assigned(partitions)
        lot.clear()
        ledger.assigned(partitions, generation: tracker.generation)
        window.reset()
        renewal.unassigned()
        renewal.added(consumer?.beginning ?? [], at: MonotonicClock.now)
        standing = .catchingUp(ticket: shared.gate.ask())
        if !partitions.isEmpty { shared.marks.begin() }
        // Joining is no gap.
        if isFirstAssignment { gap.excuse() }
        isFirstAssignment = false
        let generation = consumer?.generation
        shared.board.update { board in
            board.partitions = partitions
            board.generation = generation
            board.assignments += 1
        }
        growth.tell(partitions, configuration, shared.log)
    }

    package func servable(_ partitions: [Int32]) -> [Int32] {
        owner.assertCurrent()
        return growth.servable(of: partitions, producer)
    }

    package func added(_ partitions: [Int32]) {
        owner.assertCurrent()
        tracker.added(partitions)
        ledger.added(partitions, generation: tracker.generation)
        renewal.added(consumer?.beginning ?? [], at: MonotonicClock.now)
        standing = .catchingUp(ticket: shared.gate.ask())
        shared.board.update { $0.partitions += partitions }
        shared.log.info(
            "\(configuration.topics.input) has grown: partitions "
                + partitions.map(String.init).joined(separator: ", ") + " too")
    }

    package var isStopping: Bool { shared.signals.isStopping }

    package func isWaiting() { shared.progress.advance() }

    package func revoking(_ partitions: [Int32]) {
        owner.assertCurrent()
        flights.land()
        finish()
        leave()
    }

    package func lost(_ partitions: [Int32]) {
        owner.assertCurrent()
        flights.drop()
        shared.log.warning("the assignment was lost; what is out is not committed")
        // Whoever was stopped beyond its session would take its place back from a newer process.
        faults.isReplaced(patienceMs: Self.lostPatienceMs)
        if let transactions, transactions.delivery.isUnderWay {
            transactions.failed(
                SwerveError(
                    .unavailable, act: "ending a transaction", reason: "the assignment was lost",
                    remedy: "nothing of it counts; another worker scores it again"))
            endTransaction(isLast: true)
        }
        leave()
    }

    package func committed(_ positions: [PartitionOffset], isOfOldGeneration: Bool) {
        owner.assertCurrent()
        window.committed(positions, isOfOldGeneration: isOfOldGeneration)
    }

    private func leave() {
        ledger.released(&tracker)
        // Nothing of it was done: whoever has the partitions next reads it again.
        lot.clear()
        tracker.unassigned()
        window.reset()
        renewal.unassigned()
        standing = .outside
        shared.board.update { $0.partitions = [] }
    }

    static let deliveryWaitMs: Int32 = 1
    private static let lostPatienceMs = 1_000
}
