package import Kafka
package import Lifecycle
package import Platform
import Synchronization

/// What a worker's threads share; everything in it is safe from any of them.
package final class WorkerShared: Sendable {
    /// Ends the wait of the control thread, which looks at everything here then.
    package let controlWaker: ReaderWaker
    package let slot: ScorerSlot
    package let board = StatusBoard()
    package let ledger: LedgerQueue
    package let gate: CatchUpGate
    package let signals = WorkerSignals()
    /// Of the poll thread.
    package let progress = ProgressCounter()
    package let marks: InputMarks
    package let queue: LoadQueue
    /// When another process of the slot was heard last, in monotonic nanoseconds; 0 for never.
    private let rivalHeardAt = Atomic<UInt64>(0)
    /// Of the input topic, at the start.
    package let partitionCount: Int
    /// How many of them the slot's service had before, which its group may have shared out; not
    /// more than there are.
    package let sharedOutCount: Int
    private let servable: Atomic<Int>
    /// Of the dead-letter topic, where there is one.
    package let deadLetterPartitionCount: Int
    /// Of predictions and dead letters, at the start.
    package let limits: TopicLimits
    /// Of the status topic, at the start.
    package let statusPartitionCount: Int
    package let log: WorkerLog
    /// Readable once one of the threads wants the worker to end; for the thread that waits for
    /// signals.
    package let endWanted: EventFD
    private let firstFailure = Guarded<WorkerOutcome?>(nil)
    private let controlEnd = Guarded<WorkerOutcome?>(nil)

    /// Another process in this slot spoke at `now`, or said its last word.
    package func heardRival(at now: UInt64, isLast: Bool) {
        rivalHeardAt.store(isLast ? 0 : now, ordering: .relaxed)
    }

    /// Whether another process in this slot lives, by its own word.
    package var isRivalPresent: Bool {
        let heardAt = rivalHeardAt.load(ordering: .relaxed)
        return heardAt != 0 && MonotonicClock.now &- heardAt <= SlotRivals.presentNs
    }

    /// - Parameters:
    ///   - partitionCount: of the input topic.
    ///   - servedBefore: partitions that the slot's service had before; nil for as many.
    ///   - deadLetterPartitionCount: nil for as many.
    ///   - limits: of the topics that results go to.
    ///   - hasLedger: whether there is a ledger to write to.
    ///   - statusPartitionCount: of the status topic.
    package init(
        partitionCount: Int, servedBefore: Int? = nil, deadLetterPartitionCount: Int? = nil,
        limits: TopicLimits = .unknown, hasLedger: Bool = false, statusPartitionCount: Int = 1,
        log: WorkerLog
    ) throws(SwerveError) {
        controlWaker = ReaderWaker()
        slot = ScorerSlot(waking: controlWaker)
        gate = CatchUpGate(waking: controlWaker)
        ledger = LedgerQueue(isKept: hasLedger, waking: controlWaker)
        self.partitionCount = partitionCount
        sharedOutCount = min(servedBefore ?? partitionCount, partitionCount)
        marks = InputMarks(partitionCount: partitionCount)
        servable = Atomic(partitionCount)
        self.deadLetterPartitionCount = deadLetterPartitionCount ?? partitionCount
        self.limits = limits
        self.statusPartitionCount = statusPartitionCount
        self.log = log
        queue = try LoadQueue(waking: controlWaker)
        endWanted = try EventFD()
    }

    /// How many partitions the input has now that the output has too: the control thread's word.
    package var servablePartitionCount: Int {
        get { servable.load(ordering: .relaxed) }
        set { servable.store(newValue, ordering: .relaxed) }
    }

    /// The worker has to end: the first thread to find out says why, and later ones change nothing.
    package func fail(_ reason: WorkerOutcome) {
        let isFirst = firstFailure.withLock { failure in
            guard failure == nil else { return false }
            failure = reason
            return true
        }
        if isFirst {
            // What the threads have to end may take its time, and nothing is taken meanwhile.
            if case .refused(let error) = reason { log.warning("ending: \(error.description)") }
            board.update { $0.phase = .stopping }
            signals.stop()
            endWanted.signal()
        }
    }

    package func fail(_ error: SwerveError) { fail(WorkerOutcome(error)) }

    /// How a worker ends that did as it was asked to.
    package var stopOutcome: WorkerOutcome { signals.isLeaving ? .left : .stopped }

    /// What the first of `fail` said; nil where there was none.
    package var failure: WorkerOutcome? { firstFailure.withLock { $0 } }

    /// The bound of dead letters is reached, and the worker is to stay: the poll thread closes its
    /// consumer and waits for a stop.
    package func hold(_ words: String) {
        guard !signals.isHolding else { return }
        signals.hold()
        board.update { board in
            board.held = words
            board.phase = .waiting
        }
        log.error(
            "holding, and reading nothing more: \(words); correct what writes the input, or "
                + "input.fields, or the model, then start the service again: it goes on behind "
                + "what it has put away")
    }

    /// How long brokers are waited for that are to hear of the worker's end: what is left of its
    /// time to stop, and a moment where nothing is, or where they are away already; nil for not at
    /// all.
    ///
    /// - Parameters:
    ///   - longest: in milliseconds.
    ///   - drainMs: the time of a stop.
    package func partingMs(atMost longest: Int32, drainMs: Int) -> Int32? {
        guard !signals.isUnheard else { return nil }
        guard log.brokersAwaySince == nil else { return min(longest, Self.momentMs) }
        guard let askedAt = signals.stopAskedAt else { return longest }
        let end = askedAt &+ UInt64(clamping: drainMs) &* 1_000_000
        return max(Self.momentMs, min(longest, Deadline(atNs: end).pollTimeoutMs))
    }

    /// As long as librdkafka waits before it connects again.
    private static let momentMs: Int32 = 500

    /// Nothing comes of the poll thread any more, which has ended or hangs.
    ///
    /// The control thread takes its leave. The first word counts.
    /// - Parameter reason: how the poll thread ended, which the slot's last word tells.
    package func controlMayEnd(with reason: WorkerOutcome) {
        controlEnd.withLock { $0 = $0 ?? reason }
        controlWaker.wake()
    }

    /// What the first of `controlMayEnd` said; nil while the control thread goes on.
    package var controlEnding: WorkerOutcome? { controlEnd.withLock { $0 } }
}
