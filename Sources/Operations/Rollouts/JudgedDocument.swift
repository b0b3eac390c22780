import Judge
import Lifecycle

/// What the judge said at the end of a block, as the registry keeps it for those who look.
enum JudgedDocument {
    /// - Parameter atMs: the wall clock.
    static func json(_ report: JudgeReport, _ chart: RolloutChart, atMs: Int64) -> JSONValue {
        [
            "at_ms": .int(atMs), "verdict": .string(report.verdict.rawValue),
            "headline": .string(report.headline),
            "lines": .array(report.lines.dropFirst().map { .string($0) }),
            "forecast_pairs": report.forecast.map { .double($0.rounded()) } ?? .null,
            "outcome": report.outcome, "chart": chart.json,
        ]
    }
}
