/// Where one record stands in the input topic.
package struct RecordPlace: Sendable, Hashable, Codable, CustomStringConvertible {
    package var partition: Int32
    package var offset: Int64

    package init(partition: Int32, offset: Int64) {
        self.partition = partition
        self.offset = offset
    }

    /// `[2] at 41`.
    package var description: String { "[\(partition)] at \(offset)" }
}

/// Records that follow one another in one partition, both ends among them.
package struct OffsetRange: Sendable, Hashable, Codable, CustomStringConvertible {
    package var partition: Int32
    package var first: Int64
    package var last: Int64

    package init(partition: Int32, first: Int64, last: Int64) {
        self.partition = partition
        self.first = first
        self.last = last
    }

    package func contains(_ place: RecordPlace) -> Bool {
        place.partition == partition && first <= place.offset && place.offset <= last
    }

    /// The records that both have; nil for none.
    package func intersection(_ other: OffsetRange) -> OffsetRange? {
        guard partition == other.partition, max(first, other.first) <= min(last, other.last) else {
            return nil
        }
        return OffsetRange(
            partition: partition, first: max(first, other.first), last: min(last, other.last))
    }

    /// `[2] 17 … 41`.
    package var description: String { "[\(partition)] \(first) … \(last)" }
}

/// Records that workers seem to have died of; a supervisor finds them, and tells the next worker.
package struct SuspectRecords: Sendable, Equatable, Codable {
    /// Two workers died while they had these at hand: each is scored by itself.
    package var ranges: [OffsetRange] = []
    /// A worker died of each of these while it scored it by itself: they are not scored any more.
    package var killers: [RecordPlace] = []

    package init(ranges: [OffsetRange] = [], killers: [RecordPlace] = []) {
        self.ranges = ranges
        self.killers = killers
    }

    package var isEmpty: Bool { ranges.isEmpty && killers.isEmpty }
}
