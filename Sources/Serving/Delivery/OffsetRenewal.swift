package import Kafka

/// Which committed offsets are to be committed anew, though they are the same: brokers forget an
/// offset some days after its commit (`offsets.retention.minutes`, a week by default), and an idle
/// partition has no other.
///
/// A value that is told the time, in monotonic nanoseconds. What was committed before this process
/// is of unknown age, so it is due soon, and once a day from then on. Not at once: assignments may
/// follow each other closely. Allocates nothing while nothing is due.
package struct OffsetRenewal: Sendable {
    private struct Entry: Sendable {
        /// -1 for a partition of somebody else's.
        var offset: Int64 = -1
        var dueAt = UInt64.max
    }

    /// By partition.
    private var entries: [Entry] = []
    /// Never later than the first that is due: what moves is due later than before.
    private var nextDueAt = UInt64.max

    package init() {}

    /// These partitions are the process's too from now on, at the offsets that are committed.
    package mutating func added(_ positions: [PartitionOffset], at now: UInt64) {
        for position in positions where position.partition >= 0 {
            let index = Int(position.partition)
            while entries.count <= index { entries.append(Entry()) }
            guard entries[index].offset < 0 else { continue }
            entries[index] = Entry(offset: position.offset, dueAt: now &+ Self.firstNs)
        }
        findNext()
    }

    /// No partition is the process's from now on.
    package mutating func unassigned() {
        entries.removeAll(keepingCapacity: true)
        nextDueAt = .max
    }

    /// Offsets are done, and are committed or about to be.
    package mutating func moved(_ positions: [PartitionOffset], at now: UInt64) {
        for position in positions where entries.indices.contains(Int(position.partition)) {
            let index = Int(position.partition)
            guard entries[index].offset >= 0 else { continue }
            entries[index] = Entry(offset: position.offset, dueAt: now &+ Self.everyNs)
        }
    }

    /// What is to be committed now; asked at each poll.
    package mutating func takeDue(at now: UInt64) -> [PartitionOffset] {
        guard now >= nextDueAt else { return [] }
        var due: [PartitionOffset] = []
        for index in entries.indices where now >= entries[index].dueAt {
            due.append(
                PartitionOffset(partition: Int32(index), offset: entries[index].offset))
            entries[index].dueAt = now &+ Self.everyNs
        }
        findNext()
        return due
    }

    private mutating func findNext() { nextDueAt = entries.map(\.dueAt).min() ?? .max }

    package static let firstNs: UInt64 = 600_000_000_000
    package static let everyNs: UInt64 = 86_400_000_000_000
}
