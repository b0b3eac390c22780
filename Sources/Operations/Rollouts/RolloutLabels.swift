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
struct LabelPortions {
    private let comparison: String
    private let isReversed: Bool
    private var handed: Int
    private var block: Int64?
    private var portion = 0

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

    mutating func feedback(_ records: [LabelledRecord], nowMs: Int64) -> LabelFeedback {
        let now = nowMs / JudgeSettings.blockMs
        if block.map({ now > $0 }) ?? true {
            block = now
            let waiting = records.count - min(handed, records.count)
            portion = max(portion, max(Self.least, (waiting + Self.blocks - 1) / Self.blocks))
            if waiting == 0 { portion = 0 }
            handed = min(records.count, handed + portion)
        }
        return LabelFeedback(records.prefix(handed))
    }

    private static let blocks = 64
    private static let least = 16
}
