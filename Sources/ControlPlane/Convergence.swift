package import Lifecycle

/// Whether the fleet serves an epoch: all slots of each group that works for the model were heard
/// in the last 5 s and serve it.
///
/// A value; `promote --wait` feeds it the status topic and asks after each record.
package struct Convergence: Sendable {
    package enum Verdict: Sendable, Equatable {
        case converged
        /// A slot refuses the epoch for good, and why.
        case rejected(SlotID, String)
        /// A later epoch is served: this one will never converge.
        case overtaken(by: Int64)
        /// Who is missing, one line each.
        case waiting([String])
    }

    package private(set) var board: FleetBoard
    package let epoch: Int64
    /// Only this group counts; nil counts all groups that were heard.
    package let group: String?

    package init(model: ModelName, epoch: Int64, group: String? = nil) {
        self.init(board: FleetBoard(model: model), epoch: epoch, group: group)
    }

    package init(board: FleetBoard, epoch: Int64, group: String? = nil) {
        self.board = board
        self.epoch = epoch
        self.group = group
    }

    /// Takes in one record of the status topic.
    package mutating func hear(_ slot: SlotID, _ record: StatusRecord?, heardAtMs: Int64) {
        board.hear(slot, record, heardAtMs: heardAtMs)
    }

    /// - Parameter nowMs: the wall clock.
    package func verdict(nowMs: Int64) -> Verdict {
        let groups = board.groups.filter { group == nil || $0 == group }
        guard !groups.isEmpty else {
            let place = group.map { " in group \($0)" } ?? ""
            return .waiting(["no worker of \(board.model) was heard\(place)"])
        }
        let live = board.slots.filter {
            groups.contains($0.slot.group) && $0.isLive(nowMs: nowMs)
        }
        for member in live {
            if let rejected = member.record.rejected, rejected.epoch == epoch {
                return .rejected(member.slot, rejected.reason)
            }
        }
        let newest = live.compactMap(\.record.serving?.epoch).max() ?? 0
        guard newest <= epoch else { return .overtaken(by: newest) }
        var stragglers: [String] = []
        for group in groups {
            for number in 0..<board.total(of: group, nowMs: nowMs) {
                let slot = SlotID(group: group, slot: number)
                if let lack = lack(of: slot, nowMs: nowMs) {
                    let place = groups.count > 1 ? " of \(group)" : ""
                    stragglers.append("slot \(number)\(place): \(lack)")
                }
            }
        }
        return stragglers.isEmpty ? .converged : .waiting(stragglers)
    }

    /// The moment of the last slot's first poll under the epoch; nil until all have polled.
    package func firstPollOfLastSlotAtMs(nowMs: Int64) -> Int64? {
        guard verdict(nowMs: nowMs) == .converged else { return nil }
        return board.slots.filter { group == nil || $0.slot.group == group }
            .compactMap(\.record.serving?.firstPollAtMs).max()
    }

    /// What `slot` lacks; nil where it serves the epoch.
    private func lack(of slot: SlotID, nowMs: Int64) -> String? {
        guard let member = board[slot] else {
            return board.hasStopped(slot) ? "stopped" : "never heard"
        }
        guard member.isLive(nowMs: nowMs) else {
            return "not heard for \(member.silenceMs(nowMs: nowMs) / 1_000) s"
        }
        let record = member.record
        let served = record.serving.map { "serves epoch \($0.epoch)" }
        if record.phase == .serving, record.serving?.epoch == epoch { return nil }
        let isServing = record.phase == .serving
        let state = isServing ? served ?? "serves nothing yet" : record.phase.rawValue
        return state + (record.retrying.map { ", retrying: \($0)" } ?? "")
    }
}
