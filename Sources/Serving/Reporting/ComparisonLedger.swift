import Lifecycle

/// The running comparison of a candidate with the stable version.
struct ComparisonLedger: Sendable {
    private var lineup: Lineup
    private let candidateLabels: [String]
    private var pairs: [Int64]
    private var keyed: Int64 = 0
    /// As the tally has them.
    private var cells = [Int64](repeating: 0, count: ComparisonCells.count)
    private var comparison: VersionComparison
    /// Records under the present share; those under earlier ones are in `comparison`.
    private var underShare: Int64 = 0

    /// Nil where there is no candidate to compare.
    ///
    /// - Parameter epoch: the one under which it begins.
    init?(_ lineup: Lineup, epoch: Int64) {
        guard let candidate = lineup.candidate, let mode = lineup.mode, let share = lineup.share
        else { return nil }
        self.lineup = lineup
        candidateLabels = candidate.labels
        pairs = Array(repeating: 0, count: lineup.stable.labels.count * candidate.labels.count)
        comparison = VersionComparison(
            candidate: candidate.deployed.version, stable: lineup.stable.deployed.version,
            mode: mode.rawValue, share: share.tenThousandths)
        comparison.id = lineup.comparisonID
        comparison.sinceEpoch = epoch
        comparison.recordsByShare = [:]
    }

    /// Goes on under `next`; false where it has to begin anew.
    mutating func continues(under next: Lineup) -> Bool {
        guard next.continues(lineup), let mode = next.mode, let share = next.share else {
            return false
        }
        if share.tenThousandths != comparison.share {
            comparison.recordsByShare = byShare
            underShare = 0
        }
        lineup = next
        comparison.mode = mode.rawValue
        comparison.share = share.tenThousandths
        return true
    }

    /// In place: no storage is made.
    mutating func add(_ tally: ComparisonTally) {
        comparison.records += tally.records
        underShare += tally.records
        comparison.shed += tally.shed
        for index in pairs.indices { pairs[index] += tally.pairs[index] }
        comparison.scoreDifference.merge(tally.difference.moments)
        keyed += tally.keyed
        guard tally.hasCells else { return }
        for index in cells.indices { cells[index] += tally.cells[index] }
    }

    /// With the flips by name: classes of two models may have the same label in another order.
    ///
    /// Of more pairs than `flipsMax` the rarest are told as one sum.
    var versionComparison: VersionComparison {
        var result = comparison
        result.recordsByShare = byShare
        result.keyed = keyed
        result.cells = ComparisonCells(cells)
        for (row, stable) in lineup.stable.labels.enumerated() {
            for (column, candidate) in candidateLabels.enumerated() where candidate != stable {
                let count = pairs[row * candidateLabels.count + column]
                if count > 0 { result.flips["\(stable) -> \(candidate)", default: 0] += count }
            }
        }
        for (name, count) in result.flips.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) })
            .dropFirst(Self.flipsMax)
        {
            result.flips[name] = nil
            result.flips[Self.others, default: 0] += count
        }
        return result
    }

    /// Of more shares than these, as after a hundred widenings, the earlier ones are one sum.
    private var byShare: [String: Int64] {
        var shares = comparison.recordsByShare ?? [:]
        if shares.count >= Self.sharesMax {
            shares = [Self.others: shares.values.reduce(0, +)]
        }
        if underShare > 0 { shares["\(comparison.share)", default: 0] += underShare }
        return shares
    }

    private static let sharesMax = 64
    private static let flipsMax = 200
    private static let others = "(others)"

    /// A copy whose storage is its own.
    var unshared: ComparisonLedger {
        var copy = self
        copy.pairs = pairs.map { $0 }
        copy.cells = cells.map { $0 }
        return copy
    }
}
