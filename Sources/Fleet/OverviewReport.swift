package import Lifecycle

/// What `swerve status` tells without a name: every model on the status topic, a line a group.
package struct OverviewReport: Sendable {
    package let reports: [FleetReport]
    package let notes: [String]

    package init(reports: [FleetReport], notes: [String] = []) {
        self.reports = reports
        self.notes = notes
    }

    /// Whether every model that was promoted is; one that nobody works for is not.
    package var isConverged: Bool { reports.allSatisfy { $0.verdict == .converged } }

    /// The document for programs: `models`, each `model`, `epoch` (of the target, or null),
    /// `source`, `converged`, `waiting_for`, `not_waited_for`, and `groups`, each `group`,
    /// `live`, `total`, `epochs` (those its live slots serve), `converged`; and `notes`.
    package var json: JSONValue {
        [
            "models": .array(reports.map(Self.json)),
            "notes": .array(notes.map { .string($0) }),
        ]
    }

    /// The table for people, at most 100 columns wide, escaped for terminals.
    package var lines: [String] {
        var lines = notes.flatMap { TextLayout.wrapped("note: " + TextLayout.remark($0)) }
        guard !reports.isEmpty else {
            return lines + ["no model was announced, and no worker was heard"]
        }
        let width = reports.map(\.board.model.description.count).max() ?? 0
        let modelWidth = min(Self.modelColumns, max(width, "MODEL".count))
        lines.append(
            TextLayout.row("MODEL", Self.titles, widths: Self.widths, firstWidth: modelWidth))
        for report in reports {
            for cells in Self.rows(report) {
                lines.append(
                    TextLayout.row(
                        report.board.model.description, cells, widths: Self.widths,
                        firstWidth: modelWidth))
            }
        }
        return lines
    }

    private static func rows(_ report: FleetReport) -> [[String]] {
        let epoch = report.target.map { "\($0.epoch)" } ?? "-"
        guard !report.groups.isEmpty else {
            return [["-", "0/0", epoch, "-", "no worker was heard"]]
        }
        return report.groups.map { group in
            let state = state(of: group, report)
            return [
                TextLayout.remark(group), "\(state.live)/\(state.total)", epoch,
                state.epochs.isEmpty
                    ? "-" : TextLayout.list(state.epochs.map { "\($0)" }, separator: " ", limit: 2),
                TextLayout.remark(state.words),
            ]
        }
    }

    private struct GroupState {
        let live: Int
        let total: Int
        let epochs: [Int64]
        let isConverged: Bool
        let words: String
    }

    private static func state(of group: String, _ report: FleetReport) -> GroupState {
        let board = report.board
        let live = board.slots(of: group).filter { $0.isLive(nowMs: report.nowMs) }
        let verdict = report.convergence(of: group)?.verdict(nowMs: report.nowMs)
        let words =
            switch verdict {
            case nil: "never promoted"
            case .converged: "converged"
            case .rejected(let slot, let reason): "slot \(slot.slot) rejects it: \(reason)"
            case .overtaken(let epoch): "serves epoch \(epoch) already"
            case .waiting where board.slots(of: group).isEmpty: "stopped"
            case .waiting where board.isGone(group, nowMs: report.nowMs): "gone"
            case .waiting(let stragglers): stragglers.first ?? ""
            }
        return GroupState(
            live: live.count, total: board.total(of: group, nowMs: report.nowMs),
            epochs: Set(live.compactMap(\.record.serving?.epoch)).sorted(),
            isConverged: verdict == .converged, words: words)
    }

    private static func json(_ report: FleetReport) -> JSONValue {
        [
            "model": .string(report.board.model.description),
            "epoch": report.target.map { .int($0.epoch) } ?? .null,
            "source": report.target.map { .string($0.source.rawValue) } ?? .null,
            "converged": .bool(report.verdict == .converged),
            "waiting_for": .array(report.waitingFor.map { .string($0) }),
            "not_waited_for": .array(report.unawaited.map { .string($0) }),
            "groups": .array(
                report.groups.map { group in
                    let state = state(of: group, report)
                    return [
                        "group": .string(group), "live": .int(Int64(state.live)),
                        "total": .int(Int64(state.total)),
                        "epochs": .array(state.epochs.map { .int($0) }),
                        "converged": .bool(state.isConverged),
                    ]
                }),
        ]
    }

    private static let titles = ["GROUP", "LIVE", "EPOCH", "SERVED", "STATE"]
    private static let widths = [18, 9, 6, 8, 33]
    private static let modelColumns = TextLayout.columns - widths.reduce(widths.count, +)
}
