/// Offsets as ranges that ascend, apart from one another, made once of any; a value.
struct OffsetSpans: Sendable, Equatable {
    let ranges: [Range<Int64>]

    /// Sorts them once: n log n, however they lie and overlap.
    init(_ any: [Range<Int64>]) {
        var merged: [Range<Int64>] = []
        for range in any.sorted(by: { $0.lowerBound < $1.lowerBound }) where !range.isEmpty {
            if let last = merged.last, last.upperBound >= range.lowerBound {
                guard range.upperBound > last.upperBound else { continue }
                merged[merged.count - 1] = last.lowerBound..<range.upperBound
            } else {
                merged.append(range)
            }
        }
        ranges = merged
    }

    /// Whether all of a range is among them; an empty one is.
    func covers(_ range: Range<Int64>) -> Bool {
        guard !range.isEmpty else { return true }
        let place = ranges.firstEnding(behind: range.lowerBound)
        return place < ranges.count && ranges[place].lowerBound <= range.lowerBound
            && ranges[place].upperBound >= range.upperBound
    }

    /// The parts of them that lie in a range, ascending.
    func parts(of range: Range<Int64>) -> some Sequence<Range<Int64>> {
        ranges.parts(of: range)
    }
}

/// Ranges of offsets of which those in any range are counted in logarithmic time; a value.
struct CountedSpans: Sendable {
    private let ranges: [Range<Int64>]
    /// Offsets in all ranges before each.
    private let before: [Int64]

    /// - Parameter ranges: ascending, apart from one another.
    init(_ ranges: [Range<Int64>]) {
        self.ranges = ranges
        var (sum, sums) = (Int64(0), [Int64]())
        sums.reserveCapacity(ranges.count)
        for range in ranges {
            sums.append(sum)
            sum += Int64(range.count)
        }
        before = sums
    }

    func count(in range: Range<Int64>) -> Int64 {
        max(0, count(before: range.upperBound) - count(before: range.lowerBound))
    }

    /// The last of them that lies in a range; nil where none does.
    func lastOffset(in range: Range<Int64>) -> Int64? {
        let place = ranges.partitioningPlace { $0.lowerBound < range.upperBound }
        guard place > 0 else { return nil }
        let last = min(ranges[place - 1].upperBound, range.upperBound) - 1
        return last >= range.lowerBound ? last : nil
    }

    private func count(before offset: Int64) -> Int64 {
        let place = ranges.partitioningPlace { $0.lowerBound < offset }
        guard place > 0 else { return 0 }
        let last = ranges[place - 1]
        return before[place - 1] + min(offset, last.upperBound) - last.lowerBound
    }
}

extension [Range<Int64>] {
    /// The first that ends behind an offset; all ascend, apart from one another.
    func firstEnding(behind offset: Int64) -> Int {
        guard let last, last.upperBound > offset else { return count }
        var (lower, upper) = (0, count)
        while lower < upper {
            let middle = (lower + upper) / 2
            if self[middle].upperBound <= offset { lower = middle + 1 } else { upper = middle }
        }
        return lower
    }

    /// The parts of them that lie in a range; all ascend, apart from one another.
    ///
    /// Looks at those in the range alone.
    func parts(of range: Range<Int64>) -> some Sequence<Range<Int64>> {
        self[firstEnding(behind: range.lowerBound)...].lazy
            .prefix { $0.lowerBound < range.upperBound }
            .map { $0.clamped(to: range) }
            .filter { !$0.isEmpty }
    }
}

extension Range<Int64> {
    /// What is left of it without others, ascending; looks at those in the range alone.
    func without(_ others: OffsetSpans) -> [Range<Int64>] {
        var rest: [Range<Int64>] = []
        var place = lowerBound
        for other in others.parts(of: self) {
            if other.lowerBound > place { rest.append(place..<other.lowerBound) }
            place = other.upperBound
        }
        if place < upperBound { rest.append(place..<upperBound) }
        return rest
    }
}
