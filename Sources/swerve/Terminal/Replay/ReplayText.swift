import Catalogue
import Judge
import Lifecycle
import Scoring
import Verification

/// What a replay came to, for people.
struct ReplayText {
    private let findings: ReplayFindings

    init(_ findings: ReplayFindings) { self.findings = findings }

    var lines: [String] {
        head + findings.sides.flatMap(version) + flips + judge + hours
            + findings.notes.flatMap { TextLayout.wrapped("note: \(TextLayout.remark($0))") }
    }

    private var head: [String] {
        let (report, cast) = (findings.report, findings.cast)
        let against = cast.against.map { " against version \($0.version)" } ?? ""
        var lines = [
            "\(cast.model)@\(cast.version.version)\(against) over "
                + "\(Figures.counted(findings.tally.records, "record")) of "
                + TextLayout.remark(findings.topic, scalars: 80)
        ]
        if let span = findings.tally.hours.span {
            lines.append(
                "written from \(Timestamp.text(ofMs: span.lowerBound)) to "
                    + Timestamp.text(ofMs: span.upperBound)
                    + (findings.days.map { ", \(Figures.short($0)) days" } ?? ""))
        }
        let threads = Figures.counted(report.threads, "thread")
        lines.append(
            "scored by \(threads) in \(Figures.fixed(report.durationS, 1)) s, "
                + "\(Figures.fixed(report.recordsPerS, 0)) records a second")
        return lines
    }

    // MARK: - A version

    private func version(_ side: ReplayFindings.Side) -> [String] {
        let said = side.tally
        var rate = ""
        if let share = side.alertRate.value, let interval = side.alertRate.interval {
            rate =
                " (\(Self.percent(share)), 95 %: \(Self.percent(interval.lowerBound)) to "
                + "\(Self.percent(interval.upperBound)))"
        }
        var day = ""
        if let days = findings.days {
            day = ", \(Figures.short(Double(said.alerts) / days)) a day"
        }
        var lines = [
            "",
            "\(side.name): \(Figures.counted(said.alerts, "alert")) of "
                + "\(said.scored) scored\(rate)\(day)",
        ]
        for (code, count) in said.refused.sorted(by: {
            ($1.value, $0.key.rawValue) < ($0.value, $1.key.rawValue)
        }) {
            lines.append("  \(Figures.counted(count, "record")) without a score: \(code.rawValue)")
        }
        let quantiles = ReplayFindings.quantiles.compactMap { name, part in
            said.scores.quantile(part).map { "\(name) \(Figures.short($0))" }
        }
        if !quantiles.isEmpty {
            lines += TextLayout.wrapped("  scores: \(quantiles.joined(separator: ", "))")
        }
        return lines + budget(side) + labelled(side)
    }

    private func budget(_ side: ReplayFindings.Side) -> [String] {
        guard let found = findings.budgeted(side), let wanted = findings.alertsPerDay else {
            return []
        }
        let budget = ThresholdBudget.alerts(perDay: wanted, ofRequests: 1).words
        switch found {
        case .unmet(let reason):
            return TextLayout.wrapped("  no threshold for \(budget): \(reason)")
        case .threshold(let threshold, let perDay):
            return [
                "  threshold for \(budget): \(JSONValue.double(threshold).text), which gives "
                    + "\(Figures.short(perDay)); now \(side.version.scorer.threshold)"
            ]
        }
    }

    private func labelled(_ side: ReplayFindings.Side) -> [String] {
        let known = side.tally.labelled
        guard known.count > 0 else { return [] }
        var lines = [
            "  of \(Figures.counted(known.count, "labelled record")): precision "
                + "\(Self.share(ReplayFindings.precision(known))), recall "
                + Self.share(ReplayFindings.recall(known))
        ]
        guard let curve = findings.curve(side) else { return lines }
        for point in curve.overview() {
            let precision = Proportion(
                point.truePositives, of: point.truePositives + point.falsePositives)
            let recall = Proportion(
                point.truePositives, of: max(curve.positives, point.truePositives))
            lines.append(
                "    threshold \(Figures.short(point.threshold)): precision "
                    + "\(Self.share(precision)), recall \(Self.share(recall))")
        }
        return lines
    }

    private static func share(_ share: Proportion) -> String {
        guard let value = share.value, let interval = share.interval else { return "-" }
        return "\(percent(value)) (\(percent(interval.lowerBound)) to "
            + "\(percent(interval.upperBound)))"
    }

    /// With digits enough for rare alerts.
    static func percent(_ share: Double) -> String {
        "\(share > 0 && share < 0.01 ? Figures.short(share * 100) : Figures.fixed(share * 100, 1)) %"
    }

    // MARK: - Flips

    private var flips: [String] {
        let (tally, cast) = (findings.tally, findings.cast)
        guard let against = cast.against else { return [] }
        var lines = [
            "",
            "\(Figures.counted(tally.pairs, "record")) have a score of both: "
                + "\(tally.up.count) alert with version \(cast.version.version) alone, "
                + "\(tally.down.count) with version \(against.version) alone"
                + (tally.relabelled.count > 0
                    ? ", \(tally.relabelled.count) have other labels" : ""),
        ]
        if tally.lost + tally.gained > 0 {
            lines.append(
                "\(tally.lost) have a score of version \(against.version) alone, \(tally.gained) of "
                    + "version \(cast.version.version) alone")
        }
        let all = tally.up.count + tally.down.count + tally.relabelled.count
        if Int64(findings.explained) < all {
            lines.append("what changed them most, of \(findings.explained) drawn from \(all):")
        } else if all > 0 {
            lines.append("what changed them most:")
        }
        for group in findings.groups.prefix(Self.groupsMax) { lines += self.group(group) }
        let rest = findings.groups.dropFirst(Self.groupsMax)
        if !rest.isEmpty {
            let count = rest.reduce(0) { $0 + $1.count }
            lines.append("  and \(count) of \(Figures.counted(rest.count, "other cause"))")
        }
        return lines
    }

    static func words(_ kind: Flip.Kind) -> String {
        switch kind {
        case .up: "normal → alert"
        case .down: "alert → normal"
        case .relabelled: "another label"
        }
    }

    private func group(_ group: FlipGroup) -> [String] {
        var lines = [
            "  \(group.count)  \(Self.words(group.kind)): "
                + TextLayout.remark(group.cause, scalars: 60)
        ]
        for example in group.examples {
            let flip = example.flip
            lines += TextLayout.wrapped(
                "      \(flip.place)  \(Figures.short(flip.firstScore)) → "
                    + "\(Figures.short(flip.secondScore))  "
                    + TextLayout.remark(findings.shown(example) ?? "", scalars: 120))
        }
        return lines
    }

    // MARK: - The judge

    private var judge: [String] {
        guard let course = findings.report.course, let against = findings.cast.against else {
            return []
        }
        var lines = [
            "",
            "the judge, had version \(findings.cast.version.version) been the shadow of version "
                + "\(against.version):",
        ]
        switch course.turn {
        case let turn? where turn.verdict == .fail:
            lines.append(
                "  fail at \(Timestamp.text(ofMs: turn.atMs)), after \(turn.pairs) pairs: "
                    + (turn.reason ?? ""))
        case let turn?:
            lines.append("  pass at \(Timestamp.text(ofMs: turn.atMs)), after \(turn.pairs) pairs")
        case nil: lines.append("  no verdict within the range")
        }
        for line in course.report?.lines ?? ["no block of ten seconds has ended"] {
            lines += TextLayout.wrapped("  \(TextLayout.remark(line, scalars: 600))")
        }
        return lines + [
            "  not judged here: \(ReplayFindings.leftOut.joined(separator: ", "))"
        ]
    }

    // MARK: - Hours

    private var hours: [String] {
        let days = findings.tally.hours.byDay
        guard !days.isEmpty else { return [] }
        var lines = ["", "alerts a day (UTC)"]
        for (day, tally) in days.suffix(Self.daysMax) {
            let alerts = findings.alerts(tally)
            let other = findings.cast.against == nil ? "" : ", against \(alerts.against)"
            lines.append(
                "  \(ReplayFindings.day(day))  \(alerts.version)\(other)  of \(tally.records)")
        }
        if days.count > Self.daysMax {
            lines.append("  and \(days.count - Self.daysMax) earlier days, in --json and --html")
        }
        let byHour = findings.tally.hours.byHour
        let most = byHour.map { findings.alerts($0).version }.max() ?? 0
        guard most > 0 else { return lines }
        lines.append("alerts by hour of the week (UTC; a full block is \(most))")
        for (index, name) in Self.weekdays.enumerated() {
            let bars = byHour[index * 24..<(index + 1) * 24].map { tally in
                Self.bar(findings.alerts(tally).version, of: most)
            }
            lines.append("  \(name)  \(bars.joined())")
        }
        return lines
    }

    static let weekdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

    private static func bar(_ count: Int64, of most: Int64) -> String {
        guard count > 0, most > 0 else { return "·" }
        let step = Int((Double(count) / Double(most) * 8).rounded(.up))
        return blocks[min(max(step, 1), 8) - 1]
    }

    private static let blocks = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    private static let groupsMax = 20
    private static let daysMax = 31
}
