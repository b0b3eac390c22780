package import Lifecycle

/// What a look at the topics gave: one model's report, or a line for each model and group.
package enum FleetStatus: Sendable, Equatable, Codable {
    case model(FleetReport)
    /// Every model, and the report of each where slots are asked for.
    case all(FleetSummary, withSlots: Bool)

    package var isConverged: Bool {
        switch self {
        case .model(let report): report.verdict == .converged
        case .all(let summary, _): summary.isConverged
        }
    }

    /// Whether topics or slots know anything of the model; of all models together always.
    package var isHeard: Bool {
        guard case .model(let report) = self else { return true }
        return report.target != nil || report.announced != nil
            || report.groups.contains { !$0.slots.isEmpty }
    }

    /// Whether waiting changes nothing any more: the model has converged, or a slot rejects the
    /// epoch.
    ///
    /// Of all models together nobody waits.
    package var isDecided: Bool {
        guard case .model(let report) = self else { return true }
        return switch report.verdict {
        case .converged, .rejected: true
        case nil, .overtaken, .waiting: false
        }
    }

    /// The document for programs; of all models that of `FleetSummary`, and where slots are asked
    /// for `reports`, each as `FleetReport` has it.
    package var json: JSONValue {
        switch self {
        case .model(let report): return report.json
        case .all(let summary, let withSlots):
            var document = summary.json.object ?? [:]
            if withSlots { document["reports"] = .array(summary.reports.map(\.json)) }
            return .object(document)
        }
    }
}
