import Glibc

/// The words of a report: why the verdict is what it is.
extension JudgeReport {
    /// The verdict in one line.
    package var headline: String {
        switch verdict {
        case .fail: return "fail: \(reason ?? "a guard") is proven worse than allowed"
        case .pass: return "pass: every required guard is proven within what is allowed"
        case .running: return "not decided: " + waits.joined(separator: "; ")
        }
    }

    /// What a pass still waits for.
    private var waits: [String] {
        var waits: [String] = []
        if pairs == 0 { waits.append("no record was scored by both versions yet") }
        if blocks < passBlocks {
            waits.append("\(blocks) of \(passBlocks) blocks of ten seconds seen")
        }
        if !isCovered {
            waits.append(
                "too few of the records were compared (\(Rate.grouped(Double(shed))) were shed)")
        }
        let missing = guards.filter { $0.rule.isNeeded && $0.logPass < $0.passNeeds }
        if !missing.isEmpty {
            waits.append("no proof yet from \(missing.map(\.rule.name).joined(separator: ", "))")
        }
        if !missing.isEmpty, let forecast, forecast > 0 {
            waits.append("about \(Rate.grouped(forecast)) more pairs, should they come as so far")
        }
        return waits
    }

    /// The headline, a line for each guard, and what was not counted.
    package var lines: [String] {
        var lines = [headline] + guards.map(\.line)
        if oldSlots > 0 { lines.append("\(Self.slots(oldSlots)) too old to be judged") }
        if refusedSlots > 0 {
            lines.append("\(Self.slots(refusedSlots)) told counts that cannot be, and are left out")
        }
        if rebased > 0 {
            lines.append("counts went back \(rebased) times, and were taken up anew from there")
        }
        return lines
    }

    private static func slots(_ count: Int) -> String { count == 1 ? "1 slot" : "\(count) slots" }
}

extension JudgeReport.GuardReport {
    /// Verdict, flips both ways, records, change with its interval, allowance, evidence and what is
    /// needed, design effect, and the fullest cell's part where it is above one half.
    package var line: String {
        var parts = ["\(rule.name): \(standing)"]
        guard records > 0 else { return parts[0] + "; nothing counted" }
        parts.append(flips)
        if let change {
            let (low, high) = bounds
            let span = "\(Rate.signed(low * 10_000)) to \(Rate.signed(high * 10_000))"
            parts.append("change \(Rate.signed(change * 10_000)) in 10,000 (\(span))")
        }
        parts.append(
            allowance.map { "allowed \(Rate.text($0))" } ?? "limit: \(rule.limitText)")
        parts.append(
            "evidence for harm \(Self.evidence(logFail)) of \(Self.evidence(failNeeds)), against "
                + "\(Self.evidence(logPass)) of \(Self.evidence(passNeeds))")
        parts.append(
            failEffect.map { "\(Rate.number($0)) records say as much as one (phi)" }
                ?? "too few blocks to know how much a record says (phi)")
        if let share = fullestCellShare, share > 0.5 {
            parts.append(
                "\(Int((share * 100).rounded())) % of the flips lie in one cell of 64: few clients")
        }
        return parts.joined(separator: "; ")
    }

    private var standing: String {
        let watched = rule.isEnforced ? "" : " (watched)"
        if hasFailed { return "fail\(watched)" }
        return (hasPassed ? "pass" : "not decided") + watched
    }

    private var flips: String {
        let worse = rule.kind == .down ? counts.n10 : counts.n01
        let better = rule.kind == .down ? counts.n01 : counts.n10
        return "\(Rate.grouped(worse)) flips for the worse, \(Rate.grouped(better)) for the better "
            + "in \(Rate.grouped(records)) \(rule.unit.of)"
    }

    /// A number up to a million, of its logarithm.
    private static func evidence(_ logarithm: Double) -> String {
        logarithm > log(1e6) ? "over 1,000,000" : Rate.number(exp(logarithm))
    }
}
