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
            "models": .array(reports.map(\.glance)),
            "heartbeats": heartbeats.json, "notes": .array(notes.map { .string($0) }),
        ]
    }
}

extension FleetReport {
    /// The report in a few fields, without its slots; see `FleetSummary.json`.
    package var glance: JSONValue {
        [
            "model": .string(model.description),
            "epoch": target.map { .int($0.epoch) } ?? .null,
            "source": target.map { .string($0.source.rawValue) } ?? .null,
            "converged": .bool(verdict == .converged),
            "waiting_for": .array(waitingFor.map { .string($0) }),
            "not_waited_for": .array(unawaited.map { .string($0) }),
            "groups": .array(
                groups.map { group in
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
