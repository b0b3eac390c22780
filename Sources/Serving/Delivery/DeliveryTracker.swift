package import Kafka
package import Lifecycle

/// Which offsets are done: the rule of at-least-once delivery, as a value.
///
/// ```
///           accept: one more is owed      delivered: one less is owed
///              ┌───┐                         ┌───┐
///   open ──► filling ──────── close ──────► out ──── nothing owed, and ────► done
///                │                           │       all before it done
///                │ never closed              │ a delivery failed
///                └────────► never done ◄─────┘
/// ```
///
/// Records are accepted by the batch opened last. The one before may be open still, while it is
/// scored: it is closed by its tag, or dropped where nothing of it counts any more.
///
/// Each record that a batch accepts owes one delivery, of its prediction or its dead letter. A
/// batch is done when it owes nothing; batches finish in order; only then do their offsets come out
/// of `takeCompleted`. A failed delivery stops everything behind it. Batches carry the generation
/// of their assignment, and those of an earlier generation give no offsets. Allocates nothing once
/// its arrays have grown.
package struct DeliveryTracker {
    /// Batches that may be out at once; `isFull` says when the poll has to wait for deliveries.
    package let batchLimit: Int
    /// What went wrong first; no offset comes out behind it.
    package private(set) var failure: String?
    /// Raised at each change of assignment.
    package private(set) var generation: UInt32 = 0

    private struct Batch {
        var generation: UInt32 = 0
        var owed = 0
        var accepted = 0
        var isOpen = false
        var positions: [PartitionOffset] = []
    }

    private var ring: [Batch]
    /// Sequence numbers of the oldest batch that is not done and of the next to be opened.
    private var head: UInt = 1
    private var next: UInt = 1
    /// By partition: the next offset to accept; `unassigned` where the partition is not ours.
    private var expected: [Int64]
    /// By partition: the first offset accepted since the assignment, and since `takeSpans`; or -1.
    private var first: [Int64]
    /// The partitions whose first offset nobody took yet.
    private var begun: [Int32] = []
    /// By partition: where the batch opened last holds its position, or -1.
    private var place: [Int32]

    private static let unassigned: Int64 = -1

    package init(batchLimit: Int, partitionCount: Int) {
        precondition(batchLimit > 0)
        self.batchLimit = batchLimit
        ring = Array(repeating: Batch(), count: batchLimit)
        expected = Array(repeating: Self.unassigned, count: partitionCount)
        place = Array(repeating: -1, count: partitionCount)
        first = Array(repeating: -1, count: partitionCount)
        begun.reserveCapacity(partitionCount)
        for index in ring.indices { ring[index].positions.reserveCapacity(partitionCount) }
    }

    package var isFull: Bool { next - head == UInt(batchLimit) }

    /// The tag of the oldest batch that is not done, or of the next one where all are.
    package var oldestTag: UInt { head }

    /// Ascending.
    package var assignedPartitions: [Int32] {
        expected.indices.filter { expected[$0] != Self.unassigned }.map { Int32($0) }
    }

    /// The offset behind the last record accepted; nil where none was since the assignment.
    package func position(of partition: Int32) -> Int64? {
        guard isAssigned(partition), expected[Int(partition)] > 0 else { return nil }
        return expected[Int(partition)]
    }

    /// Whether no batch is left that is not done.
    package var isIdle: Bool { next == head }

    /// Deliveries that closed batches still owe: what may be waited for.
    ///
    /// A batch that is open was not handed over whole, and nothing is to be expected of it.
    package var outstandingCount: Int {
        var count = 0
        for sequence in head..<next {
            let batch = ring[index(sequence)]
            if !batch.isOpen { count += batch.owed }
        }
        return count
    }

    /// These partitions, and no others, are ours from now on.
    package mutating func assigned(_ partitions: [Int32]) {
        clearAssignment()
        added(partitions)
    }

    /// These partitions are ours too from now on; the others stay as they are.
    package mutating func added(_ partitions: [Int32]) {
        for partition in partitions where partition >= 0 {
            grow(to: Int(partition) + 1)
            expected[Int(partition)] = 0
        }
    }

    /// No partition is ours from now on; what is out stores nothing any more.
    package mutating func unassigned() { clearAssignment() }

    package func isAssigned(_ partition: Int32) -> Bool {
        expected.indices.contains(Int(partition)) && expected[Int(partition)] != Self.unassigned
    }

    /// Whether `accept` would take the record.
    package func isExpected(partition: Int32, offset: Int64) -> Bool {
        isAssigned(partition) && offset >= expected[Int(partition)]
    }

    /// Begins a batch and gives the tag of its records, never 0.
    package mutating func open() -> UInt {
        precondition(!isFull, "no room for another batch")
        for position in ring[index(next - 1)].positions { place[Int(position.partition)] = -1 }
        let index = index(next)
        ring[index].generation = generation
        ring[index].owed = 0
        ring[index].accepted = 0
        ring[index].isOpen = true
        ring[index].positions.removeAll(keepingCapacity: true)
        next += 1
        return next - 1
    }

    /// Whether the record belongs to our assignment and was not taken before; if so it is part of
    /// the open batch, which owes a delivery for it.
    package mutating func accept(partition: Int32, offset: Int64) -> Bool {
        let slot = Int(partition)
        guard slot >= 0, slot < expected.count, expected[slot] != Self.unassigned,
            offset >= expected[slot]
        else { return false }
        expected[slot] = offset + 1
        if first[slot] < 0 {
            first[slot] = offset
            begun.append(partition)
        }
        let current = index(next - 1)
        precondition(ring[current].isOpen, "accept outside a batch")
        ring[current].owed += 1
        ring[current].accepted += 1
        if place[slot] < 0 {
            place[slot] = Int32(ring[current].positions.count)
            ring[current].positions.append(
                PartitionOffset(partition: partition, offset: offset + 1))
        } else {
            ring[current].positions[Int(place[slot])].offset = offset + 1
        }
        return true
    }

    /// The batch opened last was handed over whole.
    package mutating func close() { close(next - 1) }

    /// An open batch was handed over whole, one record for each that it accepted; it may be done
    /// already.
    package mutating func close(_ tag: UInt) { ring[openIndex(tag)].isOpen = false }

    /// Nothing of an open batch is handed over, and none of its offsets comes out: for the last
    /// one of an assignment that is over.
    ///
    /// What comes behind it does not wait for it.
    package mutating func drop(_ tag: UInt) {
        let dropped = openIndex(tag)
        ring[dropped].isOpen = false
        ring[dropped].owed = 0
        for position in ring[dropped].positions where tag == next - 1 {
            place[Int(position.partition)] = -1
        }
        ring[dropped].positions.removeAll(keepingCapacity: true)
    }

    /// Records of a batch that is not done, and the positions behind them, by partition.
    package func batch(_ tag: UInt) -> (records: Int, positions: [PartitionOffset]) {
        let batch = ring[index(tag)]
        return (batch.accepted, batch.positions)
    }

    /// Whether a batch was not handed over whole.
    package var isFilling: Bool {
        for sequence in head..<next where ring[index(sequence)].isOpen { return true }
        return false
    }

    private func openIndex(_ tag: UInt) -> Int {
        precondition(tag >= head && tag < next, "a batch that is not known")
        let place = index(tag)
        precondition(ring[place].isOpen, "a batch that is not open")
        return place
    }

    /// Whether the first records of a partition were accepted since `takeBegun`.
    package var hasBegun: Bool { !begun.isEmpty }

    /// What was accepted so far of those partitions.
    package mutating func takeBegun() -> [LedgerEntry.Span] {
        defer { begun.removeAll(keepingCapacity: true) }
        return begun.map(span)
    }

    /// What was accepted since the assignment, or since the last call, by partition; the next
    /// record of each begins anew.
    package mutating func takeSpans() -> [LedgerEntry.Span] {
        let taken = first.indices.filter { first[$0] >= 0 }
        let spans = taken.map { span(Int32($0)) }
        for index in taken { first[index] = -1 }
        begun.removeAll(keepingCapacity: true)
        return spans
    }

    private func span(_ partition: Int32) -> LedgerEntry.Span {
        LedgerEntry.Span(
            partition: partition, first: first[Int(partition)], last: expected[Int(partition)] - 1)
    }

    /// Takes in what the producer reports.
    package mutating func delivered(_ delivery: Delivery) {
        guard delivery.tag >= head, delivery.tag < next else { return }
        if let reason = delivery.failure {
            failure = failure ?? reason
            return
        }
        ring[index(delivery.tag)].owed -= delivery.count
        precondition(ring[index(delivery.tag)].owed >= 0, "more deliveries than records")
    }

    /// Adds to `offsets` the positions that became done, oldest batch first, one a partition.
    package mutating func takeCompleted(into offsets: inout [PartitionOffset]) {
        while head < next, failure == nil {
            let oldest = index(head)
            guard !ring[oldest].isOpen, ring[oldest].owed == 0 else { return }
            if ring[oldest].generation == generation {
                for position in ring[oldest].positions { Self.merge(position, into: &offsets) }
            }
            head += 1
        }
    }

    private static func merge(_ position: PartitionOffset, into offsets: inout [PartitionOffset]) {
        for index in offsets.indices where offsets[index].partition == position.partition {
            offsets[index].offset = position.offset
            return
        }
        offsets.append(position)
    }

    private mutating func clearAssignment() {
        generation &+= 1
        for index in expected.indices {
            expected[index] = Self.unassigned
            first[index] = -1
        }
        begun.removeAll(keepingCapacity: true)
    }

    private mutating func grow(to count: Int) {
        while expected.count < count {
            expected.append(Self.unassigned)
            place.append(-1)
            first.append(-1)
        }
    }

    private func index(_ sequence: UInt) -> Int { Int(sequence % UInt(batchLimit)) }
}
