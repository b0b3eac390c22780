package import Kafka
import Platform
import Synchronization

/// What the poll thread lets the control thread keep of the input: that there are offsets, and a
/// record of each partition.
///
/// Any thread.
package final class InputMarks: Sendable {
    private struct Kept: Sendable {
        var hasBegun = false
        /// By partition.
        var marks: [RecordMark?]
    }

    private let kept: Guarded<Kept>

    /// - Parameter partitionCount: for so many there is room; more make it grow.
    package init(partitionCount: Int) {
        kept = Guarded(Kept(marks: Array(repeating: nil, count: partitionCount)))
    }

    /// The worker has partitions, each of which has a committed offset.
    package func begin() { kept.withLock { $0.hasBegun = true } }

    package func put(_ mark: RecordMark) {
        let index = Int(mark.partition)
        guard index >= 0 else { return }
        kept.withLock { kept in
            while kept.marks.count <= index { kept.marks.append(nil) }
            kept.marks[index] = mark
        }
    }

    /// Nil before there are offsets.
    package var marks: [RecordMark]? {
        kept.withLock { kept in
            guard kept.hasBegun else { return nil }
            return kept.marks.compactMap(\.self)
        }
    }
}

/// When a record of a partition is marked: the first, and one a minute from then on.
///
/// A value of the poll thread's that is told the time, in monotonic nanoseconds. Costs a comparison
/// a partition and batch while nothing is due.
package struct MarkClock: Sendable {
    /// By partition.
    private var dueAt: [UInt64]

    /// - Parameter partitionCount: for so many there is room; more make it grow.
    package init(partitionCount: Int) { dueAt = Array(repeating: 0, count: partitionCount) }

    /// Whether the last record of a batch in this partition is to be marked now.
    package mutating func isDue(_ partition: Int32, at now: UInt64) -> Bool {
        let index = Int(partition)
        guard index >= 0 else { return false }
        while dueAt.count <= index { dueAt.append(0) }
        guard now >= dueAt[index] else { return false }
        dueAt[index] = now &+ Self.everyNs
        return true
    }

    package static let everyNs: UInt64 = 60_000_000_000
}
