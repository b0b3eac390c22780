/// A set of offsets as ranges, within a bound of memory; a value.
///
/// Offsets mostly come in their order. Beyond `rangesMax` ranges an offset that would need another
/// is counted and not kept, and `isWhole` is false from then on.
package struct OffsetSet: Sendable, Equatable {
    /// Ascending, apart from one another.
    package private(set) var ranges: [Range<Int64>] = []
    /// Offsets that were added, those among them that found no room.
    package private(set) var count: Int64 = 0
    /// Whether every offset that was added is in `ranges`.
    package private(set) var isWhole = true
    private let rangesMax: Int

    package init(rangesMax: Int = 100_000) { self.rangesMax = rangesMax }

    package var isEmpty: Bool { count == 0 }

    package func contains(_ offset: Int64) -> Bool {
        let place = place(of: offset)
        return place < ranges.count && ranges[place].contains(offset)
    }

    package mutating func add(_ offset: Int64) { add(offset..<offset + 1) }

    /// Offsets of which none is in the set.
    package mutating func add(_ added: Range<Int64>) {
        guard !added.isEmpty else { return }
        count += Int64(added.count)
        if let last = ranges.last, last.upperBound == added.lowerBound {
            ranges[ranges.count - 1] = last.lowerBound..<added.upperBound
            return
        }
        let place = place(of: added.lowerBound)
        let touchesBefore = place > 0 && ranges[place - 1].upperBound == added.lowerBound
        let touchesNext = place < ranges.count && ranges[place].lowerBound == added.upperBound
        switch (touchesBefore, touchesNext) {
        case (true, true):
            ranges[place - 1] = ranges[place - 1].lowerBound..<ranges[place].upperBound
            ranges.remove(at: place)
        case (true, false): ranges[place - 1] = ranges[place - 1].lowerBound..<added.upperBound
        case (false, true): ranges[place] = added.lowerBound..<ranges[place].upperBound
        case (false, false):
            guard ranges.count < rangesMax else {
                isWhole = false
                return
            }
            ranges.insert(added, at: place)
        }
    }

    /// - Returns: whether it was there.
    @discardableResult
    package mutating func remove(_ offset: Int64) -> Bool {
        let place = place(of: offset)
        guard place < ranges.count, ranges[place].contains(offset) else { return false }
        let range = ranges[place]
        count -= 1
        let parts = [range.lowerBound..<offset, offset + 1..<range.upperBound].filter {
            !$0.isEmpty
        }
        ranges.replaceSubrange(place...place, with: parts)
        return true
    }

    /// Whether all of `other` is in the set.
    package func covers(_ other: Range<Int64>) -> Bool {
        guard !other.isEmpty else { return true }
        let place = place(of: other.lowerBound)
        return place < ranges.count && ranges[place].lowerBound <= other.lowerBound
            && ranges[place].upperBound >= other.upperBound
    }

    /// The first range that ends behind `offset`.
    private func place(of offset: Int64) -> Int {
        if let last = ranges.last, last.upperBound <= offset { return ranges.count }
        var (lower, upper) = (0, ranges.count)
        while lower < upper {
            let middle = (lower + upper) / 2
            if ranges[middle].upperBound <= offset { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }
}
