/// When how many records are fed, and when the deployment changes: a pure rule.
///
/// Change 0, 1, 2 … comes at 25, 50, 75 % of the records. A change is settled when every slot
/// serves its epoch and a prediction of that epoch was seen on every partition. Until then feeding
/// slows down, so that it neither stops nor runs into the next change.
package struct FeedPlan: Sendable, Equatable {
    package static let changeCount = 3

    package let records: Int
    /// Records a second; 0 is unlimited.
    package let rate: Int

    package init(records: Int, rate: Int) {
        self.records = records
        self.rate = rate
    }

    /// How many records are fed before a change may come; all of them behind the last.
    package func threshold(_ change: Int) -> Int {
        change < Self.changeCount ? records * (change + 1) / (Self.changeCount + 1) : records
    }

    /// Whether the change after `settled` ones may come, as far as the records go.
    package func isDue(fed: Int, settled: Int) -> Bool {
        settled < Self.changeCount && fed >= threshold(settled)
    }

    /// The records a second that may be fed now; infinity is as fast as it goes, 0 is none.
    package func pace(fed: Int, settled: Int) -> Double {
        guard fed < records else { return 0 }
        let full = rate == 0 ? Double.infinity : Double(rate)
        guard isDue(fed: fed, settled: settled) else { return full }
        // Half of the stretch up to the next change is kept for afterwards.
        let ceiling = (threshold(settled) + threshold(settled + 1)) / 2
        guard fed < threshold(settled + 1) - 1 else { return 0 }
        let slowed = Double(ceiling - fed) / Self.slowingSeconds
        return min(full, max(slowed, Self.trickle))
    }

    /// The most that may be fed before the plan is asked again.
    package func limit(settled: Int) -> Int {
        settled < Self.changeCount ? max(threshold(settled), threshold(settled + 1) - 1) : records
    }

    /// In which time a settling change would use up what it may of the records.
    static let slowingSeconds = 1.0
    /// Feeding never falls below it, in records a second.
    static let trickle = 5.0
}

/// Turns a pace into numbers of records: a credit that grows with time.
package struct Pacer: Sendable {
    private let plan: FeedPlan
    private var credit = 0.0
    private var lastNs: UInt64?

    package init(_ plan: FeedPlan) { self.plan = plan }

    /// How many records may be fed at `nowNs` of a monotonic clock, at most `most`.
    ///
    /// Time in which nothing could be fed is made up for, up to `creditSeconds` of it.
    package mutating func grant(nowNs: UInt64, fed: Int, settled: Int, most: Int) -> Int {
        let elapsed = lastNs.map { nowNs > $0 ? Double(nowNs - $0) / 1e9 : 0 } ?? 0
        lastNs = nowNs
        let pace = plan.pace(fed: fed, settled: settled)
        guard pace > 0 else {
            credit = 0
            return 0
        }
        let room = min(most, boundary(fed: fed, settled: settled) - fed)
        guard pace.isFinite else { return max(0, room) }
        credit = min(credit + pace * elapsed, max(1, pace * Self.creditSeconds))
        return max(0, min(room, Int(credit)))
    }

    /// Takes `count` fed records off the credit.
    package mutating func spend(_ count: Int) { credit = max(0, credit - Double(count)) }

    /// Where the pace changes next, so that a grant does not reach beyond it.
    private func boundary(fed: Int, settled: Int) -> Int {
        guard settled < FeedPlan.changeCount else { return plan.records }
        let threshold = plan.threshold(settled)
        return fed < threshold ? threshold : plan.limit(settled: settled)
    }

    private static let creditSeconds = 0.5
}
