import Kafka
import Lifecycle
import Platform

/// The partitions of a replay, shared out among threads.
///
/// Where two versions are compared, all partitions are read side by side and the one that is
/// furthest back in time is read first, since the judge is shown blocks of all partitions in the
/// order of time. A version alone is read partition by partition.
struct ReplayThreads {
    private let access: StreamAccess
    private let plan: ReplayPlan
    private let spans: [PartitionSpan]
    let count: Int

    init(
        _ access: StreamAccess, _ plan: ReplayPlan, _ spans: [PartitionSpan]
    ) throws(SwerveError) {
        self.access = access
        self.plan = plan
        self.spans = spans.filter { !$0.offsets.isEmpty }
        count = max(1, min(access.threads, self.spans.count))
    }

    private struct State: Sendable {
        var shares: PartitionShares
        var tally: ReplayTally?
        var lanes = LaneSummary()
    }

    /// What the threads share, behind locks that are taken once for some hundred records.
    private final class Shared: Sendable {
        let state: Guarded<State>
        /// Of no use where a version is alone.
        let ledger: Guarded<BlockLedger>
        let wanted: Int64

        init(_ ledger: BlockLedger, partitions: Int, wanted: Int64) {
            state = Guarded(State(shares: PartitionShares(count: partitions)))
            self.ledger = Guarded(ledger)
            self.wanted = wanted
        }
    }

    /// - Throws: the first error of any thread; the others end with the batch at hand.
    func run(
        into report: inout StreamReplayReport,
        _ progress: @escaping @Sendable (_ read: Int64, _ of: Int64) -> Void
    ) throws(SwerveError) {
        let shared = Shared(
            BlockLedger(JudgedCourse(), partitions: isJudged ? spans.map(\.partition) : []),
            partitions: spans.count, wanted: spans.reduce(0) { $0 + Int64($1.offsets.count) })
        let threads = (0..<count).map { number in
            OSThread(name: "swerve-replay-\(number)") {
                do throws(SwerveError) {
                    try work(number, shared, progress)
                } catch {
                    shared.state.withLock { $0.shares.fail(error) }
                }
            }
        }
        for thread in threads { thread.join() }
        let state = shared.state.withLock { $0 }
        if let error = state.shares.error { throw error }
        if let tally = state.tally { report.tally = tally }
        report.lanes = state.lanes
        // Parts that retention took away whole have no lane.
        for span in report.spans where span.offsets.isEmpty {
            report.lanes.cut += Int64(span.cut?.count ?? 0)
        }
        guard isJudged else { return }
        let ledger = shared.ledger.withLock { $0 }
        report.course = ledger.course
        report.crowded = ledger.crowded
    }

    private func work(
        _ number: Int, _ shared: Shared, _ progress: @Sendable (Int64, Int64) -> Void
    ) throws(SwerveError) {
        let consumer = try access.consumer(
            cursors: isJudged ? max(count, spans.count) : 2 * count)
        defer { consumer.close() }
        let scorer = try ReplayScorer(plan)
        if !isJudged {
            // The next partition is fetched while the one at hand is scored.
            var next = try nextLane(shared, consumer)
            while let lane = next {
                defer { lane.close() }
                next = try nextLane(shared, consumer, spare: count)
                // It was opened while another was read, however long that took.
                var isAnew = true
                while !lane.isDone {
                    guard try step(lane, scorer, shared, progress, isAnew: isAnew) else { return }
                    isAnew = false
                }
                close([lane], shared)
                if next == nil { next = try nextLane(shared, consumer) }
            }
        } else {
            try sideBySide(number, consumer, scorer, shared, progress)
        }
        shared.state.withLock { state in
            if state.tally == nil {
                state.tally = scorer.tally
            } else {
                state.tally?.merge(scorer.tally)
            }
        }
    }

    private func sideBySide(
        _ number: Int, _ consumer: RangeConsumer, _ scorer: ReplayScorer, _ shared: Shared,
        _ progress: @Sendable (Int64, Int64) -> Void
    ) throws(SwerveError) {
        var lanes: [ReplayLane] = []
        for index in stride(from: number, to: spans.count, by: count) {
            lanes.append(try lane(spans[index], consumer))
        }
        let all = lanes
        var last: ReplayLane?
        while let lane = lanes.min(by: { $0.place < $1.place }) {
            let partition = lane.span.partition
            guard shared.ledger.withLock({ $0.mayGo(partition) }) else {
                guard shared.state.withLock({ $0.shares.isWell }) else { return }
                consumer.wait(milliseconds: Self.waitMs)
                last = nil
                continue
            }
            guard try step(lane, scorer, shared, progress, isAnew: last !== lane) else { return }
            last = lane
            if lane.isDone { lanes.removeAll { $0 === lane } }
        }
        close(all, shared)
    }

    private func nextLane(
        _ shared: Shared, _ consumer: RangeConsumer, spare: Int = 0
    ) throws(SwerveError) -> ReplayLane? {
        guard let index = shared.state.withLock({ $0.shares.take(spare: spare) }) else {
            return nil
        }
        return try lane(spans[index], consumer)
    }

    private func lane(
        _ span: PartitionSpan, _ consumer: RangeConsumer
    ) throws(SwerveError) -> ReplayLane {
        try ReplayLane(
            span, of: plan.topic, consumer, timeoutMs: access.timeoutMs,
            isJudged: isJudged)
    }

    /// - Returns: false where another thread has failed.
    private func step(
        _ lane: ReplayLane, _ scorer: ReplayScorer, _ shared: Shared,
        _ progress: @Sendable (Int64, Int64) -> Void, isAnew: Bool
    ) throws(SwerveError) -> Bool {
        // Offsets, not records: what retention takes away meanwhile is behind the lane too.
        let before = lane.passed
        try lane.step(scorer, isAnew: isAnew)
        if isJudged { shared.ledger.withLock { lane.report(to: &$0) } }
        let fresh = lane.passed - before
        let (read, isWell) = shared.state.withLock { state in
            (state.shares.told(fresh), state.shares.isWell)
        }
        progress(read, shared.wanted)
        return isWell
    }

    private func close(_ lanes: [ReplayLane], _ shared: Shared) {
        for lane in lanes {
            lane.close()
            let summary = lane.summary
            shared.state.withLock { $0.lanes.merge(summary) }
        }
    }

    private var isJudged: Bool { plan.second != nil }

    private static let waitMs: Int32 = 5
}
