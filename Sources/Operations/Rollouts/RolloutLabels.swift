package import Judge
package import Lifecycle

/// Labels that come later, as a rollout hears of them; conformed to where streams are read.
package protocol RolloutLabels: AnyObject {
    /// What they say of a deployment's pair of versions so far: for one comparison it grows only at
    /// its end, also over restarts of a process.
    ///
    /// Called once a second, and waits for nothing.
    /// - Returns: nil before all that is there was read.
    func records(on deployment: Deployment) -> [LabelledRecord]?

    /// What there is to tell of them since the last time: what is left out, and what keeps them
    /// from being read.
    func news() -> [String]
}

/// How labels are handed to the judge: what is new at once, and a heap of them in portions.
///
/// The judge measures from block to block how much records say over again, and of one block it
/// learns nothing. So those that are there already come in the order in which they were met, over
/// `blocks` blocks.
///
/// Never less than the judge has counted: it counts from there anew, and what comes after would
/// count twice. So a loop behind another, and one whose labels are fewer than they were, hand over
/// nothing until they have all that was counted.
struct LabelPortions {
    private let comparison: String
    private let isReversed: Bool
    private var handed: Int
    private var block: Int64?
    private var portion = 0
    /// Whether there are fewer labels than were counted.
    private(set) var isBehind = false

    /// - Parameter known: how many there are now.
    init(for judge: CanaryJudge, known: Int) {
        comparison = judge.comparison
        isReversed = judge.isReversed
        // A judge that has counted some does not say which: all of them come, and it counts the
        // difference.
        handed = judge.lastFeedback == nil ? 0 : known
    }

    func isFor(_ judge: CanaryJudge) -> Bool {
        judge.comparison == comparison && judge.isReversed == isReversed
    }

    /// - Parameter counted: what the judge has counted; nil for nothing.
    /// - Returns: nil where there is less than that.
    mutating func feedback(
        _ records: [LabelledRecord], nowMs: Int64, counted: LabelFeedback?
    ) -> LabelFeedback? {
        let now = nowMs / JudgeSettings.blockMs
        if block.map({ now > $0 }) ?? true {
            block = now
            let waiting = records.count - min(handed, records.count)
            portion = max(portion, max(Self.least, (waiting + Self.blocks - 1) / Self.blocks))
            if waiting == 0 { portion = 0 }
            handed = min(records.count, handed + portion)
        }
        let feedback = LabelFeedback(records.prefix(handed))
        isBehind = false
        guard let counted, !feedback.hasAll(of: counted) else { return feedback }
        guard let least = Self.number(of: records, having: counted) else {
            isBehind = true
            return nil
        }
        handed = max(handed, least)
        return LabelFeedback(records.prefix(handed))
    }

    /// How many of the first have all that was counted; nil where all of them have less.
    private static func number(
        of records: [LabelledRecord], having counted: LabelFeedback
    ) -> Int? {
        var missing = counted.normal.numbers + counted.attack.numbers
        var kinds = missing.count { $0 > 0 }
        for (index, record) in records.enumerated() where kinds > 0 {
            let kind = (record.isAttack ? LabelCounts.count : 0) + record.outcome
            missing[kind] -= 1
            if missing[kind] == 0 { kinds -= 1 }
            if kinds == 0 { return index + 1 }
        }
        return kinds == 0 ? 0 : nil
    }

    private static let blocks = 64
    private static let least = 16
}

extension LabelFeedback {
    /// Whether no count is below the other's.
    func hasAll(of other: LabelFeedback) -> Bool {
        zip(normal.numbers + attack.numbers, other.normal.numbers + other.attack.numbers)
            .allSatisfy { $0 >= $1 }
    }
}
