package import Lifecycle

/// What is known of a slot's process, from its word or its silence.
package enum SlotCondition: String, Sendable, Hashable, Codable, CaseIterable {
    /// Heard in the last 5 s.
    case live
    /// Silent for longer, perhaps still at work.
    case stale
    /// Its last word was why it ended, and it has not come back.
    case failed
    /// Silent for so long that nobody waits for it any more.
    case gone
    /// Never heard, though the others of its group count it; or it stopped before we looked.
    case missing
    /// Never heard, but for words that bear its name and do not count: `HeartbeatTrust`.
    case unbelieved
    /// A clean stop took its status away while we watched.
    case stopped
}

/// A slot as last heard.
package struct FleetMember: Sendable, Equatable {
    /// Another process that spoke for the same slot.
    package struct Rival: Sendable, Equatable {
        package let incarnation: StatusRecord.Incarnation
        package let aliveAtMs: Int64
        /// Whether it spoke after its successor: both are alive, and one of them is a mistake.
        package let isContending: Bool
    }

    package let slot: SlotID
    package let record: StatusRecord
    /// When it was last known alive, by the watcher's clock; see `FleetBoard.aliveAtMs`.
    package let aliveAtMs: Int64
    /// How far the sender's clock is behind the watcher's, or the broker's; nil where nothing
    /// tells.
    package let clockBehindMs: Int64?
    /// The key that signed its word; nil where nobody asks for signatures.
    package let signedBy: String?
    /// The process before this one in the slot, or beside it.
    package let rival: Rival?

    /// Whether its last word was why it ended.
    package var hasEnded: Bool { record.ended != nil }

    func contended(by rival: Rival) -> FleetMember {
        FleetMember(
            slot: slot, record: record, aliveAtMs: aliveAtMs, clockBehindMs: clockBehindMs,
            signedBy: signedBy, rival: rival)
    }

    package func silenceMs(nowMs: Int64) -> Int64 {
        max(0, Self.difference(nowMs, aliveAtMs))
    }

    package func isLive(nowMs: Int64) -> Bool {
        !hasEnded && silenceMs(nowMs: nowMs) <= FleetBoard.freshnessMs
    }

    /// How long the process ran when it last spoke, by its own clock.
    package var uptimeMs: Int64 {
        max(0, Self.difference(record.sentAtMs, record.incarnation.startedAtMs))
    }

    /// Another process that speaks for the slot at the same time: heard beside this one, or heard
    /// of late by this one, which says so.
    package func contender(nowMs: Int64) -> StatusRecord.Incarnation? {
        if let rival, rival.isContending,
            Self.difference(nowMs, rival.aliveAtMs) <= FleetBoard.freshnessMs
        {
            return rival.incarnation
        }
        guard isLive(nowMs: nowMs), let told = record.rival, told.id != record.incarnation.id
        else { return nil }
        return told
    }

    /// The process that this one came for, of late.
    package func predecessor(nowMs: Int64) -> Rival? {
        guard let rival, !rival.isContending,
            Self.difference(nowMs, rival.aliveAtMs) <= FleetBoard.goneMs
        else { return nil }
        return rival
    }

    /// `left - right`, held at the ends: times on the topic are anybody's.
    static func difference(_ left: Int64, _ right: Int64) -> Int64 {
        let (difference, overflow) = left.subtractingReportingOverflow(right)
        return overflow ? (left > right ? .max : .min) : difference
    }
}
