import Fleet
import Lifecycle

/// The versions over a fleet, and candidates against their stable versions, for people.
struct FleetTotalsText {
    let totals: FleetTotals

    var lines: [String] {
        var lines: [String] = []
        if !totals.versions.isEmpty {
            lines += ["", Self.versionRow("VERSION", Self.titles)]
            for (number, version) in totals.versions.sorted(by: { $0.key < $1.key }) {
                lines.append(Self.versionRow("\(number)", Self.cells(version.counts)))
                lines += Self.labels(version.counts)
            }
        }
        if !totals.comparisons.isEmpty { lines.append("") }
        for comparison in totals.comparisons {
            lines += Self.text(comparison).flatMap(TextLayout.wrapped)
        }
        if !totals.doubtful.isEmpty {
            let names = TextLayout.list(
                totals.doubtful, separator: " ", limit: Self.namesShown
            ) { TextLayout.remark($0.description) }
            lines += TextLayout.wrapped(
                "note: not in the sums, with counts that make no sense: \(names)")
        }
        return lines
    }

    private static func versionRow(_ version: String, _ cells: [String]) -> String {
        TextLayout.row(version, cells, widths: widths, firstWidth: versionColumns)
    }

    private static func cells(_ counts: VersionCounts) -> [String] {
        let isScoringTold = counts.scored > 0
        return [
            isScoringTold ? Figures.count(counts.scored, width: countColumns) : "-",
            Figures.count(counts.produced, width: countColumns),
            Figures.moments(
                mean: counts.score.mean, spread: counts.score.spread, count: counts.score.count),
            Figures.moments(
                mean: counts.scoringMicros.mean, spread: counts.scoringMicros.spread,
                count: counts.scoringMicros.count),
        ]
    }

    /// The most frequent first.
    private static func labels(_ counts: VersionCounts) -> [String] {
        guard !counts.labels.isEmpty else { return [] }
        let whole = counts.labels.values.reduce(0, StatusCount.sum)
        let shown = byCount(counts.labels).map { label, count in
            "\(TextLayout.remark(label, scalars: labelScalars)) \(count) "
                + "(\(Figures.percent(count, of: whole)))"
        }
        return TextLayout.wrapped(
            "  labels " + TextLayout.list(shown, separator: ", ", limit: namesShown))
    }

    private static func text(_ told: FleetTotals.Comparison) -> [String] {
        let comparison = told.counts
        let flips = comparison.heldFlipCount
        let mode = TextLayout.remark(comparison.mode, scalars: labelScalars)
        var parts = [
            "\(Figures.counted(comparison.records, "record")) scored by both",
            "\(flips) flips (\(Figures.percent(flips, of: comparison.records)))",
            "score difference "
                + Figures.moments(
                    mean: comparison.scoreDifference.mean,
                    spread: comparison.scoreDifference.spread,
                    count: comparison.scoreDifference.count),
        ]
        if comparison.shed > 0 || comparison.mode == Candidate.Mode.shadow.rawValue {
            parts.append("\(comparison.shed) shed")
        }
        let share = Figures.percent(Int64(comparison.share), of: 10_000)
        var lines = [
            "\(mode) \(comparison.candidate) against \(comparison.stable) at \(share)"
                + (comparison.sinceEpoch.map { ", since epoch \($0)" } ?? "") + ": "
                + parts.joined(separator: ", ")
        ]
        lines += scope(told)
        if flips > 0 {
            let shown = byCount(comparison.flips).map { pair, count in
                "\(TextLayout.remark(pair, scalars: 2 * labelScalars)) \(count)"
            }
            lines.append(
                "  flips " + TextLayout.list(shown, separator: ", ", limit: namesShown))
        }
        return lines
    }

    /// Whose counts they are.
    private static func scope(_ told: FleetTotals.Comparison) -> [String] {
        var lines = [
            "  counted by \(told.slots) slot\(told.slots == 1 ? "" : "s"), each since its process "
                + "began"
        ]
        let shares = (told.counts.recordsByShare ?? [:]).compactMap { name, count in
            Int64(name).map { (share: $0, count: count) }
        }.sorted { $0.share < $1.share }
        if shares.count > 1 {
            let shown = shares.map {
                "at \(Figures.percent($0.share, of: 10_000)) \($0.count)"
            }
            lines.append("  records " + TextLayout.list(shown, separator: ", ", limit: namesShown))
        }
        if let before = told.before {
            lines.append(
                "  and before them, by earlier processes of these slots: "
                    + "\(Figures.counted(before.records, "record")), "
                    + "\(before.heldFlipCount) flips")
        }
        return lines
    }

    private static func byCount(_ counts: [String: Int64]) -> [(String, Int64)] {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) }
    }

    private static let titles = ["SCORED", "PRODUCED", "SCORE", "MICROSECONDS A RECORD"]
    private static let countColumns = 14
    private static let widths = [countColumns, countColumns, 22, 24]
    private static let versionColumns = 12
    private static let labelScalars = 40
    private static let namesShown = 8
}
