import Kafka
import Lifecycle

/// Asks both versions of a trial about single records of the input, as workers would score them.
///
/// Of the thread that owns the consumer.
final class PairScorer {
    private let access: StreamAccess
    private let input: String
    private let scorer: EpochScorer

    init(_ access: StreamAccess, input: String) throws(SwerveError) {
        self.access = access
        self.input = input
        scorer = try EpochScorer(access.input, ScorerShelf(access.artifacts))
    }

    /// Records of one partition.
    ///
    /// - Parameters:
    ///   - offsets: ascending, each once.
    ///   - body: gets each record that is there.
    /// - Throws: where the input cannot be read.
    func ask(
        _ deployment: Deployment, candidate: Int, partition: Int32, _ offsets: [Int64],
        _ consumer: RangeConsumer, _ body: (Int64, FeedbackTally.Verdicts) -> Void
    ) throws(SwerveError) {
        let alerts = Set(deployment.settings.alerts)
        let fetcher = try RecordFetcher(
            consumer, topic: input, partition: partition, timeoutMs: access.timeoutMs)
        defer { fetcher.close() }
        try fetcher.fetch(offsets) { offset, batch, index in
            let value = batch.value(at: index)
            let schema = access.input.schemaHeader(of: batch, index)
            func isAlert(_ version: Int) -> Bool? {
                let opinion = scorer.opinion(
                    of: version, in: deployment, value: value, schema: schema)
                guard case .scored(let score, _) = opinion else { return nil }
                return alerts.contains(ImpactCounts.words(score.label))
            }
            body(
                offset,
                FeedbackTally.Verdicts(
                    stable: isAlert(deployment.stable.version), candidate: isAlert(candidate)))
        }
    }
}
