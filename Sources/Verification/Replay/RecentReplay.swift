import Kafka
package import Lifecycle
import Platform
import Scoring

/// How much of an input is asked about at most.
package struct RecentBounds: Sendable, Equatable {
    /// Records of all partitions together.
    package var records: Int64 = 20_000
    /// Bytes of their values; the record at which they are passed is read still.
    package var bytes: Int64 = 64 << 20
    package var milliseconds = 10_000

    package init() {}
}

/// What came of asking two versions about the newest records of an input.
package struct RecentReplayReport: Sendable {
    package let tally: ReplayTally
    /// Why not all records were asked about that the bound of records allows; nil where they were.
    package let cut: String?
}

/// Asks two versions about the newest records of an input, within bounds: for who looks at a trial
/// while it is at work.
///
/// One thread, which it blocks. Nothing of the service or its group is touched.
package struct RecentReplay {
    private let access: StreamAccess
    private let plan: ReplayPlan
    private let bounds: RecentBounds

    package init(_ access: StreamAccess, _ plan: ReplayPlan, _ bounds: RecentBounds) {
        self.access = access
        self.plan = plan
        self.bounds = bounds
    }

    /// - Parameter isStopped: asked between two batches.
    /// - Throws: where the input cannot be read; `.unavailable` where it was stopped, or a schema
    ///   does not come.
    package func run(
        isStopped: () -> Bool = { false }
    ) throws(SwerveError) -> RecentReplayReport {
        let act = "reading the newest records of \(plan.topic)"
        let deadline = Deadline(afterMs: bounds.milliseconds)
        let consumer = try access.consumer()
        defer { consumer.close() }
        let counts = try consumer.partitionCounts(of: [plan.topic], timeoutMs: access.timeoutMs)
        guard let partitions = counts[plan.topic], partitions > 0 else {
            throw SwerveError(
                .notFound, act: act, reason: "there is no topic \(plan.topic)",
                remedy: "correct its name in the configuration of the workers",
                problem: Problem(.topicNotFound))
        }
        let scorer = try ReplayScorer(plan)
        let share = max(1, bounds.records / Int64(partitions))
        var cut: String?
        for partition in 0..<Int32(clamping: partitions) {
            cut = reached(scorer, deadline)
            if cut != nil { break }
            cut = try read(partition, atMost: share, consumer, scorer, deadline) {
                () throws(SwerveError) in
                guard isStopped() else { return }
                throw SwerveError(.unavailable, act: act, reason: "it was stopped")
            }
        }
        return RecentReplayReport(tally: scorer.tally, cut: cut)
    }

    private func read(
        _ partition: Int32, atMost share: Int64, _ consumer: RangeConsumer,
        _ scorer: ReplayScorer, _ deadline: Deadline, check: () throws(SwerveError) -> Void
    ) throws(SwerveError) -> String? {
        try check()
        let kept = try consumer.bounds(
            of: plan.topic, partition: partition, timeoutMs: access.timeoutMs)
        let first = max(kept.lowerBound, kept.upperBound - share)
        guard first < kept.upperBound else { return nil }
        let lane = try ReplayLane(
            PartitionSpan(partition: partition, offsets: first..<kept.upperBound, kept: kept),
            of: plan.topic, consumer, timeoutMs: access.timeoutMs, isJudged: false)
        defer { lane.close() }
        while !lane.isDone {
            try check()
            if let cut = reached(scorer, deadline) { return cut }
            try lane.step(scorer, isAnew: false)
        }
        return nil
    }

    private func reached(_ scorer: ReplayScorer, _ deadline: Deadline) -> String? {
        if scorer.bytes >= bounds.bytes {
            return "they have more than \(bounds.bytes >> 20) MB together"
        }
        if deadline.hasPassed {
            return "reading them took longer than \(bounds.milliseconds / 1_000) s"
        }
        return nil
    }
}
