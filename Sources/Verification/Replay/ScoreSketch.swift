/// How scores are spread: counts in bins with fixed bounds, each about 1.5 % of a score wide.
///
/// A value of fixed size, 50 KB; sketches of parts merge in any order to that of the whole.
package struct ScoreSketch: Sendable, Equatable {
    private var bins = [Int64](repeating: 0, count: 2 * positions + 1)
    package private(set) var count: Int64 = 0
    /// Nil without scores.
    package private(set) var lowest: Double?
    package private(set) var highest: Double?

    package init() {}

    /// - Parameter score: finite.
    package mutating func add(_ score: Double) {
        bins[Self.bin(of: score)] += 1
        count += 1
        lowest = min(lowest ?? score, score)
        highest = max(highest ?? score, score)
    }

    package mutating func merge(_ other: ScoreSketch) {
        for index in bins.indices { bins[index] += other.bins[index] }
        count += other.count
        if let low = other.lowest { lowest = min(lowest ?? low, low) }
        if let high = other.highest { highest = max(highest ?? high, high) }
    }

    /// A score of which about this part of all is no higher; nil without scores.
    ///
    /// - Parameter part: 0 … 1; at both ends it is exact.
    package func quantile(_ part: Double) -> Double? {
        guard let lowest, let highest else { return nil }
        if part <= 0 { return lowest }
        if part >= 1 { return highest }
        let wanted = Int64((part * Double(count)).rounded(.up))
        var seen: Int64 = 0
        for (index, number) in bins.enumerated() {
            seen += number
            if seen >= wanted, number > 0 {
                return min(max(Self.middle(of: index), lowest), highest)
            }
        }
        return highest
    }

    /// How many scores lie in each of `bars` equal parts of a range; those outside are in the
    /// outermost.
    package func bars(_ bars: Int, from low: Double, to high: Double) -> [Int64] {
        var found = [Int64](repeating: 0, count: max(1, bars))
        let width = high - low
        for (index, number) in bins.enumerated() where number > 0 {
            let place = width > 0 ? (Self.middle(of: index) - low) / width : 0
            let bar = Int((place * Double(found.count)).rounded(.down).clamped(to: 0...1e6))
            found[min(found.count - 1, bar)] += number
        }
        return found
    }

    // MARK: - Bins

    /// Scores of 2^-24 … 2^24 by amount have bins of their own, 64 between two powers of two; what
    /// is smaller is as good as 0, and what is larger is with the largest.
    private static let exponents: Int64 = 24
    private static let steps: Int64 = 64
    private static let shift: UInt64 = 46
    private static let base: Int64 = (1_023 - exponents) * steps
    private static let positions = Int(2 * exponents * steps)

    static func bin(of score: Double) -> Int {
        let place = Int64(score.magnitude.bitPattern >> shift) - base + 1
        let position = Int(min(max(0, place), Int64(positions)))
        return score < 0 ? positions - position : positions + position
    }

    static func middle(of bin: Int) -> Double {
        let position = abs(bin - positions)
        guard position > 0 else { return 0 }
        let low = Double(bitPattern: UInt64(base + Int64(position) - 1) << shift)
        let high = Double(bitPattern: UInt64(base + Int64(position)) << shift)
        let middle = (low + high) / 2
        return bin < positions ? -middle : middle
    }
}

extension Double {
    fileprivate func clamped(to range: ClosedRange<Double>) -> Double {
        Swift.min(Swift.max(self, range.lowerBound), range.upperBound)
    }
}
