import Fleet
import Lifecycle

/// What one look at the topics gave.
enum StatusPage {
    case model(FleetReport)
    /// Every model, and with `--slots` the report of each.
    case all(OverviewReport, withSlots: Bool)

    var isConverged: Bool {
        switch self {
        case .model(let report): report.verdict == .converged
        case .all(let overview, _): overview.isConverged
        }
    }

    var lines: [String] {
        switch self {
        case .model(let report): report.lines
        case .all(let overview, let withSlots):
            overview.lines + (withSlots ? overview.reports.flatMap { [""] + $0.lines } : [])
        }
    }

    var json: JSONValue {
        switch self {
        case .model(let report): return report.json
        case .all(let overview, let withSlots):
            var document = overview.json.object ?? [:]
            if withSlots { document["reports"] = .array(overview.reports.map(\.json)) }
            return .object(document)
        }
    }
}
