package import Lifecycle

/// A group of a model's slots, as of one moment.
package struct FleetGroup: Sendable, Equatable, Codable {
    package let name: String
    /// How many slots it has; nil where it is whoever is alive.
    package let total: Int?
    /// Whether some of its slots say that it is whoever is alive.
    package let isElastic: Bool
    /// How many of them live.
    package let live: Int
    /// Those that its live slots serve, ascending.
    package let epochs: [Int64]
    /// Of this group alone; nil where the model has no target.
    package let verdict: Convergence.Verdict?
    /// Whether every slot has been silent for so long that nobody waits for it.
    package let isGone: Bool
    /// Those that were heard, by number.
    package let slots: [FleetSlot]
    /// Those that nobody speaks for, in runs of one condition, by number.
    package let absent: [AbsentSlots]

    package var isConverged: Bool { verdict == .converged }

    init(
        _ name: String, on board: FleetBoard, verdict: Convergence.Verdict?, nowMs: Int64
    ) {
        let total = board.total(of: name, nowMs: nowMs)
        let isElastic = board.isElastic(name, nowMs: nowMs)
        self.name = name
        self.isElastic = isElastic
        self.total = total
        self.verdict = verdict
        isGone = board.isGone(name, nowMs: nowMs)
        slots = board.slots(of: name).map { member in
            FleetSlot(
                member, condition: board.condition(of: member.slot, nowMs: nowMs),
                isCounted: isElastic || member.slot.slot < total ?? 0, nowMs: nowMs)
        }
        absent = board.absent(of: name, nowMs: nowMs).map { run in
            AbsentSlots(slots: run.slots, condition: run.condition)
        }
        let alive = slots.filter(\.isLive)
        live = alive.count
        epochs = Set(alive.compactMap(\.record.serving?.epoch)).sorted()
    }
}

/// A slot as last heard.
package struct FleetSlot: Sendable, Equatable, Codable {
    /// Its own word.
    package let record: StatusRecord
    package let condition: SlotCondition
    /// Whether it was heard in the last 5 s, and not that it ended.
    package let isLive: Bool
    package let silentMs: Int64
    /// How long the process ran when it last spoke, by its own clock.
    package let uptimeMs: Int64
    /// How far its clock is behind the watcher's, or the broker's; nil where nothing tells.
    package let clockBehindMs: Int64?
    /// The key that signed its word; nil where nobody asks for signatures.
    package let signedBy: String?
    /// The process that this one came for, of late.
    package let predecessor: StatusRecord.Incarnation?
    /// Another process that speaks for the slot at the same time.
    package let contender: StatusRecord.Incarnation?
    /// Whether its number is below the group's total; one that is left over is not.
    package let isCounted: Bool

    package var number: Int { record.slot }

    init(_ member: FleetMember, condition: SlotCondition, isCounted: Bool, nowMs: Int64) {
        record = member.record
        self.condition = condition
        isLive = member.isLive(nowMs: nowMs)
        silentMs = member.silenceMs(nowMs: nowMs)
        uptimeMs = member.uptimeMs
        clockBehindMs = member.clockBehindMs
        signedBy = member.signedBy
        predecessor = member.predecessor(nowMs: nowMs)?.incarnation
        contender = member.contender(nowMs: nowMs)
        self.isCounted = isCounted
    }
}

/// Slots that nobody speaks for.
package struct AbsentSlots: Sendable, Equatable, Codable {
    /// Their numbers.
    package let slots: ClosedRange<Int>
    package let condition: SlotCondition
}
