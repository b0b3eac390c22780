/// A record of which two versions say different things.
package struct Flip: Sendable, Equatable {
    package enum Kind: Int, Sendable, CaseIterable {
        /// Only the version held against it alerts; only the first does.
        case up, down
        /// Both or none alert, and the labels differ.
        case relabelled
    }

    package let place: StreamPlace
    package let atMs: Int64?
    package let firstScore: Double
    package let secondScore: Double
    /// Classes by their index in each version's model.
    package let firstClass: Int
    package let secondClass: Int
    /// Nil for a record that is too large to keep.
    package let value: [UInt8]?
    /// What its header says of its schema; nil where it has none.
    package var schema: [UInt8]?

    /// What it is drawn by: a number that has nothing to do with what the record says.
    var lot: UInt64 { Self.lot(of: place) }

    static func lot(of place: StreamPlace) -> UInt64 {
        var mixed =
            UInt64(bitPattern: place.offset) &+ UInt64(UInt32(bitPattern: place.partition)) << 40
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Flips of one kind: all are counted, and some are kept, drawn by their places alone.
///
/// A value of bounded size. Which ones are kept depends neither on the order in which they came nor
/// on how they were shared out among threads.
package struct FlipSample: Sendable, Equatable {
    /// The largest value that is kept whole.
    package static let valueBytes = 16_384

    package let capacity: Int
    package private(set) var count: Int64 = 0
    /// By their lots.
    private var kept: [Flip] = []

    package init(capacity: Int = 256) {
        self.capacity = max(1, capacity)
        kept.reserveCapacity(self.capacity + 1)
    }

    /// Counts a flip, which is made only where it is kept.
    package mutating func add(at place: StreamPlace, _ make: () -> Flip) {
        count += 1
        guard kept.count < capacity || Flip.lot(of: place) < (kept.last?.lot ?? 0) else { return }
        insert(make())
    }

    private mutating func insert(_ flip: Flip) {
        let lot = flip.lot
        var (lower, upper) = (0, kept.count)
        while lower < upper {
            let middle = (lower + upper) / 2
            if (kept[middle].lot, kept[middle].place.offset) < (lot, flip.place.offset) {
                lower = middle + 1
            } else {
                upper = middle
            }
        }
        kept.insert(flip, at: lower)
        if kept.count > capacity { kept.removeLast() }
    }

    package mutating func merge(_ other: FlipSample) {
        count += other.count
        for flip in other.kept { insert(flip) }
    }

    package var flips: [Flip] { kept }
}
