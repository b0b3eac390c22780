import Judge
import Lifecycle
import Operations
import Registry

/// A rollout as one page of HTML that needs nothing else: its words, and plots as inline SVG.
///
/// Every text goes through `escaped`; there is no script.
enum RolloutPage {
    static func write(_ standing: RolloutStanding, to path: String) throws(SwerveError) {
        try PageFile.write(html(standing), to: path)
    }

    static func html(_ standing: RolloutStanding) -> String {
        let title = "Rollout \(standing.id) of \(standing.model)@\(standing.candidate)"
        var body = "<h1>\(escaped(title))</h1>"
        body += "\n<p class=\"phase\">\(escaped(standing.headline))</p>"
        body +=
            "\n<p>Started \(escaped(standing.startedAt)) by \(escaped(standing.startedBy))"
            + (standing.reason.isEmpty ? "" : ": \(escaped(standing.reason))") + ".</p>"
        if let progress = standing.progress {
            body += steps(progress, standing.skips(ofSteps: progress.plan.steps.count))
        }
        if let report = standing.report {
            body += judgement(report) + plots(RolloutChart(report["chart"]))
        }
        body += events(standing)
        return PageFile.head(title) + body + "\n" + PageFile.end
    }

    private static func steps(
        _ progress: RolloutProgress, _ skips: RolloutStanding.Skips
    ) -> String {
        let (plan, state) = (progress.plan, progress.state)
        let isPast = state.isPromoted || state.phase == .completed
        var rows = ""
        for (index, step) in plan.steps.enumerated() {
            let isHere = index == state.step && !isPast
            let standing =
                if isPast || index < state.step {
                    skips.steps.contains(index) ? "skipped" : "done"
                } else if isHere {
                    state.phase.isFinal ? "the last" : "now"
                } else { "" }
            rows +=
                row(isHere && !state.phase.isFinal) + "<td>\(index + 1)</td>" + cell(standing)
                + cell("\(step.mode.rawValue) at \(step.share)")
                + cell("\(Figures.duration(step.minMs)), \(step.minPairs) pairs")
                + cell(Figures.duration(step.maxMs))
                + cell(step.require.rawValue + (step.gate == .manual ? ", approval" : ""))
                + "</tr>\n"
        }
        if plan.bake.ms > 0 {
            let over = skips.hasBake ? "skipped" : "done"
            let standing = state.isPromoted ? "now" : state.phase == .completed ? over : ""
            rows +=
                row(state.isPromoted) + "<td></td>" + cell(standing)
                + cell("bake: the old version shadows \(plan.bake.share)")
                + cell(Figures.duration(plan.bake.ms)) + cell(Figures.duration(plan.bake.maxMs))
                + cell("no-fail") + "</tr>\n"
        }
        let lines = progress.lines.map { "<p>\(escaped($0))</p>" }.joined(separator: "\n")
        return """

            <h2>Steps</h2>
            <div class="table"><table><tr><th></th><th></th><th>step</th><th>at least</th><th>at most</th><th>requires</th></tr>
            \(rows)</table></div>
            \(lines)
            """
    }

    private static func row(_ isHere: Bool) -> String {
        isHere ? "<tr class=\"here\" aria-current=\"step\">" : "<tr>"
    }

    private static func judgement(_ report: JSONValue) -> String {
        let lines = (report["lines"]?.array ?? []).compactMap(\.string)
            .map { "<li>\(escaped($0))</li>" }.joined(separator: "\n")
        return """

            <h2>The judge</h2>
            <p class="phase">\(escaped(report["headline"]?.string ?? ""))</p>
            <ul>
            \(lines)
            </ul>
            """
    }

    private static func plots(_ chart: RolloutChart) -> String {
        var text = ""
        for (index, name) in chart.names.enumerated() {
            let marks = chart.points.compactMap { point in
                point.marks[index].map { (point.atMs, $0) }
            }
            guard marks.count > 1 else { continue }
            let times = marks.map { Double($0.0) }
            let values = marks.map(\.1)
            var harm = RolloutFigure(
                times: times, title: "change and what is allowed", unit: "in 10,000 records")
            if values.contains(where: { $0.change != nil }) {
                harm.addBand(values.map { $0.low * 10_000 }, values.map { $0.high * 10_000 })
                harm.addLine(values.map { $0.change.map { $0 * 10_000 } }, "change", colour: 0)
                harm.addLine(values.map { $0.allowance.map { $0 * 10_000 } }, "allowed", colour: 1)
            }
            var evidence = RolloutFigure(
                times: times, title: "evidence; 1 decides", unit: "part of proof")
            // What is beyond proof any number of times says no more.
            let shown = { (value: Double) in min(max(value, -0.5), 1.5) }
            evidence.addLine(values.map { shown($0.harm) }, "harm", colour: 1)
            evidence.addLine(values.map { shown($0.proof) }, "proof", colour: 2)
            evidence.addLevel(1)
            text +=
                "\n<h3>\(escaped(name))</h3>\n<div class=\"plots\">\(harm.svg)\(evidence.svg)</div>"
        }
        return text.isEmpty ? "" : "\n<h2>How it grew</h2>" + text
    }

    private static func events(_ standing: RolloutStanding) -> String {
        let rows = standing.entries.map { entry in
            "<tr>" + cell(entry.at) + cell(entry.event) + cell(entry.detail)
                + cell(entry.epoch.map { "\($0)" } ?? "") + cell(entry.by) + "</tr>"
        }.joined(separator: "\n")
        return """

            <h2>Events</h2>
            <div class="table"><table><tr><th>time</th><th>event</th><th></th><th>epoch</th><th>by</th></tr>
            \(rows)
            </table></div>
            """
    }

    private static func cell(_ text: String) -> String { "<td>\(escaped(text))</td>" }

    private static func escaped(_ text: String) -> String { HTMLText.escaped(text) }
}
