import Kafka
package import Lifecycle
import Platform
import Scoring

/// What is replayed, and by whom: what all threads share.
package struct ReplayPlan: Sendable {
    package let topic: String
    package let form: RecordForm
    package let first: ReplayVersion
    /// What it is held against; nil for the version alone.
    package let second: ReplayVersion?
    package let labels: ReplayLabels?
    /// By which keys are put into cells.
    package let salt: UInt32

    package init(
        topic: String, form: RecordForm, first: ReplayVersion, second: ReplayVersion?,
        labels: ReplayLabels?, salt: UInt32
    ) {
        self.topic = topic
        self.form = form
        self.first = first
        self.second = second
        self.labels = labels
        self.salt = salt
    }
}

/// What a replay found; a value.
package struct StreamReplayReport: Sendable {
    package internal(set) var spans: [PartitionSpan] = []
    package internal(set) var tally: ReplayTally
    package internal(set) var lanes = LaneSummary()
    /// What the judge would have said; nil where nothing is held against the version.
    package internal(set) var course: JudgedCourse?
    /// Blocks of ten seconds that found no room among those that wait for others.
    package internal(set) var crowded: Int64 = 0
    /// Nil where nobody says.
    package internal(set) var isCompacted: Bool?
    package internal(set) var threads = 1
    package internal(set) var durationS = 0.0

    package var recordsPerS: Double {
        durationS > 0 ? Double(tally.records) / durationS : 0
    }

    /// Days that the range spans by what its records say; nil without timestamps.
    package var days: Double? {
        guard let span = tally.hours.span, span.upperBound > span.lowerBound else { return nil }
        return (Double(span.upperBound) - Double(span.lowerBound)) / 86_400_000
    }
}

/// Scores what a stream still holds with one version or two, by several threads, without the
/// service and its group.
///
/// Blocking. The memory is bounded whatever the range.
package final class StreamReplayer {
    private let access: StreamAccess
    private let plan: ReplayPlan

    package init(_ access: StreamAccess, _ plan: ReplayPlan) {
        self.access = access
        self.plan = plan
    }

    /// Replays what lies between two edges.
    ///
    /// - Parameters:
    ///   - from: nil is the first record that is kept.
    ///   - to: nil is the last one that the topic has now.
    ///   - progress: told how far it has come, and how far it goes, in offsets, by any thread.
    /// - Throws: where the stream cannot be read, or a schema of records of Avro does not come.
    package func run(
        from: RangeEdge?, to: RangeEdge?,
        progress: @escaping @Sendable (_ read: Int64, _ of: Int64) -> Void = { _, _ in }
    ) throws(SwerveError) -> StreamReplayReport {
        let act = "replaying \(plan.topic)"
        let began = MonotonicClock.now
        var report = StreamReplayReport(
            tally: ReplayTally(
                first: plan.first.scorer.labels, second: plan.second?.scorer.labels))
        let isDevelopment: Bool
        (report.spans, isDevelopment) = try spans(from, to, act)
        report.isCompacted = isDevelopment ? false : access.isCompacted(plan.topic)
        let threads = try ReplayThreads(access, plan, report.spans)
        try threads.run(into: &report, progress)
        report.threads = threads.count
        report.durationS = Double(MonotonicClock.now &- began) / 1e9
        return report
    }

    private func spans(
        _ from: RangeEdge?, _ to: RangeEdge?, _ act: String
    ) throws(SwerveError) -> ([PartitionSpan], isDevelopment: Bool) {
        let consumer = try access.consumer()
        defer { consumer.close() }
        let counts = try consumer.partitionCounts(of: [plan.topic], timeoutMs: access.timeoutMs)
        guard let partitions = counts[plan.topic], partitions > 0 else {
            throw SwerveError(
                .notFound, act: act, reason: "there is no topic \(plan.topic)",
                remedy: "correct its name in the configuration", problem: Problem(.topicNotFound))
        }
        let spans = try RangeResolver(consumer, timeoutMs: access.timeoutMs).spans(
            of: plan.topic, partitions: partitions, from: from, to: to, committed: nil)
        return (spans, consumer.isDevelopment)
    }
}
