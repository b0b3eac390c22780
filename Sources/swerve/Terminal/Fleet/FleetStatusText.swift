import Fleet

/// A status for people, line by line.
enum FleetStatusText {
    static func lines(of status: FleetStatus) -> [String] {
        switch status {
        case .model(let report): FleetReportText(report: report).lines
        case .all(let summary, let withSlots):
            FleetSummaryText(summary: summary).lines
                + (withSlots
                    ? summary.reports.flatMap { [""] + FleetReportText(report: $0).lines } : [])
        }
    }
}
