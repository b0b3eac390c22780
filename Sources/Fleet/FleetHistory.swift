package import Lifecycle

/// What the processes of one group did while it was watched: what a board forgets, which has each
/// slot's newest word alone.
///
/// A value; feed it what the status topic says, in its order.
package struct FleetHistory: Sendable {
    private let group: String
    /// By epoch and slot: the first poll under it, by that worker's wall clock.
    private var firstPolls: [Int64: [Int: Int64]] = [:]
    /// Of each process that was ever in a slot, by the id of its incarnation.
    private var rebalancesOf: [String: Int64] = [:]
    private var gapsOf: [String: Double] = [:]

    package init(group: String) { self.group = group }

    package mutating func hear(_ heard: HeardStatus) {
        guard heard.slot.group == group, let record = heard.record else { return }
        let process = record.incarnation.id
        rebalancesOf[process] = record.counts.rebalances
        gapsOf[process] = max(gapsOf[process] ?? 0, record.pollGapMaxMs)
        guard let serving = record.serving else { return }
        // What a slot says of an epoch later, after a restart, does not move its first poll.
        let known = firstPolls[serving.epoch]?[heard.slot.slot]
        firstPolls[serving.epoch, default: [:]][heard.slot.slot] = known ?? serving.firstPollAtMs
    }

    /// When the last of `slots` slots polled under `epoch` for the first time; nil until all have.
    package func firstPollOfLastSlotAtMs(epoch: Int64, slots: Int) -> Int64? {
        guard let polls = firstPolls[epoch], polls.count == slots else { return nil }
        return polls.values.max()
    }

    /// Changes of assignment after each process's first.
    package var rebalances: Int64 { rebalancesOf.values.reduce(0, StatusCount.sum) }

    /// How many processes there were.
    package var processes: Int { rebalancesOf.count }

    package var longestPollGapMs: Double { gapsOf.values.max() ?? 0 }
}
