import Catalogue
import Judge
import Lifecycle
import Scoring
import Verification

/// What a replay came to as one page of HTML: no scripts, no files beside it, nothing from the web.
struct ReplayPage {
    private let findings: ReplayFindings

    init(_ findings: ReplayFindings) { self.findings = findings }

    var text: String {
        var page = Markup()
        let cast = findings.cast
        let against = cast.against.map { " against version \($0.version)" } ?? ""
        let title = "\(cast.model)@\(cast.version.version)\(against)"
        page.add(markup: PageFile.head("replay of \(title)"))
        page.add("h1", "Replay of \(title)")
        page.add("pre", ReplayText(findings).lines.prefix(3).joined(separator: "\n"))
        for note in findings.notes { page.add("p", TextLayout.remark(note), "class=\"note\"") }
        versions(&page)
        flips(&page)
        judge(&page)
        hours(&page)
        page.add(markup: PageFile.end)
        return page.text
    }

    // MARK: - Versions

    private func versions(_ page: inout Markup) {
        page.add("h2", "Alerts and scores")
        page.table(
            ["", "scored", "alerts", "rate", "95 %", "threshold", "no score"],
            findings.sides.map { side in
                let interval = side.alertRate.interval.map {
                    "\(ReplayText.percent($0.lowerBound)) to \(ReplayText.percent($0.upperBound))"
                }
                let refused = side.tally.refused.sorted { $0.key.rawValue < $1.key.rawValue }
                return [
                    side.name, "\(side.tally.scored)", "\(side.tally.alerts)",
                    side.alertRate.value.map(ReplayText.percent) ?? "-", interval ?? "-",
                    "\(side.version.scorer.threshold)",
                    refused.map { "\($0.key.rawValue): \($0.value)" }.joined(separator: ", "),
                ]
            })
        budgets(&page)
        page.add(plot: scores)
        labelled(&page)
    }

    private func budgets(_ page: inout Markup) {
        guard let wanted = findings.alertsPerDay else { return }
        for side in findings.sides {
            switch findings.budgeted(side) {
            case .threshold(let threshold, let perDay):
                page.add(
                    "p",
                    "\(side.name): at most \(Figures.short(wanted)) alerts a day with threshold "
                        + "\(threshold), which gives \(Figures.short(perDay))")
            case .unmet(let reason):
                page.add("p", "\(side.name): no threshold for the budget: \(reason)")
            case nil: break
            }
        }
    }

    /// Between the outermost thousandths, so that a stray score does not flatten the rest.
    private var scores: String {
        let sides = findings.sides
        let lows = sides.compactMap { $0.tally.scores.quantile(0.001) }
        let highs = sides.compactMap { $0.tally.scores.quantile(0.999) }
        guard let low = lows.min(), let high = highs.max(), high > low else { return "" }
        let width = (high - low) / Double(Self.bars)
        let series = sides.enumerated().map { index, side in
            Plot.Series(
                name: side.name, colour: index,
                points: side.tally.scores.bars(Self.bars, from: low, to: high).enumerated().map {
                    (low + Double($0) * width, Double($1))
                })
        }
        return Plot(
            title: "Scores", xName: "score", yName: "records in each bar", series: series,
            xEnds: (Figures.short(low), Figures.short(high))
        ).steps
    }

    private func labelled(_ page: inout Markup) {
        let sides = findings.sides.filter { $0.tally.labelled.count > 0 }
        guard !sides.isEmpty else { return }
        page.add("h2", "Against labels")
        page.table(
            ["", "true alerts", "false alerts", "missed", "precision", "recall"],
            sides.map { side in
                let known = side.tally.labelled
                return [
                    side.name, "\(known.truePositives)", "\(known.falsePositives)",
                    "\(known.falseNegatives)",
                    ReplayFindings.precision(known).value.map(ReplayText.percent) ?? "-",
                    ReplayFindings.recall(known).value.map(ReplayText.percent) ?? "-",
                ]
            })
        let series = sides.enumerated().compactMap { index, side -> Plot.Series? in
            guard let curve = findings.curve(side), curve.positives > 0 else { return nil }
            let scores = (side.tally.labelled.attacks + side.tally.labelled.normals).sorted(by: >)
            let stride = max(1, scores.count / Self.curvePoints)
            let points = Swift.stride(from: 0, to: scores.count, by: stride).compactMap { place in
                let point = curve.point(at: scores[place])
                let alerts = point.truePositives + point.falsePositives
                return alerts > 0
                    ? (
                        x: Double(point.truePositives) / Double(curve.positives),
                        y: Double(point.truePositives) / Double(alerts)
                    ) : nil
            }
            return Plot.Series(name: side.name, colour: index, points: points)
        }
        page.add(
            plot: Plot(
                title: "Precision and recall", xName: "recall (part of attacks that alert)",
                yName: "precision (part of alerts)", series: series,
                xEnds: Self.ends(series), yMax: 1
            ).lines)
    }

    /// The outermost numbers of the level axis.
    private static func ends(_ series: [Plot.Series]) -> (String, String) {
        let all = series.flatMap(\.points).map(\.x).filter(\.isFinite)
        guard let low = all.min(), let high = all.max() else { return ("", "") }
        return (Figures.short(low), Figures.short(high))
    }

    // MARK: - Flips

    private func flips(_ page: inout Markup) {
        guard findings.cast.against != nil else { return }
        let tally = findings.tally
        page.add("h2", "What the two say otherwise")
        page.table(
            ["records with both scores", "normal → alert", "alert → normal", "another label"],
            [
                [
                    "\(tally.pairs)", "\(tally.up.count)", "\(tally.down.count)",
                    "\(tally.relabelled.count)",
                ]
            ])
        guard !findings.groups.isEmpty else { return }
        page.add("p", "What changed \(findings.explained) of them most, with examples:")
        page.table(
            ["", "", "cause", "examples"],
            findings.groups.prefix(Self.groupsMax).map { group in
                let examples = group.examples.map { example in
                    let flip = example.flip
                    return "\(flip.place): \(Figures.short(flip.firstScore)) → "
                        + "\(Figures.short(flip.secondScore)) \(findings.shown(example) ?? "")"
                }
                return [
                    "\(group.count)", ReplayText.words(group.kind), TextLayout.remark(group.cause),
                    examples.joined(separator: "\n"),
                ]
            })
    }

    // MARK: - The judge

    private func judge(_ page: inout Markup) {
        guard let course = findings.report.course else { return }
        page.add("h2", "The judge, had it been a shadow")
        let turn =
            course.turn.map {
                "\($0.verdict.rawValue) at \(Timestamp.text(ofMs: $0.atMs)), after \($0.pairs) pairs"
                    + ($0.reason.map { ": \($0)" } ?? "")
            } ?? "no verdict within the range"
        page.add("p", turn)
        page.add("pre", (course.report?.lines ?? []).joined(separator: "\n"))
        page.add(
            "p", "Not judged here: \(ReplayFindings.leftOut.joined(separator: ", ")).")
        guard let first = course.points.first, let last = course.points.last else { return }
        page.add(
            plot: Plot(
                title: "Evidence, as a part of what is needed",
                xName: "pairs (records that both versions scored)", yName: "part; 1 is proof",
                series: [
                    Plot.Series(
                        name: "for a fail", colour: 1,
                        points: course.points.map { (Double($0.pairs), $0.fail) }),
                    Plot.Series(
                        name: "for a pass", colour: 2,
                        points: course.points.map { (Double($0.pairs), $0.pass) }),
                ], xEnds: ("\(first.pairs)", "\(last.pairs)"), yMax: 1
            ).lines)
    }

    // MARK: - Hours

    private func hours(_ page: inout Markup) {
        let days = findings.tally.hours.byDay
        guard let first = days.first, let last = days.last else { return }
        page.add("h2", "Alerts by time (UTC)")
        page.add(
            plot: Plot(
                title: "Alerts a day", xName: "day (UTC)", yName: "alerts a day",
                series: series(days.map { (Double($0.day), $0.tally) }),
                xEnds: (ReplayFindings.day(first.day), ReplayFindings.day(last.day))
            ).steps)
        page.add(
            plot: Plot(
                title: "Alerts by hour of the week", xName: "hour of the week (UTC)",
                yName: "alerts in all",
                series: series(
                    findings.tally.hours.byHour.enumerated().map { (Double($0), $1) }),
                xEnds: ("Monday 00:00", "Sunday 24:00")
            ).steps)
    }

    private func series(_ tallies: [(x: Double, tally: AlertHours.Tally)]) -> [Plot.Series] {
        let sides = findings.sides
        return sides.indices.map { index in
            Plot.Series(
                name: sides[index].name, colour: index,
                points: tallies.map {
                    let alerts = findings.alerts($0.tally)
                    return ($0.x, Double(index == 0 ? alerts.version : alerts.against))
                })
        }
    }

    private static let bars = 60
    private static let curvePoints = 400
    private static let groupsMax = 40
}
