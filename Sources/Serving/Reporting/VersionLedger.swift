import Lifecycle

/// One version's running counts.
struct VersionLedger: Sendable {
    private(set) var entry: Lineup.Entry
    private var byClass: [Int64]
    /// By name, from before settings gave the classes other names.
    private var earlierLabels: [String: Int64] = [:]
    private var counts = VersionCounts()

    init(_ entry: Lineup.Entry) {
        self.entry = entry
        byClass = Array(repeating: 0, count: entry.labels.count)
    }

    /// The version goes on under an entry of the same digest.
    mutating func continues(as next: Lineup.Entry) {
        if next.labels != entry.labels {
            earlierLabels = labels
            if earlierLabels.count > Self.earlierLabelsMax {
                earlierLabels = [Self.earlier: earlierLabels.values.reduce(0, +)]
            }
            byClass = Array(repeating: 0, count: next.labels.count)
        }
        entry = next
    }

    /// Of more earlier names than these, as after a hundred changes of settings, the sum is kept.
    private static let earlierLabelsMax = 200
    private static let earlier = "(earlier labels)"

    /// In place: no storage is made.
    mutating func add(_ tally: VersionTally) {
        counts.scored += tally.scored
        counts.produced += tally.produced
        for index in byClass.indices { byClass[index] += tally.byClass[index] }
        counts.score.merge(tally.score.moments)
        counts.scoringMicros.merge(tally.micros.moments)
    }

    private var labels: [String: Int64] {
        var labels = earlierLabels
        for (name, count) in zip(entry.labels, byClass) where count > 0 {
            labels[name, default: 0] += count
        }
        return labels
    }

    var versionCounts: VersionCounts {
        var result = counts
        result.labels = labels
        return result
    }

    /// A copy whose storage is its own.
    var unshared: VersionLedger {
        var copy = self
        copy.byClass = byClass.map { $0 }
        return copy
    }
}
