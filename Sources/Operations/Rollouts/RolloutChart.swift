import Judge
package import Lifecycle

/// How the evidence of a comparison grew, block by block: what plots are drawn of.
///
/// Bounded: where it is full, every second point is left out, and from then on every second block.
package struct RolloutChart: Sendable, Equatable {
    /// A guard at the end of a block; numbers a record, evidence as a part of what is needed.
    package struct Mark: Sendable, Equatable {
        package let change: Double?
        package let low: Double
        package let high: Double
        package let allowance: Double?
        package let harm: Double
        package let proof: Double

        init(
            change: Double?, low: Double, high: Double, allowance: Double?, harm: Double,
            proof: Double
        ) {
            self.change = change
            self.low = low
            self.high = high
            self.allowance = allowance
            self.harm = harm
            self.proof = proof
        }
    }

    package struct Point: Sendable, Equatable {
        package let atMs: Int64
        package let pairs: Int64
        /// In the order of `names`; nil where a guard has counted nothing.
        package let marks: [Mark?]
    }

    package private(set) var names: [String] = []
    package private(set) var points: [Point] = []
    /// Blocks from one point to the next.
    private var stride: Int64 = 1

    package init() {}

    mutating func add(_ report: JudgeReport) {
        let told = report.guards.map(\.rule.name)
        if told != names { self = RolloutChart(names: told) }
        guard report.block % stride == 0 || points.isEmpty else { return }
        points.append(
            Point(
                atMs: (report.block + 1) * JudgeSettings.blockMs, pairs: report.pairs,
                marks: report.guards.map(Self.mark)))
        guard points.count > Self.pointsMax else { return }
        points = points.enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element)
        stride *= 2
    }

    private init(names: [String]) { self.names = names }

    private static func mark(_ report: JudgeReport.GuardReport) -> Mark? {
        guard report.records > 0 else { return nil }
        let bounds = report.bounds
        return Mark(
            change: report.change, low: bounds.low, high: bounds.high,
            allowance: report.allowance, harm: report.logFail / report.failNeeds,
            proof: report.logPass / report.passNeeds)
    }

    static let pointsMax = 240
}

extension RolloutChart {
    package var json: JSONValue {
        [
            "names": .array(names.map { .string($0) }), "stride": .int(stride),
            "points": .array(
                points.map { point in
                    .array([.int(point.atMs), .int(point.pairs)] + point.marks.map(Self.document))
                }),
        ]
    }

    private static func document(_ mark: Mark?) -> JSONValue {
        guard let mark else { return .null }
        let numbers = [mark.change, mark.low, mark.high, mark.allowance, mark.harm, mark.proof]
        return .array(numbers.map { $0.map { .double(rounded($0)) } ?? .null })
    }

    /// To a millionth: no plot shows more.
    private static func rounded(_ value: Double) -> Double {
        guard value.magnitude < 1e9 else { return value > 0 ? 1e9 : -1e9 }
        return (value * 1e6).rounded() / 1e6
    }

    /// What does not read back is left out: plots are no evidence.
    package init(_ json: JSONValue?) {
        names = (json?["names"]?.array ?? []).prefix(JudgeSettings.guardsMax)
            .compactMap(\.string)
        stride = max(1, min(Int64(json?["stride"]?.int ?? 1), 1 << 20))
        for value in (json?["points"]?.array ?? []).prefix(Self.pointsMax + 1) {
            guard let list = value.array, list.count == names.count + 2, let atMs = list[0].int,
                let pairs = list[1].int
            else { continue }
            points.append(
                Point(
                    atMs: Int64(atMs), pairs: Int64(pairs),
                    marks: list.dropFirst(2).map(Self.mark)))
        }
    }

    private static func mark(_ json: JSONValue) -> Mark? {
        guard let numbers = json.array?.map(\.double), numbers.count == 6, let low = numbers[1],
            let high = numbers[2], let harm = numbers[4], let proof = numbers[5]
        else { return nil }
        return Mark(
            change: numbers[0], low: low, high: high, allowance: numbers[3], harm: harm,
            proof: proof)
    }
}
