package import Lifecycle

/// What `swerve status` tells without a name: every model on the topics, group by group.
package struct FleetSummary: Sendable {
    /// Where a group of a model stands.
    package struct Group: Sendable, Equatable {
        package let name: String
        package let live: Int
        /// How many slots it has.
        package let total: Int
        /// Those that its live slots serve, ascending.
        package let epochs: [Int64]
        /// Nil where the model has no target.
        package let verdict: Convergence.Verdict?

        package var isConverged: Bool { verdict == .converged }
    }

    /// By the models' names.
    package let reports: [FleetReport]
    package let notes: [String]

    package init(reports: [FleetReport], notes: [String] = []) {
        self.reports = reports
        self.notes = notes
    }

    /// Whether every model that was promoted is; one that nobody works for is not.
    package var isConverged: Bool { reports.allSatisfy { $0.verdict == .converged } }

    package static func groups(of report: FleetReport) -> [Group] {
        report.groups.map { name in
            let live = report.board.slots(of: name).filter { $0.isLive(nowMs: report.nowMs) }
            return Group(
                name: name, live: live.count,
                total: report.board.total(of: name, nowMs: report.nowMs),
                epochs: Set(live.compactMap(\.record.serving?.epoch)).sorted(),
                verdict: report.verdict(of: name))
        }
    }

    /// The document for programs: `models`, each `model`, `epoch` (of the target, or null),
    /// `source`, `converged`, `waiting_for`, `not_waited_for`, and `groups`, each `group`,
    /// `live`, `total`, `epochs` (those its live slots serve), `converged`; and `notes`.
    package var json: JSONValue {
        [
            "models": .array(reports.map(Self.json)),
            "notes": .array(notes.map { .string($0) }),
        ]
    }

    private static func json(_ report: FleetReport) -> JSONValue {
        [
            "model": .string(report.board.model.description),
            "epoch": report.target.map { .int($0.epoch) } ?? .null,
            "source": report.target.map { .string($0.source.rawValue) } ?? .null,
            "converged": .bool(report.verdict == .converged),
            "waiting_for": .array(report.waitingFor.map { .string($0) }),
            "not_waited_for": .array(report.unawaited.map { .string($0) }),
            "groups": .array(
                groups(of: report).map { group in
                    [
                        "group": .string(group.name), "live": .int(Int64(group.live)),
                        "total": .int(Int64(group.total)),
                        "epochs": .array(group.epochs.map { .int($0) }),
                        "converged": .bool(group.isConverged),
                    ]
                }),
        ]
    }
}
