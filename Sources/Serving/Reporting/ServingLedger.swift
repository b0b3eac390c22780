package import Lifecycle

/// What each version did since the incarnation first served it, and the comparison under way: a
/// value that the poll thread adds to once a batch and the status thread reads.
///
/// Counts are a version's own, and survive every epoch that keeps it. Of more than `versionsMax`
/// versions the one that served longest ago is forgotten, and begins anew if it comes back.
package struct ServingLedger: Sendable {
    package static let versionsMax = 16

    /// The one that served longest ago first.
    private var versions: [VersionLedger] = []
    private var stable: Int?
    private var candidate: Int?
    private var comparison: ComparisonLedger?

    package init() {}

    /// The poll thread takes up an epoch.
    package mutating func takeUp(_ lineup: Lineup, epoch: Int64) {
        keep(lineup.stable)
        if let entry = lineup.candidate { keep(entry) }
        if versions.count > Self.versionsMax {
            versions.removeFirst(versions.count - Self.versionsMax)
        }
        candidate = lineup.candidate == nil ? nil : versions.count - 1
        stable = versions.count - (lineup.candidate == nil ? 1 : 2)
        if comparison?.continues(under: lineup) != true {
            comparison = ComparisonLedger(lineup, epoch: epoch)
        }
    }

    /// Moves a version to the end of those kept.
    ///
    /// Another artifact under the same number, as another registry may have it, begins anew.
    private mutating func keep(_ entry: Lineup.Entry) {
        var ledger = VersionLedger(entry)
        if let index = versions.firstIndex(where: {
            $0.entry.deployed.version == entry.deployed.version
        }) {
            let known = versions.remove(at: index)
            if known.entry.deployed == entry.deployed {
                ledger = known
                ledger.continues(as: entry)
            }
        }
        versions.append(ledger)
    }

    /// Adds a batch, scored under the lineup taken up last; in place, no storage is made.
    package mutating func add(_ tally: BatchTally) {
        if let stable { versions[stable].add(tally.stable, isCanary: false) }
        if let candidate { versions[candidate].add(tally.candidate, isCanary: true) }
        comparison?.add(tally.comparison)
    }

    /// By version number.
    package var versionCounts: [Int: VersionCounts] {
        Dictionary(
            versions.map { ($0.entry.deployed.version, $0.versionCounts) },
            uniquingKeysWith: { _, newer in newer })
    }

    /// For metrics: of the versions that serve, and those that served last.
    package var versionFigures: [WorkerFigures.Version] {
        versions.suffix(WorkerFigures.versionsMax).map(\.figures)
    }

    package var versionComparison: VersionComparison? { comparison?.versionComparison }

    /// A copy whose storage is its own, so that the next `add` to this one copies nothing.
    package var unshared: ServingLedger {
        var copy = self
        copy.versions = versions.map(\.unshared)
        copy.comparison = comparison?.unshared
        return copy
    }
}
