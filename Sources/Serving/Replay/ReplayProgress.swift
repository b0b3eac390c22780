package import Kafka

/// How far a replay has come: a value.
///
/// It ends where the topic ended as it began: the letters that it puts back itself stand behind
/// that.
package struct ReplayProgress: Sendable {
    /// By partition, the last offset to look at.
    private let lasts: [Int32: Int64]
    /// By partition, the next offset.
    private var next: [Int32: Int64]

    /// - Parameters:
    ///   - lasts: the offsets of the last records of the partitions that have any.
    ///   - beginning: where the group stands.
    package init(lasts: [Int32: Int64], beginning: [PartitionOffset]) {
        self.lasts = lasts
        next = Dictionary(beginning.map { ($0.partition, $0.offset) }) { first, _ in first }
    }

    /// Whether nothing is left to be looked at.
    package var isDone: Bool { lasts.allSatisfy { next[$0.key] ?? 0 > $0.value } }

    /// Whether a record is to be looked at; if so, it is behind the replay from now on.
    package mutating func takes(partition: Int32, offset: Int64) -> Bool {
        guard let last = lasts[partition], offset <= last, offset >= next[partition] ?? 0 else {
            return false
        }
        next[partition] = offset + 1
        return true
    }

    /// Of the partitions with records to look at: the offsets to be committed.
    package var positions: [PartitionOffset] {
        lasts.keys.sorted().compactMap { partition in
            next[partition].map { PartitionOffset(partition: partition, offset: $0) }
        }
    }
}
