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
