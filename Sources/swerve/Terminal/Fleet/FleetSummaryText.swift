import Fleet
import Lifecycle

/// A status for people, line by line.
enum FleetStatusText {
    static func lines(of status: FleetStatus) -> [String] {
        switch status {
        case .model(let report):
            FleetReportText(report: report).lines
                + (report.groups.isEmpty ? [] : worth(report.heartbeats))
        case .all(let summary, let withSlots):
            FleetSummaryText(summary: summary).lines
                + (withSlots
                    ? summary.reports.flatMap { [""] + FleetReportText(report: $0).lines } : [])
                + (summary.reports.isEmpty ? [] : worth(summary.heartbeats))
        }
    }

    /// What all of it is worth, where it is not signed.
    private static func worth(_ heartbeats: HeartbeatStanding) -> [String] {
        heartbeats.areSigned ? [] : ["", HeartbeatStanding.unsigned]
    }

    /// A line as a terminal shows it: coloured where it tells of a backlog.
    static func painted(_ line: String) -> String {
        let isWarning =
            line.drop { $0 == " " }.hasPrefix(FleetReportText.behind)
            || line.hasSuffix(FleetSummaryText.behind)
        return isWarning && !Terminal.isColourRefused ? "\u{1B}[33m\(line)\u{1B}[0m" : line
    }
}

/// Every model and group in a line, for people: at most 100 columns wide, escaped for terminals.
struct FleetSummaryText {
    let summary: FleetSummary

    var lines: [String] {
        let lines = summary.notes.flatMap { TextLayout.wrapped("note: " + TextLayout.remark($0)) }
        guard !summary.reports.isEmpty else {
            return lines + ["no model was announced, and no worker was heard"]
        }
        let widest = summary.reports.map(\.model.description.count).max() ?? 0
        let modelWidth = min(Self.modelColumns, max(widest, "MODEL".count))
        func row(_ model: String, _ cells: [String]) -> String {
            TextLayout.row(model, cells, widths: Self.widths, firstWidth: modelWidth)
        }
        return lines + [row("MODEL", Self.titles)]
            + summary.reports.flatMap { report in
                Self.rows(report).map { row(report.model.description, $0) }
            }
    }

    private static func rows(_ report: FleetReport) -> [[String]] {
        let epoch = report.target.map { "\($0.epoch)" } ?? "-"
        let groups = report.groups
        guard !groups.isEmpty else {
            let words = report.isUnannounced ? "not announced yet" : "no worker was heard"
            return [["-", "0/0", epoch, "-", words]]
        }
        return groups.map { group in
            [
                TextLayout.remark(group.name),
                "\(group.live)/\(group.total.map(String.init) ?? "auto")", epoch,
                group.epochs.isEmpty
                    ? "-" : TextLayout.list(group.epochs.map { "\($0)" }, separator: " ", limit: 2),
                TextLayout.remark(words(group, report)),
            ]
        }
    }

    private static func words(_ group: FleetGroup, _ report: FleetReport) -> String {
        let counts = !report.expected.isEmpty || report.groups.allSatisfy(\.isGone)
        return switch group.verdict {
        case nil: "never promoted"
        case .converged:
            group.slots.contains(where: \.isBehind) ? behind : "converged"
        case .rejected(let slot, let reason): "slot \(slot.slot) rejects it: \(reason)"
        case .overtaken(let epoch): "serves epoch \(epoch) already"
        case .waiting where report.isUnannounced: "not announced yet"
        case .waiting where group.slots.isEmpty: "stopped"
        case .waiting where isGoneUnsaid(group): counts ? "gone" : "gone, does not count"
        case .waiting(let stragglers): stragglers.first ?? ""
        }
    }

    /// Whether nobody of the group is expected back, and none said why it ended.
    private static func isGoneUnsaid(_ group: FleetGroup) -> Bool {
        group.isGone && !group.slots.contains { $0.record.ended != nil }
    }

    static let behind = "converged, but behind"
    private static let titles = ["GROUP", "LIVE", "EPOCH", "SERVED", "STATE"]
    private static let widths = [18, 9, 6, 8, 33]
    private static let modelColumns = TextLayout.columns - widths.reduce(widths.count, +)
}
