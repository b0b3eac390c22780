package import Lifecycle
package import Platform

/// What a worker's threads share; everything in it is safe from any of them.
package final class WorkerShared: Sendable {
    package let slot = ScorerSlot()
    package let board = StatusBoard()
    package let gate = CatchUpGate()
    package let signals = WorkerSignals()
    package let queue: LoadQueue
    package let partitionCount: Int
    package let log: WorkerLog
    /// Readable once the worker should end; for the thread that waits for signals.
    package let failed: EventFD
    private let outcome = Guarded<WorkerOutcome?>(nil)
    private let ended = Guarded<WorkerOutcome?>(nil)

    package init(partitionCount: Int, log: WorkerLog) throws(SwerveError) {
        self.partitionCount = partitionCount
        self.log = log
        queue = try LoadQueue()
        failed = try EventFD()
    }

    /// Why the worker has to end, as the first thread to find out says it.
    package func fail(_ reason: WorkerOutcome) {
        let isFirst = outcome.withLock { outcome in
            guard outcome == nil else { return false }
            outcome = reason
            return true
        }
        if isFirst {
            signals.stop()
            failed.signal()
        }
    }

    package func fail(_ error: SwerveError) { fail(WorkerOutcome(error)) }

    package var failure: WorkerOutcome? { outcome.withLock { $0 } }

    /// The poll thread has ended: the control thread takes its leave.
    package func end(_ reason: WorkerOutcome) { ended.withLock { $0 = $0 ?? reason } }

    package var ending: WorkerOutcome? { ended.withLock { $0 } }
}
