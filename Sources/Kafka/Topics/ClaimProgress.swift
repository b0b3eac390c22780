import Lifecycle

/// How far a slot's claim has come, which call is next, and what the brokers' answers mean: a value
/// without I/O.
///
/// ```
///          made              taken             begun             needs an abort
///  unmade ──────► unclaimed ──────► held ──────────────► asking ──────────────► aborting
///    ▲                │              ▲                     │                       │
///    │                │              ├──── committed ──────┘                       │
///    │                │              └──── aborted ────────────────────────────────┘
///    │                │
///    └── broken ──────┘ (also from held, asking and aborting)
///
///  held, asking, aborting ── fenced ──► taken, for good
///        asking, aborting ── fenced, but the transaction had outlived its time ──► unmade
/// ```
///
/// A call that ran out of time is gone on with by the same call: librdkafka takes no other until it
/// has ended, and so there is a state for each that can be under way.
///
/// The coordinator ends a transaction that outlives its time by raising the producer's epoch, and
/// that looks as if another process had taken the place. So a process that is fenced then knows
/// nothing, and takes the place anew: where another one has it, that one is fenced and ends, since
/// it holds no transaction that is as old.
struct ClaimProgress: Sendable, Equatable {
    enum State: Sendable, Equatable {
        /// There is no handle, or none of use; one is made, not before `until` (ns).
        case unmade(until: UInt64)
        case unclaimed
        case held
        /// A transaction is begun, at `since` (ns), and is to be committed.
        case asking(since: UInt64)
        /// It is to be aborted, for this reason.
        case aborting(since: UInt64, SwerveError)
        case taken
    }

    enum Call: Sendable, Equatable, CaseIterable {
        /// Make a handle.
        case make
        /// Take the place: whoever had it is fenced.
        case take
        /// Begin a transaction and write into it.
        case begin
        case commit
        case abort
    }

    private(set) var state = State.unmade(until: 0)
    /// After which the coordinator ends a transaction by itself, in nanoseconds.
    let transactionNs: UInt64

    init(transactionNs: UInt64) { self.transactionNs = transactionNs }

    /// Whether a transaction is under way.
    var isOpen: Bool { begunAt != nil }

    /// The call that is due; nil where there is nothing to do.
    ///
    /// - Parameter isAsked: whether somebody wants to know that the place is held.
    func next(at now: UInt64, isAsked: Bool) -> Call? {
        switch state {
        case .unmade(let until): now >= until ? .make : nil
        case .unclaimed: .take
        case .held: isAsked ? .begin : nil
        case .asking: .commit
        case .aborting: .abort
        case .taken: nil
        }
    }

    /// Takes the answer in to the call that `next` named.
    ///
    /// - Returns: what is known of the place now; nil where the next call is to be made at once.
    mutating func answered(
        _ call: Call, _ answer: TransactionAnswer, at now: UInt64
    ) -> SlotClaim.Standing? {
        switch answer {
        case .done: return done(call, at: now)
        case .passing(let error): return .unknown(error)
        case .needsAbort(let error):
            switch call {
            case .make, .take: return broken(error, at: now)
            case .begin, .commit:
                state = .aborting(since: begunAt ?? now, error)
                return nil
            case .abort: return .unknown(error)
            }
        case .fenced(let words): return fenced(words, at: now)
        case .broken(let error): return broken(error, at: now)
        }
    }

    private mutating func done(_ call: Call, at now: UInt64) -> SlotClaim.Standing? {
        switch call {
        case .make:
            state = .unclaimed
            return nil
        case .begin:
            state = .asking(since: now)
            return nil
        case .take, .commit:
            state = .held
            return .held
        case .abort:
            defer { state = .held }
            guard case .aborting(_, let error) = state else { return nil }
            return .unknown(error)
        }
    }

    /// The brokers have given the place away.
    mutating func fenced(_ words: String, at now: UInt64) -> SlotClaim.Standing {
        switch state {
        case .unmade, .unclaimed:
            // Nothing was this handle's yet: another process takes the place at this moment.
            return broken(
                SwerveError(.unavailable, act: "claiming the slot's place", reason: words), at: now)
        case .held, .asking, .aborting, .taken:
            if let begunAt, now &- begunAt >= transactionNs {
                state = .unmade(until: now)
                return .unknown(Self.outlived(words))
            }
            state = .taken
            return .taken(words)
        }
    }

    /// The handle is of no more use: the next one is made after a pause.
    mutating func broken(_ error: SwerveError, at now: UInt64) -> SlotClaim.Standing {
        state = .unmade(until: now &+ Self.pauseNs)
        return .unknown(error)
    }

    private var begunAt: UInt64? {
        switch state {
        case .asking(let since), .aborting(let since, _): since
        case .unmade, .unclaimed, .held, .taken: nil
        }
    }

    private static func outlived(_ words: String) -> SwerveError {
        SwerveError(
            .unavailable, act: "asking for the slot's place",
            reason: "the brokers were away for so long that they ended the question themselves; "
                + "the place is taken anew: \(words)")
    }

    static let pauseNs: UInt64 = 30_000_000_000
}
