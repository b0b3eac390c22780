import Fleet
import Lifecycle

/// The report on one model's fleet for people: a line a slot, its details below, then the versions
/// over the fleet; at most 100 columns wide.
///
/// Everything that came from elsewhere is escaped for terminals.
struct FleetReportText {
    let report: FleetReport

    var lines: [String] {
        var lines = TextLayout.wrapped(headline) + verdictLines
        for line in report.unawaited {
            lines += TextLayout.wrapped(
                "not waited for: " + line.printable + NotConverged.groupRemedy)
        }
        for note in report.notes {
            lines += TextLayout.wrapped("note: " + TextLayout.remark(note))
        }
        let groups = report.groups
        guard !groups.isEmpty else { return lines }
        let names = groups.flatMap { group in
            group.slots.map { Self.shownSlot(group.name, "\($0.number)") }
                + group.absent.map { Self.shownSlot(group.name, Self.numbers($0.slots)) }
        }
        let width = max(names.map(\.count).max() ?? 0, "GROUP/SLOT".count)
        let columns = SlotColumns(slotWidth: width)
        lines += ["", columns.header]
        for group in groups { lines += slotLines(of: group, columns) }
        return lines + FleetTotalsText(totals: report.totals).lines
    }

    private var verdictLines: [String] {
        switch report.verdict {
        case .converged:
            let count = report.census[.live] ?? 0
            let rest =
                report.groups.contains(where: \.isElastic)
                ? "every partition is served" : "none missing"
            return ["converged: \(count) slot\(count == 1 ? "" : "s") live, \(rest)"] + behindLines
        case .rejected(let slot, let reason):
            return TextLayout.wrapped(
                "rejected by slot \(TextLayout.remark(slot.description)): "
                    + TextLayout.remark(reason))
        case .overtaken:
            return report.waitingFor.flatMap { TextLayout.wrapped("waiting: " + $0) }
                + TextLayout.wrapped(
                    "where the registry does not have that epoch, go above it: swerve registry adopt "
                        + report.model.description)
        default:
            let shown = report.waitingFor.prefix(Self.stragglersShown).flatMap { straggler in
                TextLayout.wrapped("waiting: " + TextLayout.remark(straggler))
            }
            let rest = report.waitingFor.count - Self.stragglersShown
            return (rest > 0 ? shown + ["waiting: \(rest) more"] : shown) + behindLines
        }
    }

    private var behindLines: [String] {
        let (slots, lag) = report.backlog
        guard slots > 0 else { return [] }
        return TextLayout.wrapped(
            "\(Self.behind) \(slots) slot\(slots == 1 ? "" : "s"), \(lag) records wait")
    }

    /// How a line begins that tells of a backlog; it is coloured on a terminal.
    static let behind = "behind:"

    private var headline: String {
        let name = report.model.description
        switch (report.wanted, report.announced) {
        case (nil, nil):
            guard let target = report.target else { return "\(name): never promoted" }
            return "\(name): epoch \(target.epoch) (as the slots say)"
        case (let wanted?, nil):
            let state =
                report.isUnannounced ? "not announced yet" : "whether it is announced is not known"
            return "\(name): \(wanted.summary) (\(state))"
        case (nil, let announced?): return "\(name): \(announced.summary) (announced)"
        case (let wanted?, let announced?):
            let state =
                wanted == announced ? "announced" : "the control topic says: \(announced.summary)"
            return "\(name): \(wanted.summary) (\(state))"
        }
    }

    // MARK: - Slots

    private func slotLines(of group: FleetGroup, _ columns: SlotColumns) -> [String] {
        var rows: [(first: Int, lines: [String])] = []
        for slot in group.slots {
            let name = Self.shownSlot(group.name, "\(slot.number)")
            rows.append(
                (
                    slot.number,
                    [columns.row(name, cells(slot))]
                        + details(slot, of: group).flatMap { TextLayout.wrapped("  " + $0) }
                ))
        }
        for run in group.absent {
            let name = Self.shownSlot(group.name, Self.numbers(run.slots))
            rows.append((run.slots.lowerBound, [columns.row(name, [run.condition.rawValue])]))
        }
        return rows.sorted { $0.first < $1.first }.flatMap(\.lines)
    }

    private static func numbers(_ slots: ClosedRange<Int>) -> String {
        slots.count == 1 ? "\(slots.lowerBound)" : "\(slots.lowerBound)-\(slots.upperBound)"
    }

    private static func shownSlot(_ group: String, _ numbers: String) -> String {
        // The number tells slots apart, so the group's name is what gives way.
        let number = "/\(numbers)"
        return TextLayout.remark(group).shortened(to: SlotColumns.slotColumns - number.count)
            + number
    }

    private func cells(_ slot: FleetSlot) -> [String] {
        let record = slot.record
        let isLive = slot.condition == .live
        let state = isLive ? record.phase.rawValue : slot.condition.rawValue
        let served = record.serving
        let version = served.map { served in
            "\(served.stable)" + (served.candidate.map { " + \($0)" } ?? "")
        }
        return [
            slot.isBehind ? "behind" : state + (isLive ? Self.readiness(record) : ""),
            served.map { "\($0.epoch)" } ?? "-", version ?? "-",
            served?.stableDigest.map(Self.shortDigest) ?? "-",
            served.map { Figures.short($0.loadedMs) } ?? "-",
            Figures.count(record.counts.records, width: SlotColumns.recordsColumns),
            Figures.count(record.counts.deadLetters, width: SlotColumns.deadColumns),
            Figures.count(record.counts.rebalances, width: SlotColumns.rebalancesColumns),
            Figures.duration(slot.silentMs) + " ago",
        ]
    }

    /// Records that have waited for their schema for long are why a worker that serves what it
    /// should is not ready all the same; `retrying` tells of them.
    private static func readiness(_ record: StatusRecord) -> String {
        guard record.ready else { return "" }
        return (record.counts.parked ?? 0) > 0 && record.retrying != nil ? ", waits" : ", ready"
    }

    private static func shortDigest(_ digest: String) -> String {
        let name = digest.hasPrefix("sha256:") ? digest.dropFirst("sha256:".count) : digest[...]
        return TextLayout.remark(String(name.unicodeScalars.prefix(SlotColumns.digestColumns)))
            .shortened(to: SlotColumns.digestColumns)
    }

    private func details(_ slot: FleetSlot, of group: FleetGroup) -> [String] {
        let record = slot.record
        var details: [String] = []
        if let served = record.serving, !served.boundaries.isEmpty {
            let boundaries = served.boundaries.sorted { TextLayout.isBefore($0.key, $1.key) }
            let shown = TextLayout.list(
                boundaries, separator: " ", limit: Self.boundariesShown
            ) { "\($0.key)@\($0.value)" }
            details.append(
                "since partition@offset "
                    + TextLayout.remark(shown, scalars: Self.boundaryScalars))
        }
        if let progress = progress(slot) { details.append(progress) }
        details.append(process(slot))
        if let stop = record.lastStop {
            details.append("the process before ended: " + TextLayout.remark(stop.reason))
        }
        if let rejected = record.rejected {
            details.append(
                "rejects epoch \(rejected.epoch): " + TextLayout.remark(rejected.reason))
        }
        if let ended = record.ended {
            details.append("failed: " + TextLayout.remark(ended.reason))
        }
        if let held = record.held {
            details.append("holds, and reads nothing: " + TextLayout.remark(held))
        }
        if let count = record.counts.passedOver, count > 0 {
            details.append(
                "passed over \(Figures.counted(count, "record")), older than limits.max_age")
        }
        if let count = record.counts.malformed, count > 0 {
            details.append(
                "\(Figures.counted(count, "record")) not of the format of input.log, scored as a "
                    + "whole or refused")
        }
        if let count = record.counts.parked, count > 0 {
            details.append("\(Figures.counted(count, "record")) wait for their schema")
        }
        if let retrying = record.retrying {
            details.append("retrying: " + TextLayout.remark(retrying))
        }
        if let ignored = record.ignored {
            details.append(
                "ignored "
                    + Figures.counted(record.counts.ignoredControlRecords, "control record")
                    + ", the last: " + TextLayout.remark(ignored))
        }
        return details + oddities(slot, of: group)
    }

    /// Nil from an older worker, and before the first second.
    private func progress(_ slot: FleetSlot) -> String? {
        let record = slot.record
        var parts: [String] = []
        if let lag = record.lag { parts.append("lag \(lag)") }
        if let rate = record.recordsPerSecond {
            parts.append("\(Figures.short(rate)) records a second")
        }
        if let age = slot.lastRecordAgeMs {
            parts.append("last record \(Figures.duration(age)) old")
        }
        guard !parts.isEmpty else { return nil }
        let words = parts.joined(separator: ", ")
        guard slot.isBehind else { return words }
        let time = slot.backlog?.seconds.map { seconds in
            ", \(Figures.duration(Int64(min(seconds * 1_000, Self.longestMs)))) at this rate"
        }
        return "\(Self.behind) \(words)\(time ?? "")"
    }

    private static let longestMs = 1e15

    private func process(_ slot: FleetSlot) -> String {
        let record = slot.record
        var parts = [
            Self.shown(record.incarnation), "up \(Figures.duration(slot.uptimeMs))",
            "poll gap \(Figures.short(record.pollGapMs)) ms, "
                + "longest \(Figures.short(record.pollGapMaxMs)) ms",
        ]
        if let delivery = record.delivery {
            parts.append("delivers \(TextLayout.remark(delivery, scalars: Self.nameScalars))")
        }
        if let key = record.serving?.signedBy {
            parts.append("signed by \(TextLayout.remark(key, scalars: Self.nameScalars))")
        }
        if let before = slot.predecessor {
            parts.append("in the place of \(Self.shown(before))")
        }
        return parts.joined(separator: ", ")
    }

    private func oddities(_ slot: FleetSlot, of group: FleetGroup) -> [String] {
        var oddities: [String] = []
        if let other = slot.contender {
            oddities.append(
                "two processes in this slot: \(Self.shown(other)) speaks for it too; stop one of "
                    + "the two services, or give each slots of its own (slots.first, slots.total)")
        }
        if !slot.isCounted {
            oddities.append("not counted: the group has \(group.total ?? 0) slots now")
        }
        if let behind = slot.clockBehindMs, behind.magnitude > FleetBoard.freshnessMs {
            let way = behind > 0 ? "behind" : "ahead"
            let distance = Int64(clamping: behind.magnitude)
            oddities.append("its clock is \(Figures.duration(distance)) \(way)")
        }
        return oddities
    }

    private static func shown(_ incarnation: StatusRecord.Incarnation) -> String {
        "pid \(incarnation.pid) on \(TextLayout.remark(incarnation.host, scalars: nameScalars))"
    }

    private static let stragglersShown = 20
    private static let boundariesShown = 64
    private static let boundaryScalars = 2_000
    private static let nameScalars = 64
}
