package import Lifecycle
package import Scoring

/// Candidate against stable on the records of the batch at hand that both scored.
///
/// One thread's own. Allocates nothing after its start.
package struct ComparisonTally: Sendable {
    package private(set) var records: Int64 = 0
    /// By the stable version's class, then the candidate's.
    package private(set) var pairs: [Int64]
    package private(set) var difference = MomentSums()
    package var shed: Int64 = 0
    /// Of `records`, those whose cell says who sent them.
    package private(set) var keyed: Int64 = 0
    /// Cell by cell what the judge reads, as `ComparisonCells` takes it; empty without a candidate.
    package private(set) var cells: [Int64]
    /// Whether any of `cells` is above 0, or was and is not taken back yet.
    package private(set) var hasCells = false
    private let candidateClasses: Int
    /// By class of each version, whether it is an alert.
    private let stableAlerts: [Bool]
    private let candidateAlerts: [Bool]

    /// - Parameters:
    ///   - stableLabels: in the order of the version's classes.
    ///   - candidateLabels: the same; nil without a candidate, and then nothing is noted.
    ///   - alerts: the labels that count as alerts.
    package init(stableLabels: [String], candidateLabels: [String]?, alerts: [String]) {
        candidateClasses = candidateLabels?.count ?? 0
        pairs = Array(repeating: 0, count: stableLabels.count * candidateClasses)
        cells = Array(repeating: 0, count: candidateLabels == nil ? 0 : ComparisonCells.count)
        stableAlerts = stableLabels.map { alerts.contains($0) }
        candidateAlerts = (candidateLabels ?? []).map { alerts.contains($0) }
    }

    /// Both were asked about a record.
    ///
    /// Where one's score is not finite there is nothing to compare, and which one's it is counts;
    /// what neither can score says nothing of the two. At most four counts in cells.
    /// - Parameter cell: the record's own.
    @inline(__always)
    package mutating func note(stable: Verdict, candidate: Verdict, cell: RecordCell) {
        let place = cell.index * Self.columns
        guard stable.isFinite, candidate.isFinite else {
            if stable.isFinite { count(.lost, place) }
            if candidate.isFinite { count(.gained, place) }
            return
        }
        records += 1
        // Without classes on either side there is no pair.
        let pair = stable.classIndex * candidateClasses + candidate.classIndex
        if pair < pairs.count { pairs[pair] += 1 }
        difference.add(candidate.score - stable.score)
        if cell.isKeyed { keyed += 1 }
        count(.pairs, place)
        let isAlert = Self.isAlert(stable, stableAlerts)
        if isAlert { count(.alerts, place) }
        if isAlert != Self.isAlert(candidate, candidateAlerts) {
            count(isAlert ? .down : .up, place)
        }
    }

    /// A version without classes alerts on nothing.
    @inline(__always)
    private static func isAlert(_ verdict: Verdict, _ alerts: [Bool]) -> Bool {
        verdict.classIndex < alerts.count && alerts[verdict.classIndex]
    }

    @inline(__always)
    private mutating func count(_ column: ComparisonCells.Column, _ place: Int) {
        cells[place + column.rawValue] += 1
        hasCells = true
    }

    private static let columns = ComparisonCells.Column.allCases.count

    package mutating func reset() {
        records = 0
        shed = 0
        for index in pairs.indices { pairs[index] = 0 }
        difference.reset()
        keyed = 0
        guard hasCells else { return }
        for index in cells.indices { cells[index] = 0 }
        hasCells = false
    }
}
