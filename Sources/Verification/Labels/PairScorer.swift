import Kafka
import Lifecycle

/// Asks both versions of a trial about single records of the input, as workers would score them.
///
/// Of the thread that owns the consumer.
final class PairScorer {
    private let access: StreamAccess
    private let input: String
    private let shelf: ScorerShelf
    private let scorer: EpochScorer

    init(_ access: StreamAccess, input: String) throws(SwerveError) {
        self.access = access
        self.input = input
        let shelf = ScorerShelf(access.artifacts)
        self.shelf = shelf
        scorer = try EpochScorer(access.input, shelf)
    }

    /// What labels mean to the two.
    ///
    /// - Throws: where one of the two cannot be loaded.
    func meaning(
        in deployment: Deployment, candidate: Int
    ) throws(SwerveError) -> LabelMeaning {
        var names: [LabelMeaning.Names] = []
        for version in [candidate, deployment.stable.version] {
            guard let deployed = deployment.versions.first(where: { $0.version == version })
            else { continue }
            let scorer = try shelf.scorer(deployed, under: deployment.settings[version])
            names.append(LabelMeaning.Names(scorer))
        }
        return LabelMeaning(alerts: deployment.settings.alerts, names)
    }

    /// Records of one partition.
    ///
    /// - Parameters:
    ///   - offsets: ascending, each once.
    ///   - body: gets each record that is there.
    /// - Throws: where the input cannot be read; `.unavailable` where nobody can say now what a
    ///   version says; what `body` throws.
    func ask(
        _ deployment: Deployment, candidate: Int, partition: Int32, _ offsets: [Int64],
        _ consumer: RangeConsumer,
        _ body: (Int64, FeedbackTally.Verdicts) throws(SwerveError) -> Void
    ) throws(SwerveError) {
        let alerts = Set(deployment.settings.alerts)
        let fetcher = try RecordFetcher(
            consumer, topic: input, partition: partition, timeoutMs: access.timeoutMs)
        defer { fetcher.close() }
        try fetcher.fetch(offsets) { offset, batch, index throws(SwerveError) in
            let value = batch.value(at: index)
            let schema = access.input.schemaHeader(of: batch, index)
            let stable = try Self.isAlert(
                scorer.opinion(
                    of: deployment.stable.version, in: deployment, value: value, schema: schema),
                alerts)
            let other = try Self.isAlert(
                scorer.opinion(of: candidate, in: deployment, value: value, schema: schema),
                alerts)
            try body(offset, FeedbackTally.Verdicts(stable: stable, candidate: other))
        }
    }

    /// Whether a version alerts; nil for a record that it has no score of, which stays so.
    ///
    /// - Throws: `.unavailable` where nobody can say for now: asked again, there may be a score.
    static func isAlert(
        _ opinion: ScoreOpinion, _ alerts: Set<String>
    ) throws(SwerveError) -> Bool? {
        switch opinion {
        case .scored(let score, _): return alerts.contains(ImpactCounts.words(score.label))
        case .unscorable: return nil
        case .unknown(let why):
            throw SwerveError(
                .unavailable, act: "asking both versions about a labelled record", reason: why)
        }
    }
}
