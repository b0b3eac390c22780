package import Lifecycle

/// What the slots of the demo's group said of themselves on the status topic.
package struct FleetView: Sendable {
    private let group: String
    private let workers: Int
    private var newest: [Int: StatusRecord] = [:]
    /// By epoch and slot: the first poll under it, wall clock.
    private var firstPolls: [Int64: [Int: Int64]] = [:]
    /// Of each process that was ever in a slot.
    private var rebalancesOf: [String: Int64] = [:]
    private var gapsOf: [String: Double] = [:]

    package init(group: String, workers: Int) {
        self.group = group
        self.workers = workers
    }

    /// - Parameter record: nil for a slot that was taken off the board by a clean stop.
    package mutating func hear(_ slot: SlotID, _ record: StatusRecord?) {
        guard slot.group == group, let record else { return }
        newest[slot.slot] = record
        rebalancesOf[record.incarnation.id] = record.counts.rebalances
        gapsOf[record.incarnation.id] = max(
            gapsOf[record.incarnation.id] ?? 0, record.pollGapMaxMs)
        guard let serving = record.serving else { return }
        let known = firstPolls[serving.epoch]?[slot.slot]
        firstPolls[serving.epoch, default: [:]][slot.slot] = known ?? serving.firstPollAtMs
    }

    /// Whether every slot serves `epoch` and has its own share of all `partitions`.
    package func isServing(epoch: Int64, partitions: Int) -> Bool {
        guard newest.count == workers else { return false }
        let isServed = newest.values.allSatisfy {
            $0.phase == .serving && $0.serving?.epoch == epoch
        }
        let taken = newest.values.flatMap(\.partitions)
        let isShared = newest.values.allSatisfy { !$0.partitions.isEmpty }
        return isServed && isShared && Set(taken) == Set(0..<Int32(partitions))
            && taken.count == partitions
    }

    /// When the last slot polled under `epoch` for the first time; nil until all have.
    package func convergedAtMs(epoch: Int64) -> Int64? {
        guard let polls = firstPolls[epoch], polls.count == workers else { return nil }
        return polls.values.max()
    }

    /// A reason why some slot will never serve `epoch`.
    package func rejection(of epoch: Int64) -> String? {
        for (slot, record) in newest.sorted(by: { $0.key < $1.key }) {
            guard let rejected = record.rejected, rejected.epoch == epoch else { continue }
            return "slot \(slot) rejects epoch \(epoch): \(rejected.reason)"
        }
        return nil
    }

    /// Changes of assignment after each process's first.
    package var rebalances: Int { Int(rebalancesOf.values.reduce(0, +)) }

    /// Processes that took the place of another.
    package var restarts: Int { rebalancesOf.count - min(rebalancesOf.count, workers) }

    package var longestPollGapMs: Double { gapsOf.values.max() ?? 0 }

    /// The epoch that each slot serves, by slot; nil where none is.
    package var epochs: [Int64?] { (0..<workers).map { newest[$0]?.serving?.epoch } }

    /// Whether each slot has said something since `moment`, wall clock.
    package func hasHeardAll(sinceMs moment: Int64) -> Bool {
        newest.count == workers && newest.values.allSatisfy { $0.sentAtMs >= moment }
    }

    /// Each slot in a few words, for errors: what is known, and what is missing.
    package var words: String {
        (0..<workers).map { slot in
            guard let record = newest[slot] else { return "slot \(slot) was never heard" }
            let epoch = record.serving.map { "epoch \($0.epoch)" } ?? "no epoch"
            let trouble = record.rejected?.reason ?? record.retrying ?? ""
            let suffix = trouble.isEmpty ? "" : " (\(trouble))"
            return "slot \(slot) is \(record.phase.rawValue), \(epoch), "
                + "partitions \(record.partitions)\(suffix)"
        }.joined(separator: "; ")
    }
}
