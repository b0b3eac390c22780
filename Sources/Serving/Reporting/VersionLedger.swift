import Lifecycle

/// One version's running counts.
struct VersionLedger: Sendable {
    private(set) var entry: Lineup.Entry
    private var byClass: [Int64]
    /// By name, from before settings gave the classes other names.
    private var earlierLabels: [String: Int64] = [:]
    private var counts = VersionCounts()
    /// Of the logarithms of sampled times in µs.
    private var logMicros = Moments()
    /// Predictions by class, while the version was the stable one and while it was a canary; they
    /// begin anew under other names of the classes.
    private var stableByClass: [Int64]
    private var canaryByClass: [Int64]
    /// Finite scores by the entry's bounds.
    private var buckets: [Int64]

    init(_ entry: Lineup.Entry) {
        self.entry = entry
        byClass = Array(repeating: 0, count: entry.labels.count)
        stableByClass = Array(repeating: 0, count: max(1, entry.labels.count))
        canaryByClass = stableByClass
        buckets = Array(repeating: 0, count: entry.scoreBounds.count + 1)
    }

    /// The version goes on under an entry of the same digest.
    mutating func continues(as next: Lineup.Entry) {
        if next.labels != entry.labels {
            earlierLabels = labels
            if earlierLabels.count > Self.earlierLabelsMax {
                earlierLabels = [Self.earlier: earlierLabels.values.reduce(0, +)]
            }
            byClass = Array(repeating: 0, count: next.labels.count)
            stableByClass = Array(repeating: 0, count: max(1, next.labels.count))
            canaryByClass = stableByClass
        }
        entry = next
    }

    /// Of more earlier names than these, as after a hundred changes of settings, the sum is kept.
    private static let earlierLabelsMax = 200
    private static let earlier = "(earlier labels)"

    /// In place: no storage is made.
    ///
    /// - Parameter isCanary: whether what it produced was produced as a candidate.
    mutating func add(_ tally: VersionTally, isCanary: Bool) {
        if isCanary {
            Self.add(tally.producedByClass, to: &canaryByClass)
        } else {
            Self.add(tally.producedByClass, to: &stableByClass)
        }
        Self.add(tally.buckets, to: &buckets)
        counts.scored += tally.scored
        counts.produced += tally.produced
        Self.add(tally.byClass, to: &byClass)
        counts.score.merge(tally.score.moments)
        counts.scoringMicros.merge(tally.micros.moments)
        logMicros.merge(tally.logMicros.moments)
    }

    private static func add(_ counts: [Int64], to sums: inout [Int64]) {
        for index in sums.indices { sums[index] += counts[index] }
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
        result.logMicros = logMicros
        return result
    }

    /// What metrics tell of it.
    var figures: WorkerFigures.Version {
        WorkerFigures.Version(
            version: entry.deployed.version, scored: counts.scored,
            predictions: [
                "stable": predictions(stableByClass), "canary": predictions(canaryByClass),
            ].filter { !$0.value.isEmpty },
            scores: entry.scoreBounds.isEmpty
                ? nil
                : BucketCounts(
                    bounds: entry.scoreBounds, counts: buckets,
                    sum: counts.score.mean * Double(counts.score.count)))
    }

    /// By label, in the order of the classes; of more than metrics tell the rest as one sum.
    ///
    /// Which labels have a name does not depend on the counts: none of them ever falls.
    private func predictions(_ byClass: [Int64]) -> [String: Int64] {
        guard byClass.contains(where: { $0 > 0 }) else { return [:] }
        var predictions: [String: Int64] = [:]
        for (index, count) in byClass.enumerated() {
            let label = index < entry.labels.count ? entry.labels[index] : ""
            let isTold = index < WorkerFigures.labelsMax
            predictions[isTold ? label : Self.otherLabels, default: 0] += count
        }
        return predictions
    }

    private static let otherLabels = "(other)"

    /// A copy whose storage is its own.
    var unshared: VersionLedger {
        var copy = self
        copy.byClass = byClass.map { $0 }
        copy.stableByClass = stableByClass.map { $0 }
        copy.canaryByClass = canaryByClass.map { $0 }
        copy.buckets = buckets.map { $0 }
        return copy
    }
}
