/// How many measurements lie in each of a row of buckets, and their sum: a histogram as it is told.
package struct BucketCounts: Sendable, Equatable {
    /// The inclusive upper bounds, ascending and finite; the last bucket has none.
    package let bounds: [Double]
    /// One more than the bounds; none is negative.
    package let counts: [Int64]
    package let sum: Double

    /// Nil for what is no histogram, or too long for one.
    package init?(bounds: [Double], counts: [Int64], sum: Double) {
        guard counts.count == bounds.count + 1, counts.count <= Self.bucketsMax,
            counts.allSatisfy(StatusCount.isSensible), sum.isFinite,
            bounds.allSatisfy(\.isFinite), zip(bounds, bounds.dropFirst()).allSatisfy({ $0 < $1 })
        else { return nil }
        self.bounds = bounds
        self.counts = counts
        self.sum = sum
    }

    package var count: Int64 { counts.reduce(0, StatusCount.sum) }

    package static let bucketsMax = 64

    package var json: JSONValue {
        [
            "bounds": .array(bounds.map { .double($0) }),
            "counts": .array(counts.map { .int($0) }), "sum": .double(sum),
        ]
    }

    package init?(_ json: JSONValue?) {
        guard let bounds = json?["bounds"]?.array, let counts = json?["counts"]?.array,
            bounds.count < Self.bucketsMax, counts.count <= Self.bucketsMax,
            let sum = json?["sum"]?.double
        else { return nil }
        let numbers = bounds.compactMap(\.double)
        let whole = counts.compactMap { $0.int.map(Int64.init) }
        guard numbers.count == bounds.count, whole.count == counts.count else { return nil }
        self.init(bounds: numbers, counts: whole, sum: sum)
    }
}

/// The bounds of a distribution of scores, taken from what a version says of its golden inputs.
package enum ScoreBounds {
    package static let countMax = 10

    /// The quantiles of `scores` at tenths, the largest among them; equal ones once, ascending.
    ///
    /// Those that are not finite are left out; empty where there is none.
    package static func quantiles(of scores: [Double]) -> [Double] {
        let sorted = scores.filter(\.isFinite).sorted()
        guard !sorted.isEmpty else { return [] }
        var bounds: [Double] = []
        for tenth in 1...countMax {
            let rank = (sorted.count * tenth + countMax - 1) / countMax
            let value = sorted[max(rank, 1) - 1]
            if value != bounds.last { bounds.append(value) }
        }
        return bounds
    }
}
