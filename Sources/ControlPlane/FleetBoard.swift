package import Lifecycle

/// The newest word of each slot that works for one model.
///
/// A value; feed it what the status topic says. Nothing on that topic is believed further than it
/// fits: another model, a key that differs from the record and absurd sizes are passed over.
package struct FleetBoard: Sendable {
    /// A slot as last heard.
    package struct Member: Sendable, Equatable {
        package let slot: SlotID
        package let record: StatusRecord
        /// When it was last known alive, wall clock: the sender's time, but never after we heard
        /// it, so that a clock ahead of ours keeps nobody alive.
        package let aliveAtMs: Int64

        package func silenceMs(nowMs: Int64) -> Int64 {
            let (silence, overflow) = nowMs.subtractingReportingOverflow(aliveAtMs)
            return overflow ? .max : max(0, silence)
        }

        package func isLive(nowMs: Int64) -> Bool {
            silenceMs(nowMs: nowMs) <= FleetBoard.freshnessMs
        }
    }

    /// A heartbeat comes each second; a slot that missed five is not counted on.
    package static let freshnessMs: Int64 = 5_000

    package let model: ModelName
    private var members: [SlotID: Member] = [:]
    /// Slots that said goodbye.
    private var stopped: Set<SlotID> = []

    package init(model: ModelName) { self.model = model }

    /// Takes in one record; nil for a slot that was taken off the board by a clean stop.
    package mutating func hear(_ slot: SlotID, _ record: StatusRecord?, heardAtMs: Int64) {
        guard let record else {
            if members.removeValue(forKey: slot) != nil { stopped.insert(slot) }
            return
        }
        guard record.model == model.description else {
            // The slot went over to another model, if it was ours.
            members[slot] = nil
            return
        }
        guard record.group == slot.group, record.slot == slot.slot,
            (1...Limits.slots).contains(record.total), (0..<record.total).contains(record.slot)
        else { return }
        stopped.remove(slot)
        members[slot] = Member(
            slot: slot, record: record, aliveAtMs: min(record.sentAtMs, heardAtMs))
    }

    /// All slots heard, by group and number.
    package var slots: [Member] {
        members.values.sorted { ($0.slot.group, $0.slot.slot) < ($1.slot.group, $1.slot.slot) }
    }

    package var groups: [String] { Set(members.keys.map(\.group)).sorted() }

    package subscript(slot: SlotID) -> Member? { members[slot] }

    package func hasStopped(_ slot: SlotID) -> Bool { stopped.contains(slot) }

    /// How many slots `group` has, as its live members say, or its silent ones where none lives.
    ///
    /// The largest, where they disagree: during a change of the number none may be forgotten.
    package func total(of group: String, nowMs: Int64) -> Int {
        let all = members.values.filter { $0.slot.group == group }
        let live = all.filter { $0.isLive(nowMs: nowMs) }
        return (live.isEmpty ? all : live).map(\.record.total).max() ?? 0
    }
}
