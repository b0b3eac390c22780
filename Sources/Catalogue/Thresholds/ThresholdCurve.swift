/// What each threshold does to a sample of scores: an alert is a score above the threshold.
///
/// Equal scores are on one side together, so there are only as many cuts as different scores, and
/// one more.
package struct ThresholdCurve: Sendable {
    /// A threshold, and what it does.
    package struct Point: Sendable, Equatable {
        package let threshold: Double
        /// Requests above it, whatever is known of them.
        package let alerts: Int
        package let truePositives: Int
        package let falsePositives: Int
    }

    /// A place between two different scores, or at either end.
    struct Cut {
        /// The highest score that is no alert; nil where all are.
        let below: Double?
        /// The lowest that is one; nil where none is.
        let above: Double?
        let alerts: Int
        let truePositives: Int
        let falsePositives: Int
    }

    // Each in descending order.
    private let ofPositives: [Double]
    private let ofNegatives: [Double]
    private let ofUnknown: [Double]

    package init(_ sample: ScoreSample) {
        ofPositives = sample.positives.sorted(by: >)
        ofNegatives = sample.negatives.sorted(by: >)
        ofUnknown = sample.unknown.sorted(by: >)
    }

    package var count: Int { positives + negatives + ofUnknown.count }
    /// Requests that are known to be of the class.
    package var positives: Int { ofPositives.count }
    package var negatives: Int { ofNegatives.count }

    /// What any threshold does.
    package func point(at threshold: Double) -> Point {
        let truePositives = Self.above(threshold, in: ofPositives)
        let falsePositives = Self.above(threshold, in: ofNegatives)
        return Point(
            threshold: threshold,
            alerts: truePositives + falsePositives + Self.above(threshold, in: ofUnknown),
            truePositives: truePositives, falsePositives: falsePositives)
    }

    /// Thresholds over the whole range, the highest first: at most so many alerts as 1, 2, 5 …
    /// of 10,000 requests, and the first that gives any.
    package func overview() -> [Point] {
        var targets = Self.shares.map { Int(Double(count) * $0) }[...]
        var points: [Point] = []
        var last: Cut?
        forEachCut { cut in
            if last?.alerts == 0 {
                points.append(point(of: cut))
                targets = targets.drop { $0 <= cut.alerts }
            }
            while let target = targets.first, cut.alerts > target {
                if let last, last.alerts > points.last?.alerts ?? 0 {
                    points.append(point(of: last))
                }
                targets.removeFirst()
            }
            last = cut
            return true
        }
        if let last, last.alerts > points.last?.alerts ?? 0 { points.append(point(of: last)) }
        return points
    }

    private static let shares = [
        0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1,
    ]

    /// Calls `body` with each cut, from no alerts to nothing but alerts, until it answers false.
    func forEachCut(_ body: (Cut) -> Bool) {
        var places = (positive: 0, negative: 0, unknown: 0)
        var above: Double?
        while true {
            let below = [
                Self.at(places.positive, in: ofPositives),
                Self.at(places.negative, in: ofNegatives),
                Self.at(places.unknown, in: ofUnknown),
            ].compactMap(\.self).max()
            let cut = Cut(
                below: below, above: above,
                alerts: places.positive + places.negative + places.unknown,
                truePositives: places.positive, falsePositives: places.negative)
            guard body(cut), let below else { return }
            Self.skip(below, in: ofPositives, &places.positive)
            Self.skip(below, in: ofNegatives, &places.negative)
            Self.skip(below, in: ofUnknown, &places.unknown)
            above = below
        }
    }

    func point(of cut: Cut) -> Point {
        Point(
            threshold: Self.threshold(from: cut.below, below: cut.above), alerts: cut.alerts,
            truePositives: cut.truePositives, falsePositives: cut.falsePositives)
    }

    /// A number that is not below `low` and is below `high`: near their middle, with as few digits
    /// behind the point as there is room for.
    static func threshold(from low: Double?, below high: Double?) -> Double {
        guard let high else { return low ?? 0 }
        let low = low ?? max(high - max(1, high.magnitude), -.greatestFiniteMagnitude)
        guard low < high else { return -.greatestFiniteMagnitude }
        let middle = low / 2 + high / 2
        var power = 1.0
        for _ in 0..<digitsMax {
            let rounded = (middle * power).rounded() / power
            if rounded.isFinite, low <= rounded, rounded < high {
                return rounded == 0 ? 0 : rounded
            }
            power *= 10
        }
        return low <= middle && middle < high ? middle : low
    }

    private static let digitsMax = 17

    private static func at(_ place: Int, in scores: [Double]) -> Double? {
        place < scores.count ? scores[place] : nil
    }

    private static func skip(_ score: Double, in scores: [Double], _ place: inout Int) {
        while place < scores.count, scores[place] == score { place += 1 }
    }

    /// How many are above `threshold`, of scores in descending order.
    private static func above(_ threshold: Double, in scores: [Double]) -> Int {
        var range = 0..<scores.count
        while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
            range =
                scores[middle] > threshold
                ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return range.lowerBound
    }
}
