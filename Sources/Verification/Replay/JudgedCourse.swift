package import Judge
import Lifecycle

/// What the judge would have said of a candidate that had run as a shadow over all of the records,
/// block by block.
///
/// A value. The guards that a replay knows nothing of are left out: times, which are those of this
/// machine, and labels and scores, which are told apart from it.
package struct JudgedCourse: Sendable, Equatable {
    /// A moment of it, for a plot.
    package struct Point: Sendable, Equatable {
        package let block: Int64
        package let pairs: Int64
        /// Of the evidence that is needed, the part that is there: of the guard nearest to a fail,
        /// and of the one furthest from a pass.
        package let fail: Double
        package let pass: Double
    }

    /// When a verdict came.
    package struct Turn: Sendable, Equatable {
        package let verdict: CanaryJudge.Verdict
        package let atMs: Int64
        package let pairs: Int64
        package let reason: String?
    }

    private var judge: CanaryJudge
    private let slot = SlotID(group: "replay", slot: 0)
    private var cells = CellCounts()
    private var keyed: Int64 = 0
    private var last: Int64?
    /// What the judge said last; nil before a block has ended.
    package private(set) var report: JudgeReport?
    /// The first pass or fail, with which a rollout would have gone on or back.
    package private(set) var turn: Turn?
    package private(set) var points: [Point] = []
    private var stride: Int64 = 1
    private var ended: Int64 = 0

    package init(_ settings: JudgeSettings = Self.settings) {
        judge = CanaryJudge(settings, comparison: Self.comparison)
    }

    /// The defaults, without the guards that a replay cannot feed.
    package static var settings: JudgeSettings {
        var settings = JudgeSettings()
        settings.guards = settings.guards.filter {
            [.alerts, .incidents, .errors].contains($0.source)
        }
        return settings
    }

    /// Takes a finished block, later than those before it.
    mutating func take(_ table: BlockTable, block: Int64) {
        table.add(to: &cells)
        keyed += table.keyed
        var counts = SlotCounts(
            slot: slot, incarnation: Self.comparison, comparison: Self.comparison, cells: cells)
        counts.keyed = keyed
        note(judge.tick(nowMs: Self.ms(of: block), [counts]))
        last = block
    }

    mutating func finish() {
        guard let last else { return }
        note(judge.tick(nowMs: Self.ms(of: last + 1), []))
    }

    private mutating func note(_ found: JudgeReport?) {
        guard let found else { return }
        report = found
        if turn == nil, found.verdict != .running {
            turn = Turn(
                verdict: found.verdict, atMs: Self.ms(of: found.block + 1), pairs: found.pairs,
                reason: found.reason)
        }
        ended += 1
        guard ended % stride == 0 else { return }
        points.append(Self.point(found))
        guard points.count >= Self.pointsMax else { return }
        points = points.indices.filter { $0 % 2 == 1 }.map { points[$0] }
        stride *= 2
    }

    private static func point(_ report: JudgeReport) -> Point {
        var (fail, pass) = (0.0, Double.infinity)
        for one in report.guards {
            if one.rule.isEnforced { fail = max(fail, one.logFail / one.failNeeds) }
            if one.rule.isNeeded { pass = min(pass, one.logPass / one.passNeeds) }
        }
        return Point(
            block: report.block, pairs: report.pairs, fail: max(0, fail),
            pass: max(0, pass.isFinite ? pass : 0))
    }

    /// Times beyond what a clock can say are held at its ends.
    private static func ms(of block: Int64) -> Int64 {
        let (ms, overflow) = block.multipliedReportingOverflow(by: JudgeSettings.blockMs)
        return overflow ? (block < 0 ? .min : .max) : ms
    }

    private static let comparison = "replay"
    private static let pointsMax = 512
}
