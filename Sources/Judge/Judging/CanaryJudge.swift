import Lifecycle

/// Judges one comparison: whether the candidate's harm is proven above or below what is allowed.
///
/// A value without I/O. `tick` takes what the slots last said; a verdict changes only where a block
/// ends. Counts that cannot be are passed over, and memory is bounded whatever the slots say. Its
/// whole state is `json`, which is written with the rollout at each block's end.
///
/// At the end of each block of 10 s each guard is given the block's table and asked. It has failed,
/// for good, where its evidence of harm comes to 1/`level` behind `failBlocks` blocks with pairs;
/// it passes, asked anew each time, where its evidence of no harm comes to 1/beta behind
/// `passBlocks`, and no more pairs were shed than `coverage` lets. The verdict is fail once an
/// enforced guard has failed; else pass while all that are needed pass, and there are some; else
/// running.
package struct CanaryJudge: Sendable, Equatable {
    package let settings: JudgeSettings
    /// The comparison's id, 16 hexadecimal digits.
    package let comparison: String
    /// Which comparison of its rollout, from 1.
    package let number: Int
    /// After promotion: the new stable version is on trial, and the old one is the shadow.
    package let isReversed: Bool

    var trials: [Trial]
    var slots: [SlotID: HeardSlot] = [:]
    /// The block that is open; nil before the first tick.
    var block: Int64?
    var open = OpenBlock()
    /// What the labels said so far that were counted; nil where none came.
    package internal(set) var lastFeedback: LabelFeedback?
    package internal(set) var verdict = Verdict.running
    /// The enforced guard that failed first.
    package internal(set) var reason: String?
    /// Of this comparison: records both versions scored, records shed, records with a key.
    package internal(set) var pairs: Int64 = 0
    package internal(set) var shed: Int64 = 0
    package internal(set) var keyed: Int64 = 0
    /// How often counts went back, and began anew from there.
    package internal(set) var rebased: Int64 = 0
    /// Blocks that are over and had pairs.
    package internal(set) var blocks: Int64 = 0
    /// In the newest tick: slots whose workers count no cells, and slots whose counts cannot be.
    package internal(set) var oldSlots = 0
    package internal(set) var refusedSlots = 0

    package enum Verdict: String, Sendable, CaseIterable {
        case running, pass, fail
    }

    /// A guard with what it knows.
    struct Trial: Sendable, Equatable {
        let rule: Guard
        var evidence: Evidence
        /// The block at whose end it failed.
        var failedAt: Int64?

        init(_ rule: Guard) {
            self.rule = rule
            evidence = Evidence(
                rule.kind, rel: rule.rel, abs: rule.abs, hasCells: rule.hasCells)
        }
    }

    /// - Parameters:
    ///   - settings: with margins as `Guard.refusal` allows them.
    ///   - number: 1 or more.
    package init(
        _ settings: JudgeSettings, comparison: String, number: Int = 1, isReversed: Bool = false
    ) {
        precondition(number >= 1, "comparisons count from 1")
        self.settings = settings
        self.comparison = comparison
        self.number = number
        self.isReversed = isReversed
        trials = settings.guards.map(Trial.init)
    }

    /// The level of each enforced guard for a fail.
    package var level: Double { settings.level(comparison: number) }

    /// Takes the newest record of each slot, and the labels so far.
    ///
    /// A block ends with the first tick in a later one, before that tick's records are counted; a
    /// clock that steps back ends nothing.
    /// - Parameter nowMs: the judge's clock, in milliseconds since 1970.
    /// - Returns: a report where a block ended.
    package mutating func tick(
        nowMs: Int64, _ heard: [SlotCounts], feedback: LabelFeedback? = nil
    ) -> JudgeReport? {
        let now = Self.block(of: nowMs)
        let isLater = block.map { now > $0 } ?? true
        var report: JudgeReport?
        if let block, isLater { report = close(block) }
        if isLater { block = now }
        oldSlots = 0
        refusedSlots = 0
        for slot in heard { hear(slot) }
        if let feedback { take(feedback) }
        return report
    }

    static func block(of nowMs: Int64) -> Int64 {
        let block = nowMs / JudgeSettings.blockMs
        return nowMs % JudgeSettings.blockMs < 0 ? block - 1 : block
    }

    /// Counts what a slot's record has more than the one before it.
    ///
    /// A slot with another comparison, or none, is forgotten: it may be behind, or ahead. Of one
    /// that is new, or another incarnation, all counts of the comparison count, and its figures of
    /// times and scores from the next record on, since they are older than the comparison. Where a
    /// count went back, nothing counts, and it goes on from there.
    private mutating func hear(_ counts: SlotCounts) {
        guard counts.isSensible else {
            refusedSlots += 1
            return
        }
        guard counts.comparison == comparison else {
            slots[counts.slot] = nil
            return
        }
        guard let cells = counts.cells else {
            oldSlots += 1
            return
        }
        guard let known = slots[counts.slot], known.last.incarnation == counts.incarnation else {
            guard slots.count < Self.slotsMax || slots[counts.slot] != nil else {
                refusedSlots += 1
                return
            }
            // Counts of a comparison begin at 0 with each incarnation; figures of a version do not.
            count(counts, cells, since: nil)
            slots[counts.slot] = HeardSlot(last: counts)
            return
        }
        guard !counts.wentBack(from: known.last) else {
            rebased = StatusCount.sum(rebased, 1)
            slots[counts.slot]?.last = counts
            return
        }
        count(counts, cells, since: known.last)
        slots[counts.slot]?.votes.add(counts, since: known.last)
        slots[counts.slot]?.last = counts
    }

    private mutating func count(
        _ counts: SlotCounts, _ cells: CellCounts, since before: SlotCounts?
    ) {
        open.cells.add(cells, since: before?.cells)
        pairs = StatusCount.sum(pairs, cells.pairs - (before?.cells?.pairs ?? 0))
        shed = StatusCount.sum(shed, counts.shed - (before?.shed ?? 0))
        keyed = StatusCount.sum(keyed, counts.keyed - (before?.keyed ?? 0))
    }

    private mutating func take(_ feedback: LabelFeedback) {
        let last = lastFeedback ?? LabelFeedback()
        if !open.normal.add(feedback.normal, since: last.normal) {
            rebased = StatusCount.sum(rebased, 1)
        }
        if !open.attack.add(feedback.attack, since: last.attack) {
            rebased = StatusCount.sum(rebased, 1)
        }
        lastFeedback = feedback
    }

    /// Over all groups of a fleet: so many fit a state that is read back.
    static let slotsMax = Limits.slots
}
