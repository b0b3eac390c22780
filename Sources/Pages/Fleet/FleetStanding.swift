import Fleet
import Lifecycle

/// How a model's fleet stands, in a mark and a sentence.
struct FleetStanding {
    let report: FleetReport
    /// The epoch of the registry, where that is known: the fleet was looked at before it changed,
    /// where the report is of an earlier one.
    var epoch: Int64?

    private var isEarlier: Bool { report.target.map { $0.epoch < epoch ?? 0 } ?? false }

    var mark: StateMark {
        if isEarlier { return StateMark(.moving, "converging") }
        switch report.verdict {
        case nil: return StateMark(.idle, "not promoted")
        case .rejected: return StateMark(.bad, "rejected")
        case .overtaken: return StateMark(.doubtful, "overtaken")
        case .waiting:
            if report.isUnannounced { return StateMark(.doubtful, "not announced") }
            if live == 0 { return StateMark(.bad, "nobody serves") }
            return isLost ? StateMark(.doubtful, "not converged") : StateMark(.moving, "converging")
        case .converged:
            return report.backlog.slots > 0
                ? StateMark(.doubtful, "behind") : StateMark(.well, "converged")
        }
    }

    /// Whether somebody should look.
    var needsAttention: Bool { mark.kind == .bad || mark.kind == .doubtful }

    /// What is the matter, or what is well, in one sentence.
    var sentence: String {
        if isEarlier { return "Epoch \(epoch ?? 0) is new; who serves it is not heard yet." }
        switch report.verdict {
        case nil: return "No version was promoted."
        case .rejected(let slot, let reason):
            return "Slot \(slot) rejects epoch \(report.target?.epoch ?? 0): \(reason)"
        case .overtaken(let epoch):
            return "Epoch \(epoch) is served already, later than the one wanted."
        case .waiting(let stragglers):
            if report.isUnannounced {
                return
                    "Epoch \(report.target?.epoch ?? 0) is in the registry and not on the control "
                    + "topic yet."
            }
            // That nobody was heard is no name of somebody who is waited for.
            if let first = stragglers.first, first.hasPrefix("no ") {
                return "N\(first.dropFirst())."
            }
            let rest = stragglers.count > 1 ? ", and \(stragglers.count - 1) more" : ""
            return "Waits for \(stragglers.first ?? "a slot")\(rest)."
        case .converged:
            let (slots, lag) = report.backlog
            let epoch = report.target?.epoch ?? 0
            guard slots == 0 else {
                return "\(Figures.counted(slots, "slot")) behind, \(Figures.grouped(lag)) records "
                    + "wait; all serve epoch \(epoch)."
            }
            return "\(Figures.counted(live, "slot")) \(live == 1 ? "serves" : "serve") epoch "
                + "\(epoch)."
        }
    }

    /// `64 of 64`; without a number where the group is whoever is alive.
    var slots: String {
        let totals = report.groups.filter { !$0.isGone }.map(\.total)
        guard !totals.isEmpty, totals.allSatisfy({ $0 != nil }) else { return "\(live)" }
        return "\(live) of \(totals.compactMap(\.self).reduce(0, +))"
    }

    var epochs: [Int64] { Set(report.groups.flatMap(\.epochs)).sorted() }

    var live: Int { report.groups.reduce(0) { $0 + $1.live } }

    /// Whether a slot that is counted is not just late, but silent, failed or told of a fault.
    private var isLost: Bool {
        report.groups.contains { group in
            !group.isGone
                && (group.absent.contains {
                    $0.condition == .missing || $0.condition == .unbelieved
                }
                    || group.slots.contains { slot in
                        slot.isCounted && (!slot.isLive || slot.contender != nil)
                    })
        }
    }
}

/// How one slot stands.
struct SlotStanding {
    let slot: FleetSlot
    /// The epoch that the fleet should serve.
    let target: Int64?

    var mark: StateMark {
        let record = slot.record
        if slot.contender != nil { return StateMark(.bad, "two processes") }
        switch slot.condition {
        case .failed: return StateMark(.bad, "failed")
        case .gone: return StateMark(.idle, "gone")
        case .missing: return StateMark(.bad, "missing")
        case .unbelieved: return StateMark(.doubtful, "not believed")
        case .stopped: return StateMark(.idle, "stopped")
        case .stale: return StateMark(.doubtful, "silent")
        case .live: break
        }
        if record.rejected != nil || record.unloadable != nil { return StateMark(.bad, "rejects") }
        if record.held != nil { return StateMark(.bad, "holds") }
        if record.phase != .serving { return StateMark(.moving, record.phase.rawValue) }
        if slot.isBehind { return StateMark(.doubtful, "behind") }
        if let target, record.serving?.epoch != target { return StateMark(.moving, "other epoch") }
        if record.retrying != nil { return StateMark(.doubtful, "retrying") }
        return record.ready ? StateMark(.well, "serving") : StateMark(.moving, "not ready")
    }

    /// Why it is not as it should be, and what else somebody would ask, a sentence each.
    var notes: [String] {
        let record = slot.record
        var notes: [String] = []
        func say(_ words: String, _ reason: String?) {
            if let reason { notes.append("\(words): \(reason)") }
        }
        say("rejects epoch \(record.rejected?.epoch ?? 0)", record.rejected?.reason)
        say("cannot load epoch \(record.unloadable?.epoch ?? 0)", record.unloadable?.reason)
        say("holds and reads nothing", record.held)
        say("failed", record.ended?.reason)
        say("retrying", record.retrying)
        if let other = slot.contender {
            notes.append(
                "process \(other.pid) on \(other.host) speaks for the same slot: stop one of them")
        }
        say("the process before ended", record.lastStop?.reason)
        say("ignored on the control topic", record.ignored)
        return notes
    }
}

/// The slots of a group as a row of squares, in their order; runs of the same kind are one shape.
struct SlotMap {
    let group: FleetGroup
    let target: Int64?

    private static let side = 10
    private static let perRow = 32

    var markup: HTML {
        let kinds = Array(self.kinds.prefix(Limits.slots))
        guard !kinds.isEmpty else { return HTML() }
        let rows = (kinds.count + Self.perRow - 1) / Self.perRow
        var marks = HTML()
        for row in 0..<rows {
            let end = min(kinds.count, (row + 1) * Self.perRow)
            var first = row * Self.perRow
            while first < end {
                var last = first
                while last + 1 < end, kinds[last + 1] == kinds[first] { last += 1 }
                marks += shapes(first...last, kinds[first], y: row * Self.side)
                first = last + 1
            }
        }
        let width = min(kinds.count, Self.perRow) * Self.side
        return """
            <svg class="slots" width="\(width)" height="\(rows * Self.side)" role="img" \
            aria-label="\(words(of: kinds))">\(marks)</svg>
            """
    }

    /// Those that are well are many: one shape, which the pattern cuts into squares.
    private func shapes(_ run: ClosedRange<Int>, _ kind: StateMark.Kind, y: Int) -> HTML {
        let x = run.lowerBound % Self.perRow * Self.side
        if kind == .well {
            return """
                <rect class="slot-well" x="\(x)" y="\(y)" width="\(run.count * Self.side)" height="9"/>
                """
        }
        return run.map { slot -> HTML in
            let left = slot % Self.perRow * Self.side
            let cut: HTML =
                kind == .bad || kind == .doubtful
                ? "<path class=\"slot-cut\" d=\"M\(left + 2) \(y + 2)l4 4m0-4l-4 4\"/>" : ""
            return """
                <rect class="slot-\(kind.rawValue)" x="\(left)" y="\(y)" width="8" height="8"/>\(cut)
                """
        }.joined()
    }

    private func words(of kinds: [StateMark.Kind]) -> String {
        let names: [(StateMark.Kind, String)] = [
            (.well, "serving"), (.moving, "on their way"), (.doubtful, "in doubt"),
            (.bad, "in trouble"),
            (.idle, "gone"),
        ]
        let counts = names.compactMap { kind, name -> String? in
            let count = kinds.count { $0 == kind }
            return count > 0 ? "\(count) \(name)" : nil
        }
        return "\(Figures.counted(kinds.count, "slot")): \(counts.joined(separator: ", "))"
    }

    private var kinds: [StateMark.Kind] {
        var kinds: [(Int, StateMark.Kind)] = group.slots.map { slot in
            (slot.number, SlotStanding(slot: slot, target: target).mark.kind)
        }
        for run in group.absent {
            let kind: StateMark.Kind =
                switch run.condition {
                case .gone, .stopped: .idle
                case .unbelieved: .doubtful
                default: .bad
                }
            for slot in run.slots.prefix(Limits.slots) { kinds.append((slot, kind)) }
        }
        return kinds.sorted { $0.0 < $1.0 }.map(\.1)
    }
}
