package import Kafka
package import Lifecycle
import Platform

/// Makes the calls of exactly-once delivery that `TransactionalDelivery` asks for.
///
/// Poll thread only. The group session decides when a transaction has to end, and serves the
/// deliveries meanwhile.
package final class TransactionRunner {
    package private(set) var delivery: TransactionalDelivery
    /// The offsets of the transaction at hand that are done.
    package var done: [PartitionOffset] = []
    private let transactions: any StreamTransactions
    private let log: WorkerLog
    private let owner = ThreadOwner()
    /// The call that has not been answered, and since when it is made.
    private var asking: (call: TransactionalDelivery.Call, sinceNs: UInt64)?

    /// - Parameter timeoutMs: after which the coordinator takes a transaction back.
    package init(
        _ transactions: any StreamTransactions, configuration: WorkerConfiguration, log: WorkerLog,
        timeoutMs: Int = ProducerTransactions.timeoutMs
    ) {
        self.transactions = transactions
        self.log = log
        delivery = TransactionalDelivery(
            intervalMs: configuration.commit.intervalMs, recordsMax: configuration.commit.records,
            timeoutMs: timeoutMs)
    }

    /// Whether the transactional id is this process's.
    package var isReady: Bool { delivery.state != .unready }

    /// `count` records are about to be handed over: begins a transaction for them where there is
    /// none.
    package func take(_ count: Int) {
        owner.assertCurrent()
        guard count > 0 else { return }
        if delivery.state == .idle { answered(.begin, transactions.begin()) }
        if case .open = delivery.state { delivery.took(count) }
    }

    /// Makes offsets that the brokers have already part of the transaction at hand, or of a new
    /// one; it ends when it is due.
    ///
    /// Within a transaction, since a commit beside one could come behind it and move offsets back.
    package func renew(_ positions: [PartitionOffset]) {
        owner.assertCurrent()
        if delivery.state == .idle { answered(.begin, transactions.begin()) }
        guard case .open = delivery.state else { return }
        let held = Set(done.map(\.partition))
        done += positions.filter { !held.contains($0.partition) }
    }

    /// Makes the call that is due, if any, and waits for its answer for `timeoutMs` at most.
    package func turn(timeoutMs: Int32) {
        owner.assertCurrent()
        guard let call = delivery.next else { return }
        switch call {
        case .take: answered(call, transactions.take(timeoutMs: timeoutMs))
        case .begin: answered(call, transactions.begin())
        case .sendOffsets:
            answered(call, transactions.sendOffsets(done, timeoutMs: timeoutMs))
        case .commit: answered(call, transactions.commit(timeoutMs: timeoutMs))
        case .abort: answered(call, transactions.abort(timeoutMs: timeoutMs))
        }
    }

    /// Where nothing may be added any more: takes what has become done.
    ///
    /// A failed delivery is told by `failed` before.
    package func finish(_ tracker: inout DeliveryTracker) {
        owner.assertCurrent()
        tracker.takeCompleted(into: &done)
        if tracker.failure == nil, tracker.isFilling {
            delivery.failed(
                SwerveError(
                    .system, act: "ending a transaction",
                    reason: "not all of a batch was handed over",
                    remedy: "nothing of the transaction counts; it is scored again"))
        }
        delivery.finish()
        if tracker.isIdle { delivery.allDelivered() }
    }

    package func failed(_ error: SwerveError) {
        owner.assertCurrent()
        delivery.failed(error)
    }

    package func timeIsOver() {
        owner.assertCurrent()
        delivery.timeIsOver(at: MonotonicClock.now)
    }

    /// The producer's handle says that another process has the id.
    package func fenced(_ words: String) {
        owner.assertCurrent()
        delivery.fenced(words, at: MonotonicClock.now)
    }

    /// Tells of a call that is made again and again, but not of one that takes more than one try:
    /// each waits for a moment alone, and the first of a group takes the brokers longer.
    private func note(_ call: TransactionalDelivery.Call, _ answer: TransactionAnswer, now: UInt64)
    {
        guard case .passing(let error) = answer else {
            asking = nil
            return
        }
        guard let asking, asking.call == call else {
            self.asking = (call, now)
            return
        }
        if now &- asking.sinceNs >= Self.quietNs { log.passing(error.description) }
    }

    private static let quietNs: UInt64 = 1_000_000_000

    private func answered(_ call: TransactionalDelivery.Call, _ answer: TransactionAnswer) {
        note(call, answer, now: MonotonicClock.now)
        delivery.answered(call, answer, at: MonotonicClock.now)
        if call == .commit, answer == .done { done.removeAll(keepingCapacity: true) }
    }
}
