import Lifecycle

extension FleetReport {
    /// The report for people: a line a slot, its details below, at most 100 columns wide.
    ///
    /// Everything that came from elsewhere is escaped for terminals.
    package var text: String {
        var lines = Self.wrapped(headline)
        switch verdict {
        case .converged: lines.append("converged")
        default: lines += waitingFor.flatMap { Self.wrapped("waiting: " + $0.printable) }
        }
        guard !board.slots.isEmpty else { return lines.joined(separator: "\n") + "\n" }
        let slotWidth = board.slots.map { shownSlot($0).count }.max() ?? 0
        lines += ["", row("GROUP/SLOT", Self.titles, slotWidth)]
        for member in board.slots {
            lines.append(row(shownSlot(member), cells(member), slotWidth))
            lines += details(member).flatMap { Self.wrapped("  " + $0) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private static let columns = 100
    private static let titles = ["STATE", "EPOCH", "VERSION", "RECORDS", "DEAD", "REBAL", "HEARD"]
    /// Those of the cells behind the slot's, which gets what is left.
    private static let widths = [17, 6, 11, 11, 6, 5, 11]
    private static let slotColumns = columns - widths.reduce(widths.count, +)
    private static let remarkCharacters = 300

    private var headline: String {
        let name = board.model.description
        switch (wanted, announced) {
        case (nil, nil): return "\(name): never promoted"
        case (let wanted?, nil): return "\(name): \(wanted.summary) (not announced yet)"
        case (nil, let announced?): return "\(name): \(announced.summary) (as announced)"
        case (let wanted?, let announced?):
            let state =
                wanted == announced ? "announced" : "the control topic says: \(announced.summary)"
            return "\(name): \(wanted.summary) (\(state))"
        }
    }

    private func shownSlot(_ member: FleetBoard.Member) -> String {
        let name = member.slot.description.printable
        guard name.count > Self.slotColumns else { return name }
        // The number tells slots apart, so the group's name is what gives way.
        let number = "/\(member.slot.slot)"
        return name.dropLast(number.count).description
            .shortened(to: Self.slotColumns - number.count) + number
    }

    private func cells(_ member: FleetBoard.Member) -> [String] {
        let record = member.record
        let isLive = member.isLive(nowMs: nowMs)
        let state = isLive ? record.phase.rawValue : "silent"
        let readiness = record.ready && isLive ? ", ready" : ""
        let served = record.serving
        let version = served.map { served in
            "\(served.stable)" + (served.candidate.map { " + \($0)" } ?? "")
        }
        return [
            state + readiness, served.map { "\($0.epoch)" } ?? "-", version ?? "-",
            Self.count(record.counts.records, width: 11),
            Self.count(record.counts.deadLetters, width: 6),
            Self.count(record.counts.rebalances, width: 5),
            Self.ago(member.silenceMs(nowMs: nowMs)),
        ]
    }

    private func details(_ member: FleetBoard.Member) -> [String] {
        let record = member.record
        var details: [String] = []
        if let served = record.serving, !served.boundaries.isEmpty {
            let boundaries = served.boundaries.sorted { Self.isBefore($0.key, $1.key) }
            let shown = boundaries.map { "\($0.key)@\($0.value)" }
            details.append("since partition@offset " + shown.joined(separator: " ").printable)
        }
        if !record.counts.byVersion.isEmpty {
            let versions = record.counts.byVersion.sorted { Self.isBefore($0.key, $1.key) }
            let shown = versions.map { "\($0.key): \($0.value)" }
            details.append("predictions by version " + shown.joined(separator: ", ").printable)
        }
        if let rejected = record.rejected {
            details.append("rejects epoch \(rejected.epoch): " + Self.remark(rejected.reason))
        }
        if let retrying = record.retrying { details.append("retrying: " + Self.remark(retrying)) }
        if let ignored = record.ignored {
            details.append(
                "ignored \(record.counts.ignoredControlRecords) control records, the last: "
                    + Self.remark(ignored))
        }
        return details
    }

    private func row(_ slot: String, _ cells: [String], _ slotWidth: Int) -> String {
        var line = Self.padded(slot, min(Self.slotColumns, max(slotWidth, "GROUP/SLOT".count)))
        for (cell, width) in zip(cells, Self.widths) {
            line += " " + Self.padded(cell.shortened(to: width), width)
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func remark(_ text: String) -> String {
        text.shortened(to: remarkCharacters).printable
    }

    /// In thousands, millions … where the number itself is too wide; the JSON has it all.
    private static func count(_ number: Int64, width: Int) -> String {
        var rest = number
        for suffix in ["", "k", "M", "G", "T", "P"] {
            let text = "\(rest)\(suffix)"
            if text.count <= width { return text }
            rest /= 1_000
        }
        return "\(rest)E"
    }

    /// Partitions and versions by number, what is no number behind them.
    private static func isBefore(_ left: String, _ right: String) -> Bool {
        (Int(left) ?? .max, left) < (Int(right) ?? .max, right)
    }

    private static func ago(_ milliseconds: Int64) -> String {
        switch milliseconds {
        case ..<10_000: "\(milliseconds / 1_000).\(milliseconds % 1_000 / 100) s ago"
        case ..<600_000: "\(milliseconds / 1_000) s ago"
        case ..<36_000_000: "\(milliseconds / 60_000) min ago"
        case ..<864_000_000: "\(milliseconds / 3_600_000) h ago"
        default: "long ago"
        }
    }

    /// `line` broken at spaces, what follows indented by four more; a word too long is cut.
    private static func wrapped(_ line: String) -> [String] {
        var lines: [String] = []
        var rest = line[...]
        let indent = String(line.prefix { $0 == " " }) + "    "
        while true {
            let room = columns - (lines.isEmpty ? 0 : indent.count)
            guard rest.count > room else { break }
            let fitting = rest.prefix(room)
            let isIndent = { (index: Substring.Index) in
                rest[..<index].allSatisfy { $0 == " " }
            }
            let space = fitting.lastIndex(of: " ").flatMap { isIndent($0) ? nil : $0 }
            let end = space ?? fitting.endIndex
            lines.append((lines.isEmpty ? "" : indent) + rest[..<end])
            rest = rest[end...].drop { $0 == " " }
        }
        if !rest.isEmpty { lines.append((lines.isEmpty ? "" : indent) + rest) }
        return lines
    }
}
