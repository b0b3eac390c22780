/// What one version did in one slot, since the slot's incarnation first served it.
package struct VersionCounts: Sendable, Equatable, Codable {
    /// Records it scored, whether or not its prediction was the one produced; those whose score is
    /// not finite are counted here, and have neither label nor score below.
    package var scored: Int64 = 0
    /// Predictions of its that were produced.
    package var produced: Int64 = 0
    /// Records it scored, by the label it gave.
    package var labels: [String: Int64] = [:]
    /// Of its scores.
    package var score = Moments()
    /// Time to featurize and score one record, in microseconds, of a sample of the records.
    package var scoringMicros = Moments()

    package init() {}

    package mutating func merge(_ other: VersionCounts) {
        scored += other.scored
        produced += other.produced
        labels.merge(other.labels, uniquingKeysWith: +)
        score.merge(other.score)
        scoringMicros.merge(other.scoringMicros)
    }
}
