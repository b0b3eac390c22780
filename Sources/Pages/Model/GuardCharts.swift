import Judge
import Lifecycle
import Operations

/// What the judge knows of each guard, and how it came to know it.
struct GuardCharts {
    let standing: RolloutStanding
    let nowMs: Int64

    var markup: HTML {
        guard let report = standing.report else {
            return
                "<h3>The judge</h3>\n<p class=\"quiet\">No block of ten seconds has ended yet.</p>\n"
        }
        let chart = RolloutChart(report["chart"])
        let lines = (report["lines"]?.array ?? []).prefix(Self.linesMax).compactMap(\.string)
        let words = lines.map { "<li>\(name: $0, limit: 1_000)</li>\n" as HTML }
        let verdict = report["verdict"]?.string ?? ""
        let mark =
            switch verdict {
            case "pass": StateMark(.well, "pass")
            case "fail": StateMark(.bad, "fail")
            default: StateMark(.moving, "not decided")
            }
        return """
            <h3>The judge</h3>
            <p class="lead">\(mark.markup) <span>\(name: report["headline"]?.string ?? "", limit: 600)</span></p>
            \(table(chart, report))\(figures(chart))<details id="judge-words"><summary>In its words</summary>\
            <ul class="events">
            \(words)</ul></details>

            """
    }

    // MARK: - Now

    private func table(_ chart: RolloutChart, _ report: JSONValue) -> HTML {
        guard let last = chart.points.last else { return HTML() }
        var table = Table(
            id: "guards",
            caption: "Guards: net change in 10,000 records, and how sure the judge is",
            columns: [
                Table.Column("Guard"), Table.Column("State"),
                Table.Column("Change", isNumber: true),
                Table.Column("Between", isNumber: true), Table.Column("Allowed", isNumber: true),
                Table.Column("Proof of harm"), Table.Column("Proof that it is well"),
            ], isStacked: true)
        let outcomes = report["outcome"]?["guards"]
        for (place, name) in chart.names.enumerated() {
            guard place < last.marks.count, let mark = last.marks[place] else {
                table.add(
                    ["\(name: name, limit: 40)", StateMark(.idle, "nothing counted").markup] + [
                        "", "", "", "", "",
                    ])
                continue
            }
            let outcome = outcomes?[name]
            let state: StateMark =
                if outcome?["failed"] == true {
                    StateMark(.bad, "fail")
                } else if outcome?["passed"] == true {
                    StateMark(.well, "pass")
                } else {
                    StateMark(.moving, "open")
                }
            table.add([
                "\(name: name, limit: 40)", state.markup,
                mark.change.markup { "\(Self.tenThousandths($0))" },
                "\(Self.tenThousandths(mark.low)) to \(Self.tenThousandths(mark.high))",
                mark.allowance.markup { "\(Self.tenThousandths($0))" },
                Self.evidence(mark.harm, "harm"), Self.evidence(mark.proof, "proof"),
            ])
        }
        return table.markup
    }

    /// As a part of what is needed.
    private static func evidence(_ part: Double, _ kind: String) -> HTML {
        let percent = part.isFinite ? Int(min(1, max(0, part)) * 100) : 0
        return """
            <span class="evidence"><svg width="72" height="8" aria-hidden="true"><rect class="meter-ground" \
            width="72" height="8" rx="2"/><rect class="evidence-\(kind)" width="\(percent * 72 / 100)" height="8" \
            rx="2"/></svg> \(percent)%</span>
            """
    }

    static func tenThousandths(_ value: Double) -> String {
        let shown = value * 10_000
        return (shown > 0 ? "+" : "") + Figures.fixed(shown, shown.magnitude < 100 ? 2 : 0)
    }

    // MARK: - How it grew

    private func figures(_ chart: RolloutChart) -> HTML {
        let drawn = chart.names.indices.compactMap { place -> HTML? in
            let marks = chart.points.map { place < $0.marks.count ? $0.marks[place] : nil }
            guard marks.contains(where: { $0?.change != nil }), chart.points.count > 1 else {
                return nil
            }
            func scaled(_ value: Double?) -> Double? { value.map { $0 * 10_000 } }
            let figure = LineChart(
                id: "guard-\(place)",
                title:
                    "\(VisibleText.bounded(chart.names[place], 40)): net change in 10,000 records",
                times: chart.points.map(\.atMs),
                series: [
                    LineChart.Series(
                        name: "change", kind: "candidate", values: marks.map { scaled($0?.change) }),
                    LineChart.Series(
                        name: "allowed", kind: "allowed",
                        values: marks.map { scaled($0?.allowance) }),
                ],
                band: (marks.map { scaled($0?.low) }, marks.map { scaled($0?.high) }),
                bandName: "where the truth lies", nowMs: nowMs)
            return figure.markup.isEmpty ? nil : figure.markup
        }
        guard let first = drawn.first else { return HTML() }
        let rest = drawn.dropFirst()
        guard !rest.isEmpty else { return first }
        return """
            \(first)<details id="guards-more"><summary>\(Figures.counted(rest.count, "more guard"))</summary>\
            <div class="charts">\(Array(rest))</div></details>

            """
    }

    private static let linesMax = 20
}
