import Kafka
import Lifecycle
import Platform

/// The partitions of an audit, shared out among threads: each takes the next one that is left, and
/// has a second thread compute scores while it reads.
struct AuditThreads {
    private let access: StreamAccess
    private let plan: PartitionWalk.Plan
    private let shelf: ScorerShelf

    init(_ access: StreamAccess, _ plan: PartitionWalk.Plan, _ shelf: ScorerShelf) {
        self.access = access
        self.plan = plan
        self.shelf = shelf
    }

    /// What the threads share, behind one lock that is taken once for some hundred records.
    private struct State: Sendable {
        var shares: PartitionShares
        var conclusion: StreamConclusion
    }

    private final class Shared: Sendable {
        let state: Guarded<State>

        init(partitions: Int) {
            state = Guarded(
                State(
                    shares: PartitionShares(count: partitions),
                    conclusion: StreamConclusion(partitions: partitions)))
        }

        func take(spare: Int) -> Int? { state.withLock { $0.shares.take(spare: spare) } }

        func done(_ outcome: PartitionOutcome) {
            state.withLock { $0.conclusion.add(outcome) }
        }

        func scored(_ found: (counts: AuditCounts, findings: AuditFindings)) {
            state.withLock { $0.conclusion.add(found.counts, found.findings) }
        }

        func failed(_ error: SwerveError) {
            state.withLock { $0.shares.fail(error) }
        }

        /// - Returns: how far the input was read in all, in offsets.
        func told(_ fresh: Int64) -> Int64 { state.withLock { $0.shares.told(fresh) } }
    }

    /// - Throws: the first error of any thread; the others end with the partition at hand.
    func run(
        _ progress: @escaping @Sendable (_ read: Int64, _ of: Int64) -> Void
    ) throws(SwerveError) -> StreamConclusion {
        let shared = Shared(partitions: plan.spans.count)
        let count = max(1, min(access.threads, plan.spans.count))
        var queues: [ScoreQueue] = []
        if plan.terms.sample > 0 { for _ in 0..<count { queues.append(try ScoreQueue()) } }
        let readers = (0..<count).map { [access, plan, shelf] number in
            let queue = queues.isEmpty ? nil : queues[number]
            return OSThread(name: "swerve-audit-\(number)") {
                defer { queue?.close() }
                do throws(SwerveError) {
                    try Self.work(access, plan, shelf, queue, shared, progress)
                } catch {
                    shared.failed(error)
                }
            }
        }
        let scorers = queues.enumerated().map { [access, plan, shelf] number, queue in
            OSThread(name: "swerve-check-\(number)") {
                defer { queue.close() }
                do throws(SwerveError) {
                    let found = try ScoreLane.score(queue, access.input, shelf, plan.book)
                    shared.scored(found)
                } catch {
                    shared.failed(error)
                }
            }
        }
        for thread in readers + scorers { thread.join() }
        let state = shared.state.withLock { $0 }
        if let error = state.shares.error { throw error }
        return state.conclusion
    }

    private static func work(
        _ access: StreamAccess, _ plan: PartitionWalk.Plan, _ shelf: ScorerShelf,
        _ queue: ScoreQueue?, _ shared: Shared,
        _ progress: @escaping @Sendable (Int64, Int64) -> Void
    ) throws(SwerveError) {
        var lane: ScoreLane?
        if let queue { lane = try ScoreLane(access.input, shelf, queue) }
        let scoring: any EpochScoring
        if let lane { scoring = lane } else { scoring = try EpochScorer(access.input, shelf) }
        // Input, output and dead letters, of the partition at hand and of the next.
        let consumer = try access.consumer(cursors: 6 * min(access.threads, plan.spans.count))
        defer { consumer.close() }
        let wanted = plan.spans.reduce(0) { $0 + Int64($1.offsets.count) }
        func open(spare: Int = 0) throws(SwerveError) -> PartitionWalk? {
            guard let index = shared.take(spare: spare) else { return nil }
            return try PartitionWalk(
                plan, plan.spans[index], consumer: consumer, scoring: scoring
            ) { progress(shared.told($0), wanted) }
        }
        var memory = HeldRecords(capacity: 0)
        // The next partition is fetched while the one at hand is judged.
        var next = try open()
        while let walk = next {
            defer { walk.close() }
            next = try open(spare: access.threads)
            shared.done(try walk.run(in: &memory))
            if next == nil { next = try open() }
        }
        try lane?.finish()
    }
}
