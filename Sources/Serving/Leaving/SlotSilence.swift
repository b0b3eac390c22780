package import Lifecycle

/// Whether a slot's process lives, by its own words on the status topic: a value that is told what
/// is heard and when.
///
/// What stood on the topic before says nothing: clocks need not agree. Who lives speaks every
/// second; who says nothing for 10 s, once the topic was read to its end, does not. Last words are
/// words too: behind them a new process of the slot may be about to speak.
///
/// Where heartbeats are signed, a word is life that is believed, is news and was said just now. Any
/// other may be an old one that somebody sends again, or that of a worker whose key or clock is
/// wrong: it is neither life nor silence.
package struct SlotSilence: Sendable {
    package enum Verdict: Sendable, Equatable {
        case live(StatusRecord.Incarnation)
        case dead
    }

    package static let limitMs: Int64 = 10_000

    private let slot: SlotID
    private var live: StatusRecord.Incarnation?
    private var silentSinceMs: Int64?
    private var order = HeartbeatOrder()
    /// Why the last word that was neither life nor silence does not count; nil for none.
    package private(set) var doubt: String?

    package init(_ slot: SlotID) { self.slot = slot }

    /// - Parameters:
    ///   - nowMs: of a clock that only goes forward.
    ///   - wallMs: of the clock that signed times are held against.
    package mutating func hear(_ heard: HeardStatus, nowMs: Int64, wallMs: Int64) {
        guard heard.slot == slot else { return }
        switch heard.belief {
        case .notAsked: break
        case .refused(let reason):
            guard !heard.isOld else { return }
            return hearDoubtful(reason, nowMs: nowMs)
        case .farewell(_, let incarnation):
            guard order.end(incarnation), live == nil || live?.id == incarnation else { return }
        case .believed:
            guard let record = heard.record else { return }
            let verdict = order.take(record, referenceMs: wallMs)
            guard !heard.isOld else { return }
            if let reason = Self.doubt(of: record, verdict, wallMs: wallMs) {
                return hearDoubtful(reason, nowMs: nowMs)
            }
        }
        guard !heard.isOld else { return }
        if silentSinceMs != nil { silentSinceMs = nowMs }
        let isEnd = heard.record?.ended != nil
        live = isEnd ? nil : heard.record?.incarnation
    }

    private mutating func hearDoubtful(_ reason: String, nowMs: Int64) {
        doubt = reason
        if silentSinceMs != nil { silentSinceMs = nowMs }
    }

    private static func doubt(
        of record: StatusRecord, _ verdict: HeartbeatOrder.Verdict, wallMs: Int64
    ) -> String? {
        switch verdict {
        case .refused(let reason): reason
        case .known: "it was said before"
        case .news:
            HeartbeatOrder.saidAtMs(record.sentAtMs, reference: wallMs) == wallMs
                ? nil : "by its own time it was not said now, or its clock is wrong"
        }
    }

    /// The topic has been read to the end that it had when the look began.
    package mutating func reachEnd(nowMs: Int64) { silentSinceMs = silentSinceMs ?? nowMs }

    /// Nil where it is not known yet.
    package func verdict(nowMs: Int64) -> Verdict? {
        if let live { return .live(live) }
        guard let silentSinceMs, nowMs - silentSinceMs >= Self.limitMs else { return nil }
        return .dead
    }
}
