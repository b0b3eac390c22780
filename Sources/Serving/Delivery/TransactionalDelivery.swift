package import Kafka
package import Lifecycle

/// The transaction at hand of exactly-once delivery, which call is next, and what the answers mean:
/// a value without I/O.
///
/// ```
///            taken         begun          due, or to end           all delivered
///  unready ───────► idle ───────► open ─────────────────► finishing ──────────────► offering
///                    ▲             │                          │                        │
///                    │             │ a delivery failed        │ the same, or its       │ added
///                    │             ▼                          ▼ time is over           ▼
///                    │          aborting ◄──── it needs an abort (from offering too) committing
///                    │             │                                                   │
///                    └──────────── │ ◄───────────────── committed ─────────────────────┘
///                                  ▼ aborted
///                                ended ◄── fenced or broken, or the time is over, anywhere
/// ```
///
/// One transaction holds predictions, dead letters and the offsets of their records. What requires
/// an abort ends the process: its records are behind the consumer, which could only go back by a
/// seek, and the next process begins where the last transaction was committed.
///
/// A call that ran out of time is gone on with by the same call, since librdkafka takes no other
/// until it has ended. So a commit that was asked for is never followed by an abort: whether it
/// counts is the coordinator's word, which the next process hears as it takes the id.
///
/// The coordinator ends a transaction that outlives its time by raising the producer's epoch, and
/// that looks as if another process had taken the id. An end with a transaction that is as old,
/// whatever its reason, says nothing of the slot: whoever hears `outlived` asks the group whose
/// place it is, before the next process takes the id from whoever has it.
///
/// Times are monotonic nanoseconds.
package struct TransactionalDelivery: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        /// The transactional id is not taken yet.
        case unready
        /// No transaction is begun: an empty one never is.
        case idle
        /// Takes predictions and dead letters.
        case open(since: UInt64)
        /// Takes no more, and waits for the deliveries that it owes.
        case finishing(since: UInt64)
        /// Its offsets are being added.
        case offering(since: UInt64)
        case committing(since: UInt64)
        /// It is being taken back, for this reason.
        case aborting(since: UInt64, SwerveError)
        case ended(Ending)
    }

    /// How the process ends.
    package enum Ending: Sendable, Equatable {
        case failed(SwerveError)
        /// The same, with a transaction that had outlived its time: another process may have taken
        /// the slot meanwhile.
        case outlived(SwerveError)
        /// Another process has the slot, in the brokers' words.
        case fenced(String)
    }

    package enum Call: Sendable, Equatable, CaseIterable {
        /// Take the transactional id: whoever had it is fenced.
        case take
        case begin
        case sendOffsets
        case commit
        case abort
    }

    package private(set) var state = State.unready
    /// Records in the transaction at hand.
    package private(set) var records = 0
    private let intervalNs: UInt64
    private let recordsMax: Int
    /// After which the coordinator ends a transaction by itself.
    private let timeoutNs: UInt64

    /// - Parameters:
    ///   - intervalMs: after which an open transaction is due.
    ///   - recordsMax: with how many records it is due.
    ///   - timeoutMs: after which the coordinator ends it.
    package init(intervalMs: Int, recordsMax: Int, timeoutMs: Int) {
        intervalNs = UInt64(clamping: intervalMs) &* 1_000_000
        self.recordsMax = recordsMax
        timeoutNs = UInt64(clamping: timeoutMs) &* 1_000_000
    }

    /// The call that is due; nil where there is none.
    package var next: Call? {
        switch state {
        case .unready: .take
        case .offering: .sendOffsets
        case .committing: .commit
        case .aborting: .abort
        case .idle, .open, .finishing, .ended: nil
        }
    }

    /// Whether a transaction is begun and not ended.
    package var isUnderWay: Bool { begunAt != nil }

    /// When the coordinator ends the transaction at hand by itself; nil without one.
    package var expiresAt: UInt64? { begunAt.map { $0 &+ timeoutNs } }

    package var ending: Ending? { if case .ended(let ending) = state { ending } else { nil } }

    /// Whether what is open is to be committed now.
    package func isDue(at now: UInt64) -> Bool {
        guard case .open(let since) = state else { return false }
        return records >= recordsMax || now &- since >= intervalNs
    }

    /// So many records are part of the open transaction.
    package mutating func took(_ count: Int) {
        precondition(isOpen, "a record outside a transaction")
        records += count
    }

    /// What is open is to be ended.
    package mutating func finish() {
        if case .open(let since) = state { state = .finishing(since: since) }
    }

    /// Every record of it is acknowledged.
    package mutating func allDelivered() {
        if case .finishing(let since) = state { state = .offering(since: since) }
    }

    /// It cannot be committed: a delivery failed, or not all of a batch was handed over.
    package mutating func failed(_ error: SwerveError) {
        switch state {
        case .open(let since), .finishing(let since): state = .aborting(since: since, error)
        case .unready, .idle, .offering, .committing, .aborting, .ended: break
        }
    }

    /// The time for ending it is over: what was not offered yet is taken back, and the rest is left
    /// to the coordinator and the next process.
    package mutating func timeIsOver(at now: UInt64) {
        switch state {
        case .open(let since), .finishing(let since):
            state = .aborting(since: since, Self.outOfTime("the deliveries of a transaction"))
        case .offering, .committing:
            end(Self.outOfTime("the end of a transaction"), at: now)
        case .aborting(_, let error): end(error, at: now)
        case .unready, .idle, .ended: break
        }
    }

    /// Takes the answer in to a call.
    package mutating func answered(_ call: Call, _ answer: TransactionAnswer, at now: UInt64) {
        switch answer {
        case .done: done(call, at: now)
        case .passing(let error): if call == .begin { end(error, at: now) }
        case .needsAbort(let error): needsAbort(error, at: now)
        case .fenced(let words): fenced(words, at: now)
        case .broken(let error): end(abortReason ?? error, at: now)
        }
    }

    /// The brokers say that another process has the id, or the member's place.
    package mutating func fenced(_ words: String, at now: UInt64) {
        switch state {
        case .unready:
            // Nothing was this process's yet: another one takes the id at this moment.
            state = .ended(
                .failed(
                    SwerveError(.unavailable, act: "taking a transactional id", reason: words)))
        case .idle: state = .ended(.fenced(words))
        case .open(let since), .finishing(let since), .offering(let since),
            .committing(let since), .aborting(let since, _):
            guard now &- since >= timeoutNs else {
                state = .ended(.fenced(words))
                return
            }
            end(
                SwerveError(
                    .unavailable, act: "ending a transaction",
                    reason: "it took so long that the coordinator ended it: \(words)",
                    remedy: Self.scoredAgain), at: now)
        case .ended: break
        }
    }

    private mutating func done(_ call: Call, at now: UInt64) {
        switch (call, state) {
        case (.take, .unready): state = .idle
        case (.begin, .idle): state = .open(since: now)
        case (.sendOffsets, .offering(let since)): state = .committing(since: since)
        case (.commit, .committing):
            state = .idle
            records = 0
        case (.abort, .aborting(_, let error)): end(error, at: now)
        default: preconditionFailure("\(call) was not due in \(state)")
        }
    }

    private mutating func needsAbort(_ error: SwerveError, at now: UInt64) {
        switch state {
        case .offering(let since), .committing(let since):
            state = .aborting(since: since, error)
        default: end(abortReason ?? error, at: now)
        }
    }

    private mutating func end(_ error: SwerveError, at now: UInt64) {
        let isOutlived = begunAt.map { now &- $0 >= timeoutNs } ?? false
        state = .ended(isOutlived ? .outlived(error) : .failed(error))
    }

    private var isOpen: Bool { if case .open = state { true } else { false } }

    private var abortReason: SwerveError? {
        if case .aborting(_, let error) = state { error } else { nil }
    }

    private var begunAt: UInt64? {
        switch state {
        case .open(let since), .finishing(let since), .offering(let since),
            .committing(let since), .aborting(let since, _):
            since
        case .unready, .idle, .ended: nil
        }
    }

    private static func outOfTime(_ what: String) -> SwerveError {
        SwerveError(
            .unavailable, act: "waiting for \(what)", reason: "the brokers did not answer in time",
            remedy: scoredAgain)
    }

    private static let scoredAgain = "nothing of it counts, or all; what does not is scored again"
}
