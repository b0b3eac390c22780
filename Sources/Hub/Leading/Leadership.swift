/// Whether this process leads the registry, and what it does to: a value that is told what happens.
///
/// Times are milliseconds since the machine's start. It leads until a moment before the lease is
/// over, so that nothing is begun that the registry would refuse; the last word has the registry,
/// which holds each change against the lease in the change's own transaction.
struct Leadership: Sendable, Equatable {
    /// What is to be asked of the registry next.
    enum Want: Sendable, Equatable {
        case take
        case renew(term: Int64)
    }

    /// What the registry answered.
    enum Answer: Sendable, Equatable {
        /// The lease is this process's, under that term.
        case mine(term: Int64)
        case anothers
        /// It could not be asked.
        case none
    }

    enum Change: Sendable, Equatable {
        case began(term: Int64)
        case ended(term: Int64)
    }

    let spanMs: Int64
    private(set) var term: Int64?
    /// When it ends by the clock.
    private var untilMs: Int64 = 0
    private var nextMs: Int64 = 0

    init(spanMs: Int64) { self.spanMs = spanMs }

    /// Renewals, and looks for a lease that has come free, in milliseconds.
    var everyMs: Int64 { max(1, spanMs / 5) }
    /// Before the lease's end it does not lead any more.
    private var marginMs: Int64 { spanMs / 5 }

    /// The time has come to `nowMs`.
    mutating func turn(at nowMs: Int64) -> (change: Change?, want: Want?) {
        let change = term.flatMap { term -> Change? in
            guard nowMs >= untilMs else { return nil }
            return .ended(term: term)
        }
        if change != nil { term = nil }
        guard nowMs >= nextMs || change != nil else { return (change, nil) }
        nextMs = nowMs + everyMs
        return (change, term.map { .renew(term: $0) } ?? .take)
    }

    /// When `turn` is to be called next.
    var wakeMs: Int64 { term == nil ? nextMs : min(nextMs, untilMs) }

    /// The registry answered what was asked at `askedMs`.
    ///
    /// The lease is counted from the asking: an answer that was long on its way may be over.
    mutating func hear(_ answer: Answer, askedAt askedMs: Int64, at nowMs: Int64) -> Change? {
        switch answer {
        case .none: return nil
        case .anothers:
            defer { term = nil }
            return term.map { .ended(term: $0) }
        case .mine(let given):
            let until = askedMs + spanMs - marginMs
            guard nowMs < until else {
                defer { term = nil }
                nextMs = nowMs
                return term.map { .ended(term: $0) }
            }
            defer { term = given }
            untilMs = until
            return term == given ? nil : .began(term: given)
        }
    }
}
