package import Platform
import Synchronization

/// What the poll thread has done under one epoch; written by it alone, read by the status thread.
package final class EpochProgress: Sendable {
    /// Wall-clock milliseconds of the first poll, 0 before it.
    private let firstPoll = Atomic<Int64>(0)
    /// By partition: the first offset scored, -1 before it.
    package let boundaries: AtomicCounters

    package init(partitionCount: Int) {
        boundaries = AtomicCounters(count: partitionCount + Self.growthRoom, initial: -1)
    }

    /// For partitions that the topic gets while the epoch is served; those beyond have no boundary.
    private static let growthRoom = 1_000

    package var firstPollAtMs: Int64 { firstPoll.load(ordering: .acquiring) }

    package func polled(atMs now: Int64) {
        firstPoll.store(now, ordering: .releasing)
    }

    /// Notes the boundary of a partition at its first record.
    @inline(__always)
    package func scored(partition: Int32, offset: Int64) {
        let index = Int(partition)
        guard index < boundaries.count, boundaries[index] < 0 else { return }
        boundaries[index] = offset
    }
}
