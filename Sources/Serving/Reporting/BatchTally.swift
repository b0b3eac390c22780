/// Everything counted by version in the batch at hand.
package struct BatchTally: Sendable {
    package var stable: VersionTally
    /// Without classes, and never counted in, where there is no candidate.
    package var candidate: VersionTally
    package var comparison: ComparisonTally
    /// Records of Avro with bytes behind their value.
    package var trailing: Int64 = 0

    /// Of a batch that nobody scores.
    package init() {
        stable = VersionTally(classes: 0)
        candidate = VersionTally(classes: 0)
        comparison = ComparisonTally(stableLabels: [], candidateLabels: nil, alerts: [])
    }

    package init(_ lineup: Lineup) {
        let classes = lineup.candidate?.labels.count ?? 0
        stable = VersionTally(
            classes: lineup.stable.labels.count, scoreBounds: lineup.stable.scoreBounds)
        candidate = VersionTally(
            classes: classes, scoreBounds: lineup.candidate?.scoreBounds ?? [])
        comparison = ComparisonTally(
            stableLabels: lineup.stable.labels, candidateLabels: lineup.candidate?.labels,
            alerts: lineup.alerts)
    }

    package mutating func reset() {
        stable.reset()
        candidate.reset()
        comparison.reset()
        trailing = 0
    }
}
