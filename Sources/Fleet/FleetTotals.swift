package import Lifecycle

/// What the versions did over all slots that are not gone, each since its process began.
package struct FleetTotals: Sendable, Equatable {
    /// One version's counts.
    package struct Version: Sendable, Equatable {
        /// Slots that told of it.
        package var slots = 0
        package var counts = VersionCounts()
    }

    /// A candidate against its stable version.
    package struct Comparison: Sendable, Equatable {
        package var slots = 1
        package var counts: VersionComparison
        /// What earlier processes of slots counted of the same comparison.
        package var before: VersionComparison?
    }

    /// By number.
    package private(set) var versions: [Int: Version] = [:]
    /// By candidate, then stable version.
    package private(set) var comparisons: [Comparison] = []
    package private(set) var records: Int64 = 0
    package private(set) var deadLetters: Int64 = 0
    /// Records older than `limits.max_age`; not among `records`.
    package private(set) var passedOver: Int64 = 0
    package private(set) var rebalances: Int64 = 0
    /// Slots with counts that make no sense and are in no sum.
    package private(set) var doubtful: [SlotID] = []

    package init(_ records: some Sequence<StatusRecord>) {
        for record in records where !add(record) {
            doubtful.append(SlotID(group: record.group, slot: record.slot))
        }
        comparisons.sort {
            ($0.counts.candidate, $0.counts.stable, $0.counts.mode)
                < ($1.counts.candidate, $1.counts.stable, $1.counts.mode)
        }
    }

    /// Adds one slot's.
    ///
    /// - Returns: whether all of it made sense.
    private mutating func add(_ record: StatusRecord) -> Bool {
        let counts = record.counts
        guard StatusCount.isSensible(counts.records),
            StatusCount.isSensible(counts.deadLetters),
            StatusCount.isSensible(counts.passedOver ?? 0),
            StatusCount.isSensible(counts.rebalances)
        else { return false }
        records = StatusCount.sum(records, counts.records)
        deadLetters = StatusCount.sum(deadLetters, counts.deadLetters)
        passedOver = StatusCount.sum(passedOver, counts.passedOver ?? 0)
        rebalances = StatusCount.sum(rebalances, counts.rebalances)
        var isSensible = true
        for (name, counts) in Self.versions(of: record) {
            isSensible = add(counts, version: name) && isSensible
        }
        if let comparison = record.comparison {
            isSensible =
                add(comparison, before: record.comparisonBefore?.withoutCells) && isSensible
        }
        return isSensible
    }

    /// Older workers tell predictions alone.
    private static func versions(of record: StatusRecord) -> [String: VersionCounts] {
        if let versions = record.versions { return versions }
        return record.counts.byVersion.mapValues { produced in
            var counts = VersionCounts()
            counts.produced = produced
            return counts
        }
    }

    private mutating func add(_ counts: VersionCounts, version name: String) -> Bool {
        guard let number = Int(name), number > 0, counts.isSensible else { return false }
        var version = versions[number] ?? Version()
        guard version.counts.hasRoom else { return false }
        version.slots += 1
        version.counts.merge(counts)
        versions[number] = version
        return true
    }

    private mutating func add(
        _ comparison: VersionComparison, before: VersionComparison?
    ) -> Bool {
        guard comparison.isSensible, before?.isSensible ?? true else { return false }
        let place: Int
        if let known = comparisons.firstIndex(where: { $0.counts.isSame(as: comparison) }) {
            guard comparisons[known].counts.hasRoom else { return false }
            comparisons[known].slots += 1
            comparisons[known].counts.merge(comparison)
            comparisons[known].counts.share = max(
                comparisons[known].counts.share, comparison.share)
            place = known
        } else {
            comparisons.append(Comparison(counts: comparison.withoutCells))
            place = comparisons.count - 1
        }
        guard let before, before.id == comparison.id else { return true }
        guard comparisons[place].before?.hasRoom ?? true else { return true }
        if comparisons[place].before == nil {
            comparisons[place].before = before
        } else {
            comparisons[place].before?.merge(before)
        }
        return true
    }
}

extension VersionComparison {
    /// Whether both are counts of one comparison; of older workers, as far as can be told.
    ///
    /// One that goes from shadow to canary is the same, though workers do so one after the other.
    fileprivate func isSame(as other: VersionComparison) -> Bool {
        id == other.id && candidate == other.candidate && stable == other.stable
            && (id != nil || mode == other.mode)
    }
}
