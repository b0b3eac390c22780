package import Lifecycle

/// What `swerve status` tells without a name: every model on the topics, group by group.
package struct FleetSummary: Sendable, Equatable, Codable {
    /// By the models' names.
    package let reports: [FleetReport]
    package let notes: [String]
    package let heartbeats: HeartbeatStanding

    package init(
        reports: [FleetReport], notes: [String] = [], heartbeats: HeartbeatStanding = .init()
    ) {
        self.heartbeats = heartbeats
        self.reports = reports
        self.notes = notes
    }

    /// Whether every model that was promoted is; one that nobody works for is not.
    package var isConverged: Bool { reports.allSatisfy { $0.verdict == .converged } }

    /// The document for programs: `models`, each `model`, `epoch` (of the target, or null),
    /// `source`, `converged`, `waiting_for`, `not_waited_for`, and `groups`, each `group`,
    /// `live`, `total` (null where the group is whoever is alive), `epochs` (those its live slots
    /// serve), `converged`;
    /// `heartbeats`, as a report has it; and `notes`.
    package var json: JSONValue {
        [
            "models": .array(reports.map(Self.json)),
            "heartbeats": heartbeats.json, "notes": .array(notes.map { .string($0) }),
        ]
    }

    private static func json(_ report: FleetReport) -> JSONValue {
        [
            "model": .string(report.model.description),
            "epoch": report.target.map { .int($0.epoch) } ?? .null,
            "source": report.target.map { .string($0.source.rawValue) } ?? .null,
            "converged": .bool(report.verdict == .converged),
            "waiting_for": .array(report.waitingFor.map { .string($0) }),
            "not_waited_for": .array(report.unawaited.map { .string($0) }),
            "groups": .array(
                report.groups.map { group in
                    [
                        "group": .string(group.name), "live": .int(Int64(group.live)),
                        "total": group.total.map { .int(Int64($0)) } ?? .null,
                        "epochs": .array(group.epochs.map { .int($0) }),
                        "converged": .bool(group.isConverged),
                    ]
                }),
        ]
    }
}
