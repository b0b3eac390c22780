import Catalogue
import Lifecycle

/// A table of thresholds as people are shown it.
extension ThresholdReport {
    var lines: [String] {
        [heading.printable, ""] + table + (verdict.map { ["", $0.printable] } ?? [])
    }

    private var heading: String {
        var line =
            "\(version): \(Figures.counted(requests, "request")); an alert is a score above the "
            + "threshold, and means \(className)"
        if areLabelled {
            line += "; \(positives) known to be of it, \(negatives) not"
            let unknown = requests - positives - negatives
            if unknown > 0 { line += ", \(unknown) of unknown class" }
        }
        return line
    }

    private var table: [String] {
        var titles = ["threshold", "", "alerts", "share"]
        if requestsPerDay != nil { titles += ["alerts a day (95 %)"] }
        if areLabelled { titles += ["precision (95 %)", "recall (95 %)", "false positives"] }
        let cells = [titles] + rows.map(cells)
        let widths = titles.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { row in
            var line = ""
            for (column, cell) in row.enumerated() {
                let space = String(repeating: " ", count: widths[column] - cell.count)
                // The mark stands behind its threshold, numbers under one another.
                line += column == 1 ? cell + space : space + cell
                if column != 0 { line += "  " } else { line += " " }
            }
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    private func cells(_ row: Row) -> [String] {
        let point = row.point
        let mark = row.isChosen ? (row.isPresent ? "chosen, now" : "chosen") : "now"
        var cells = [
            JSONValue.double(point.threshold).text, row.isChosen || row.isPresent ? mark : "",
            "\(point.alerts)", alertRate(point).value.map { Figures.short($0) } ?? "-",
        ]
        if let requestsPerDay { cells.append(told(alertRate(point), times: requestsPerDay)) }
        guard areLabelled else { return cells }
        let rate = falsePositiveRate(point).value.map { Figures.short($0) } ?? "-"
        return cells + [
            told(precision(point)), told(recall(point)),
            negatives > 0 ? "\(point.falsePositives) (\(rate))" : "\(point.falsePositives)",
        ]
    }

    /// `0.983 (0.941–0.995)`.
    private func told(_ share: Proportion, times factor: Double = 1) -> String {
        guard let value = share.value, let interval = share.interval else { return "-" }
        let figures = [value, interval.lowerBound, interval.upperBound].map {
            Figures.short($0 * factor)
        }
        return "\(figures[0]) (\(figures[1])–\(figures[2]))"
    }

    /// Which threshold the budget chooses; nil without a budget, or where there is none.
    private var verdict: String? {
        guard let budget, case .met(let point) = choice else { return nil }
        return "threshold \(JSONValue.double(point.threshold).text) keeps within \(budget.words): "
            + "\(point.alerts) of these requests alert"
    }

    /// That lines were left out, or count as unknown; empty where none was or does.
    var doubts: [String] {
        var doubts: [String] = []
        if failures > 0, let firstFailure {
            doubts.append(
                "\(Figures.counted(failures, "line")) left out; the first, \(firstFailure)")
        }
        if strangeLabels > 0, let firstStrangeLabel {
            doubts.append(
                "a label that is no class of the version counts as unknown: that of "
                    + "\(Figures.counted(strangeLabels, "line")); the first, \(firstStrangeLabel)")
        }
        return doubts
    }
}
