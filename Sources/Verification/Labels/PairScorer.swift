import Kafka
import Lifecycle

/// Asks both versions of a trial about single records of the input, as workers would score them.
///
/// Of the thread that owns the consumer.
final class PairScorer {
    private let access: StreamAccess
    private let input: String
    private let deployment: Deployment
    private let stable: ReplayVersion
    private let candidate: ReplayVersion
    private let scorer: EpochScorer
    /// What is to be told of the two.
    let notes: [String]

    /// - Parameter candidate: of the deployment.
    /// - Throws: where one of the two cannot be loaded.
    init(
        _ access: StreamAccess, input: String, _ deployment: Deployment,
        _ candidate: DeployedVersion
    ) throws(SwerveError) {
        self.access = access
        self.input = input
        self.deployment = deployment
        let shelf = ScorerShelf(access.artifacts)
        let alerts = deployment.settings.alerts
        let pair = try [candidate, deployment.stable].map { deployed throws(SwerveError) in
            let settings = deployment.settings[deployed.version]
            return ReplayVersion(
                version: deployed.version, scorer: try shelf.scorer(deployed, under: settings),
                labels: alerts
            ).alerting(insteadOf: alerts)
        }
        (self.candidate, stable) = (pair[0].version, pair[1].version)
        notes = pair.compactMap(\.note)
        scorer = try EpochScorer(access.input, shelf)
    }

    /// What labels mean to the two.
    var meaning: LabelMeaning {
        LabelMeaning(alerts: deployment.settings.alerts, [candidate, stable])
    }

    /// Records of one partition.
    ///
    /// - Parameters:
    ///   - offsets: ascending, each once.
    ///   - body: gets each record that is there.
    /// - Throws: where the input cannot be read; `.unavailable` where nobody can say now what a
    ///   version says; what `body` throws.
    func ask(
        partition: Int32, _ offsets: [Int64], _ consumer: RangeConsumer,
        _ body: (Int64, FeedbackTally.Verdicts) throws(SwerveError) -> Void
    ) throws(SwerveError) {
        let alerts = (stable: stable.alertLabels, candidate: candidate.alertLabels)
        let fetcher = try RecordFetcher(
            consumer, topic: input, partition: partition, timeoutMs: access.timeoutMs)
        defer { fetcher.close() }
        try fetcher.fetch(offsets) { offset, batch, index throws(SwerveError) in
            let value = batch.value(at: index)
            let schema = access.input.schemaHeader(of: batch, index)
            func isAlert(
                _ version: ReplayVersion, _ alerts: Set<String>
            ) throws(SwerveError) -> Bool? {
                try Self.isAlert(
                    scorer.opinion(
                        of: version.version, in: deployment, value: value, schema: schema),
                    alerts)
            }
            let verdicts = FeedbackTally.Verdicts(
                stable: try isAlert(stable, alerts.stable),
                candidate: try isAlert(candidate, alerts.candidate))
            try body(offset, verdicts)
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
