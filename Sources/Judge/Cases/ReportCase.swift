import Lifecycle

/// A whole judge, tick by tick: cells that a record does not list are as in its incarnation's last.
struct ReportCase {
    private struct Incarnation: Hashable {
        var slot: SlotID
        var incarnation: String
        var comparison: String
    }

    private var judge: CanaryJudge
    private var said: [Incarnation: CellCounts] = [:]

    static func outs(_ tree: TreeReader) throws(SwerveError) -> [JSONValue] {
        var run = ReportCase(judge: try judge(try tree.object("config")))
        let ticks = try tree.objects("ticks", atMost: JudgeCase.stepsMax)
        var outs: [JSONValue] = []
        for tick in ticks {
            let report = try run.tick(tick)
            guard report != nil || tick.has("out") else { continue }
            outs.append(report?.outcome ?? .null)
        }
        return outs
    }

    private static func judge(_ config: TreeReader) throws(SwerveError) -> CanaryJudge {
        try config.allow([
            "comparison", "number", "reversed", "alpha", "beta", "coverage", "fail_blocks",
            "pass_blocks", "guards",
        ])
        let settings = try JudgeSettings(config)
        let comparison =
            config.has("comparison")
            ? try config.string("comparison", bytes: SlotCounts.nameBytes) : ""
        let number =
            config.has("number") ? try config.integer("number", in: 1...StatusCount.largest) : 1
        return CanaryJudge(
            settings, comparison: comparison, number: Int(number),
            isReversed: config.has("reversed") ? try config.flag("reversed") : false)
    }

    private mutating func tick(_ tree: TreeReader) throws(SwerveError) -> JudgeReport? {
        var slots: [SlotCounts] = []
        for slot in try tree.objects("slots", atMost: Limits.slots) {
            slots.append(try counts(slot))
        }
        let feedback =
            tree.value("feedback") == nil
            ? nil : try LabelFeedback(try tree.object("feedback"))
        let nowMs = try tree.integer("now_ms", in: -StatusCount.largest...StatusCount.largest)
        return judge.tick(nowMs: nowMs, slots, feedback: feedback)
    }

    private mutating func counts(_ tree: TreeReader) throws(SwerveError) -> SlotCounts {
        let place = Incarnation(
            slot: SlotID(group: "", slot: Int(try tree.integer("slot"))),
            incarnation: try tree.string("incarnation", bytes: SlotCounts.nameBytes),
            comparison: tree.value("comparison") == nil
                ? "" : try tree.string("comparison", bytes: SlotCounts.nameBytes))
        var cells = said[place] ?? CellCounts()
        for row in try tree.rows("cells", of: 1 + CellCounts.columnCount) {
            for column in CellCounts.Column.allCases {
                cells[row.cell, column] = row.numbers[column.rawValue]
            }
        }
        guard said[place] != nil || said.count < Self.incarnationsMax else {
            throw tree.refusal("more than \(Self.incarnationsMax) incarnations in one case")
        }
        said[place] = cells
        var counts = SlotCounts(
            slot: place.slot, incarnation: place.incarnation, comparison: place.comparison,
            cells: cells)
        counts.shed = try tree.integer("shed")
        counts.keyed = try tree.integer("keyed")
        counts.stableLogMicros = try tree.moments("stable_log_us")
        counts.candidateLogMicros = try tree.moments("candidate_log_us")
        counts.scoreDifference = try tree.moments("score_difference")
        counts.stableScore = try tree.moments("stable_score")
        return counts
    }

    /// Each costs 3 KB.
    private static let incarnationsMax = 1 << 14
}
