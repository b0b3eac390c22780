package import Lifecycle

/// Whether a slot's process lives, by its own words on the status topic: a value that is told what
/// is heard and when.
///
/// What stood on the topic before says nothing: clocks need not agree. Who lives speaks every
/// second; who says nothing for 10 s, once the topic was read to its end, does not. Last words are
/// words too: behind them a new process of the slot may be about to speak.
package struct SlotSilence: Sendable {
    package enum Verdict: Sendable, Equatable {
        case live(StatusRecord.Incarnation)
        case dead
    }

    package static let limitMs: Int64 = 10_000

    private let slot: SlotID
    private var live: StatusRecord.Incarnation?
    private var silentSinceMs: Int64?

    package init(_ slot: SlotID) { self.slot = slot }

    /// - Parameter nowMs: of a clock that only goes forward.
    package mutating func hear(_ heard: HeardStatus, nowMs: Int64) {
        guard heard.slot == slot, !heard.isOld else { return }
        if silentSinceMs != nil { silentSinceMs = nowMs }
        let isEnd = heard.record?.ended != nil
        live = isEnd ? nil : heard.record?.incarnation
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
