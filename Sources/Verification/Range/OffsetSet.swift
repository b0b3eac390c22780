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

    /// Offsets that are in `ranges`.
    var keptCount: Int64 { ranges.reduce(0) { $0 + Int64($1.count) } }

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

    /// Takes many out at once: n log n, where each by itself moves all behind it.
    package mutating func remove(_ offsets: [Int64]) { remove(offsets.map { $0..<$0 + 1 }) }

    /// The same for many ranges.
    mutating func remove(_ others: [Range<Int64>]) {
        guard !others.isEmpty else { return }
        let gone = OffsetSpans(others)
        let before = keptCount
        ranges = ranges.flatMap { $0.without(gone) }
        count -= before - keptCount
    }

    /// Gives back the memory that more ranges would take.
    mutating func trim() {
        let kept = ranges
        ranges = []
        ranges.reserveCapacity(kept.count)
        ranges += kept
    }

    /// The first range that ends behind `offset`.
    private func place(of offset: Int64) -> Int { ranges.firstEnding(behind: offset) }
}
