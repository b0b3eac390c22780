import Judge
import Lifecycle

/// A fleet's counts as they grow, and a judge that hears them once in each block.
struct SampleTraffic {
    static let comparison = "0123456789abcdef"

    /// One slot; its counts are cumulative over its incarnation.
    struct Slot {
        var counts: SlotCounts

        init(_ slot: Int, incarnation: String = "a", comparison: String = SampleTraffic.comparison)
        {
            counts = SlotCounts(
                slot: SlotID(group: "g", slot: slot), incarnation: incarnation,
                comparison: comparison, cells: CellCounts())
        }

        mutating func add(
            _ cell: Int, pairs: Int64 = 0, alerts: Int64 = 0, up: Int64 = 0, down: Int64 = 0,
            lost: Int64 = 0, gained: Int64 = 0, isKeyed: Bool = true
        ) {
            for (column, count) in [
                (CellCounts.Column.pairs, pairs), (.alerts, alerts), (.up, up), (.down, down),
                (.lost, lost), (.gained, gained),
            ] {
                counts.cells?[cell, column] += count
            }
            if isKeyed { counts.keyed += pairs }
        }

        /// As many records in each cell.
        mutating func addEverywhere(
            pairs: Int64, alerts: Int64 = 0, up: Int64 = 0, down: Int64 = 0, isKeyed: Bool = true
        ) {
            for cell in 0..<64 {
                add(cell, pairs: pairs, alerts: alerts, up: up, down: down, isKeyed: isKeyed)
            }
        }

        /// Samples of times whose logarithms differ by `slower`.
        mutating func time(_ samples: Int64, slower: Double) {
            let before = counts.stableLogMicros.count
            counts.stableLogMicros = Moments(count: before + samples, mean: 1, squares: 0)
            counts.candidateLogMicros = Moments(
                count: before + samples, mean: 1 + slower, squares: 0)
        }
    }

    var judge: CanaryJudge
    var nowMs: Int64 = 1_764_000_000_000

    init(
        _ settings: JudgeSettings = JudgeSettings(), number: Int = 1, isReversed: Bool = false
    ) {
        judge = CanaryJudge(
            settings, comparison: Self.comparison, number: number, isReversed: isReversed)
    }

    /// Ten seconds later, what the slots say; the report of the block that ended with it.
    @discardableResult
    mutating func block(_ slots: [Slot], feedback: LabelFeedback? = nil) -> JudgeReport? {
        nowMs += JudgeSettings.blockMs
        return judge.tick(nowMs: nowMs, slots.map(\.counts), feedback: feedback)
    }

    /// The same slots for `blocks` blocks, each changed by `change` before it is heard; the report
    /// of the last of them.
    mutating func run(
        _ blocks: Int, _ slots: inout [Slot], _ change: (inout Slot, Int) -> Void
    ) -> JudgeReport? {
        for block in 0..<blocks {
            for index in slots.indices { change(&slots[index], block) }
            self.block(slots)
        }
        return self.block(slots)
    }

    /// Guards that decide after few blocks, by the rest of the defaults.
    static func hasty(pass: Int = 12) -> JudgeSettings {
        var settings = JudgeSettings()
        settings.passBlocks = pass
        return settings
    }

    /// Only these guards are enforced, and required.
    static func only(_ names: String..., pass: Int = 12) -> JudgeSettings {
        var settings = hasty(pass: pass)
        for index in settings.guards.indices {
            let isNamed = names.contains(settings.guards[index].name)
            settings.guards[index].isEnforced = isNamed
            settings.guards[index].isRequired = isNamed
        }
        return settings
    }
}

extension JudgeReport {
    func guardReport(_ name: String) -> GuardReport? { guards.first { $0.rule.name == name } }
}
