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
    /// Of the natural logarithm of those times, which one record that was kept waiting does not
    /// move; nil from an older worker.
    package var logMicros: Moments?

    package init() {}

    package mutating func merge(_ other: VersionCounts) {
        scored += other.scored
        produced += other.produced
        labels.merge(other.labels, uniquingKeysWith: +)
        score.merge(other.score)
        scoringMicros.merge(other.scoringMicros)
        if let others = other.logMicros {
            logMicros = logMicros ?? Moments()
            logMicros?.merge(others)
        }
    }
}

/// Whether counts from the status topic can be added up: none is negative, none so large that a
/// fleet's worth of them overflows, no figure that is no number.
extension VersionCounts {
    package var isSensible: Bool {
        StatusCount.areSensible([scored, produced]) && StatusCount.areSensible(labels.values)
            && score.isSensible && scoringMicros.isSensible && logMicros?.isSensible != false
    }

    /// Whether, as a fleet's sum, it can take one more slot's.
    package var hasRoom: Bool {
        labels.count <= StatusCount.names && StatusCount.haveRoom(labels.values)
            && StatusCount.haveRoom([scored, produced, score.count, scoringMicros.count])
            && StatusCount.haveRoom([logMicros?.count ?? 0])
    }
}

extension VersionComparison {
    package var isSensible: Bool {
        StatusCount.areSensible([records, shed]) && StatusCount.areSensible(flips.values)
            && StatusCount.areSensible((recordsByShare ?? [:]).values)
            && scoreDifference.isSensible && candidate > 0 && stable > 0
            && StatusCount.isSensible(keyed ?? 0) && cells?.isSensible != false
    }

    /// Whether, as a fleet's sum, it can take one more slot's.
    package var hasRoom: Bool {
        flips.count <= StatusCount.names && StatusCount.haveRoom(flips.values)
            && (recordsByShare ?? [:]).count <= StatusCount.names
            && StatusCount.haveRoom((recordsByShare ?? [:]).values)
            && StatusCount.haveRoom([records, shed, scoreDifference.count])
    }

    /// What the names in it come to, in bytes of UTF-8.
    package var nameBytes: Int {
        let names = [id, mode].compactMap(\.self) + flips.keys + (recordsByShare ?? [:]).keys
        return names.reduce(0) { $0 + $1.utf8.count }
    }

    /// `flipCount` of any counts at all.
    package var heldFlipCount: Int64 { flips.values.reduce(0, StatusCount.sum) }
}

extension Moments {
    package var isSensible: Bool {
        StatusCount.areSensible([count]) && mean.isFinite && squares.isFinite && squares >= 0
    }
}

/// Bounds and sums of counts that came from elsewhere.
package enum StatusCount {
    /// Exact in every reader of JSON.
    package static let largest: Int64 = 1 << 53
    /// Labels of a version, or pairs of them.
    package static let names = 2_000
    /// Of a fleet; with one more slot's it does not overflow.
    package static let largestSum: Int64 = 1 << 61

    /// Whether each of `sums` can take one more slot's.
    package static func haveRoom(_ sums: some Sequence<Int64>) -> Bool {
        sums.allSatisfy { $0 < largestSum }
    }

    /// Whether it can be a count, by itself.
    @inlinable
    package static func isSensible(_ count: Int64) -> Bool { (0...largest).contains(count) }

    /// Whether they can be counts that are summed up: few enough, and their sum is one too.
    package static func areSensible(_ counts: some Collection<Int64>) -> Bool {
        counts.count <= names && counts.allSatisfy(isSensible)
            && counts.reduce(0) { min($0 + $1, largest + 1) } <= largest
    }

    /// The sum, held at the largest number.
    package static func sum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : sum
    }
}
