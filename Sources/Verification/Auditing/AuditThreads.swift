import Kafka
import Lifecycle
import Platform

/// The partitions of an audit, shared out among threads: each takes the next one that is left.
struct AuditThreads {
    private let access: StreamAuditor.Access
    private let plan: PartitionWalk.Plan
    private let shelf: ScorerShelf

    init(_ access: StreamAuditor.Access, _ plan: PartitionWalk.Plan, _ shelf: ScorerShelf) {
        self.access = access
        self.plan = plan
        self.shelf = shelf
    }

    /// What the threads share, behind one lock that is taken a few times a partition.
    private struct State: Sendable {
        var next = 0
        var read: Int64 = 0
        var outcomes: [PartitionOutcome] = []
        var error: SwerveError?
    }

    private final class Shared: Sendable {
        let state = Guarded(State())

        /// The next partition to read; nil where none is left, or a thread has failed.
        func take(of count: Int) -> Int? {
            state.withLock { state in
                guard state.next < count, state.error == nil else { return nil }
                defer { state.next += 1 }
                return state.next
            }
        }

        /// - Returns: how many records were read in all.
        func done(_ outcome: PartitionOutcome) -> Int64 {
            state.withLock { state in
                state.outcomes.append(outcome)
                state.read += outcome.counts.read
                return state.read
            }
        }
    }

    /// - Throws: the first error of any thread; the others end with the partition at hand.
    func run(
        _ progress: @escaping @Sendable (_ read: Int64) -> Void
    ) throws(SwerveError) -> [PartitionOutcome] {
        let shared = Shared()
        let count = max(1, min(access.threads, plan.spans.count))
        let threads = (0..<count).map { [access, plan, shelf] number in
            OSThread(name: "swerve-audit-\(number)") {
                do throws(SwerveError) {
                    try Self.work(access, plan, shelf, shared, progress)
                } catch {
                    shared.state.withLock { $0.error = $0.error ?? error }
                }
            }
        }
        for thread in threads { thread.join() }
        let state = shared.state.withLock { $0 }
        if let error = state.error { throw error }
        return state.outcomes
    }

    private static func work(
        _ access: StreamAuditor.Access, _ plan: PartitionWalk.Plan, _ shelf: ScorerShelf,
        _ shared: Shared, _ progress: @Sendable (Int64) -> Void
    ) throws(SwerveError) {
        let scorer = try EpochScorer(access.input, shelf)
        let consumer = try RangeConsumer(
            settings: access.settings, timeoutMs: access.timeoutMs, log: access.log)
        defer { consumer.close() }
        while let index = shared.take(of: plan.spans.count) {
            let walk = try PartitionWalk(
                plan, plan.spans[index], consumer: consumer, scoring: scorer)
            defer { walk.close() }
            progress(shared.done(try walk.run()))
        }
    }
}
