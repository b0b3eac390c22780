import Fleet
package import Lifecycle

/// The demo's fleet: the board of its group, and what its processes did during the run.
package struct FleetView: Sendable {
    private let group: String
    private let workers: Int
    private var board: FleetBoard
    private var history: FleetHistory

    package init(model: ModelName, group: String, workers: Int) {
        self.group = group
        self.workers = workers
        board = FleetBoard(model: model)
        history = FleetHistory(group: group)
    }

    /// - Parameter record: nil for a slot that was taken off the board by a clean stop.
    package mutating func hear(_ slot: SlotID, _ record: StatusRecord?, atMs: Int64) {
        let heard = HeardStatus(slot: slot, record: record, isOld: false)
        board.hear(heard, heardAtMs: atMs)
        history.hear(heard)
    }

    private func record(_ slot: Int) -> StatusRecord? {
        board[SlotID(group: group, slot: slot)]?.record
    }

    /// What each slot said last; nil until all have said something.
    private var all: [StatusRecord]? {
        let records = (0..<workers).compactMap { record($0) }
        return records.count == workers ? records : nil
    }

    /// Whether every slot serves `epoch` and has its own share of all `partitions`.
    package func isServing(epoch: Int64, partitions: Int) -> Bool {
        guard let all else { return false }
        let isServed = all.allSatisfy { $0.phase == .serving && $0.serving?.epoch == epoch }
        let isShared = all.allSatisfy { !$0.partitions.isEmpty }
        let taken = all.flatMap(\.partitions)
        return isServed && isShared && Set(taken) == Set(0..<Int32(partitions))
            && taken.count == partitions
    }

    /// When the last slot polled under `epoch` for the first time; nil until all have.
    package func convergedAtMs(epoch: Int64) -> Int64? {
        history.firstPollOfLastSlotAtMs(epoch: epoch, slots: workers)
    }

    /// A reason why some slot will never serve `epoch`.
    package func rejection(of epoch: Int64) -> String? {
        for slot in 0..<workers {
            guard let rejected = record(slot)?.rejected, rejected.epoch == epoch else { continue }
            return "slot \(slot) rejects epoch \(epoch): \(rejected.reason)"
        }
        return nil
    }

    /// Changes of assignment after each process's first.
    package var rebalances: Int { Int(history.rebalances) }

    /// Processes that took the place of another.
    package var restarts: Int { max(0, history.processes - workers) }

    package var longestPollGapMs: Double { history.longestPollGapMs }

    /// The epoch that each slot serves, by slot; nil where none is.
    package var epochs: [Int64?] { (0..<workers).map { record($0)?.serving?.epoch } }

    /// Whether each slot has said something since `moment`, wall clock.
    package func hasHeardAll(sinceMs moment: Int64) -> Bool {
        all?.allSatisfy { $0.sentAtMs >= moment } ?? false
    }

    /// Each slot in a few words, for errors: what is known, and what is missing.
    package var words: String {
        (0..<workers).map { slot in
            guard let record = record(slot) else { return "slot \(slot) was never heard" }
            let epoch = record.serving.map { "epoch \($0.epoch)" } ?? "no epoch"
            let trouble = record.ended?.reason ?? record.rejected?.reason ?? record.retrying ?? ""
            let suffix = trouble.isEmpty ? "" : " (\(trouble))"
            return "slot \(slot) is \(record.phase.rawValue), \(epoch), "
                + "partitions \(record.partitions)\(suffix)"
        }.joined(separator: "; ")
    }
}
