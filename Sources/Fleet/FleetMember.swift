package import Lifecycle

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
    /// The process before this one in the slot, or beside it.
    package let rival: Rival?

    /// Whether its last word was why it ended.
    package var hasEnded: Bool { record.ended != nil }

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

    /// Another process that speaks for the slot at the same time.
    package func contender(nowMs: Int64) -> Rival? {
        guard let rival, rival.isContending,
            Self.difference(nowMs, rival.aliveAtMs) <= FleetBoard.freshnessMs
        else { return nil }
        return rival
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
