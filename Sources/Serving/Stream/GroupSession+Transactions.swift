import Kafka
import Lifecycle
import Platform

/// The end of a transaction, and offsets that are committed anew.
extension GroupSession {
    /// Commits anew what was committed long ago: brokers forget offsets.
    ///
    /// - Parameter now: monotonic nanoseconds.
    package func renewOffsets(at now: UInt64) {
        guard standing == .scoring else { return }
        let due = renewal.takeDue(at: now)
        guard !due.isEmpty else { return }
        guard let transactions else { return consumer?.commitAgain(due) ?? () }
        transactions.renew(due)
        faults.end(transactions.delivery.ending)
    }

    /// Ends the transaction at hand, if there is one.
    ///
    /// It is committed, or taken back where a delivery failed or the time is over. What is not
    /// committed ends the worker. The time is that of a revocation or a stop, and else the
    /// transaction's own.
    func endTransaction(isLast: Bool = false) {
        guard let transactions, transactions.delivery.isUnderWay else { return }
        // Its offsets are done with this transaction; where that fails, nothing more belongs to it.
        if tracker.failure == nil { flights.land() }
        var time = TransactionDeadline(expiresAt: transactions.delivery.expiresAt)
        var isFailed = false
        while transactions.delivery.isUnderWay {
            if isLast || shared.signals.isStopping {
                let now = MonotonicClock.now
                let end = drainEnd(begunAt: now)
                // Of a stop's time something is kept for taking it back.
                let rest = shared.signals.isStopping && end > now ? (end - now) / 2 : 0
                time.noLater(than: end - min(rest, TransactionDeadline.takingBackNs))
            }
            producer.serve(milliseconds: tracker.outstandingCount > 0 ? Self.deliveryWaitMs : 0)
            // Who looks for the cause may serve deliveries meanwhile: not with the tracker lent.
            if !isFailed, let failure = tracker.failure {
                isFailed = true
                transactions.failed(faults.cause(ofFailedDelivery: failure))
            }
            transactions.finish(&tracker)
            // What is committed here must not be moved back by what is committed anew later.
            renewal.moved(transactions.done, at: MonotonicClock.now)
            transactions.turn(timeoutMs: Self.callMs)
            if time.passes(at: MonotonicClock.now) { transactions.timeIsOver() }
        }
        gap.excuse()
        faults.end(transactions.delivery.ending)
    }

    private static let callMs: Int32 = 50
}
