package import Fleet
package import Lifecycle

/// What was heard of the fleet up to a moment: the status topic, and the control topic beside it.
///
/// A value, so that one who listens can hand it to all who look.
package struct FleetSnapshot: Sendable {
    package let boards: FleetBoards
    /// What stands on the control topic; nil where it was never read.
    let standing: TopicStanding?
    /// Why the control topic cannot be read; nil where it was.
    package let controlFault: String?
    /// Of the clock that the boards were fed by.
    package let nowMs: Int64

    package init(
        boards: FleetBoards, standing: TopicStanding?, controlFault: String?, nowMs: Int64
    ) {
        self.boards = boards
        self.standing = standing
        self.controlFault = controlFault
        self.nowMs = nowMs
    }

    /// What was asked for.
    ///
    /// - Parameters:
    ///   - registered: what the registry at hand wants; of one model, or of all.
    ///   - said: what is known besides, as notes.
    package func status(
        _ request: StatusRequest, registered: [RegisteredDeployment], notes said: [String] = []
    ) -> FleetStatus {
        let notes = said + heardNotes
        guard let model = request.model else {
            let reports = boards.reports(
                announced: standing?.readings ?? [:], registered: registered, fault: controlFault,
                groups: request.groups, areAlone: request.areAlone, nowMs: nowMs)
            let passed = controlFault.map { ["the control topic is passed over: \($0)"] } ?? []
            return .all(
                FleetSummary(reports: reports, notes: notes + passed, heartbeats: boards.standing),
                withSlots: request.withSlots)
        }
        return .model(
            report(
                of: model, groups: request.groups, areAlone: request.areAlone,
                wanted: registered.first { $0.deployment.model == model }, notes: notes))
    }

    /// How one model's fleet stands.
    ///
    /// - Parameters: as those of `FleetReport`.
    package func report(
        of model: ModelName, groups: [String], areAlone: Bool = false,
        wanted: RegisteredDeployment?, notes said: [String] = []
    ) -> FleetReport {
        var notes = said
        if let entry = standing?[model], let refusal = entry.refusal, !entry.reading.isGarbled {
            notes.append("the control topic's newest record does not count: \(refusal)")
        }
        let reading = controlFault.map { .unreadable($0) } ?? standing?[model].reading ?? .silent
        return FleetReport(
            board: boards[model], groups: groups, areAlone: areAlone, wanted: wanted,
            control: reading, notes: notes, nowMs: nowMs)
    }

    private var heardNotes: [String] {
        var notes = boards.standing.note.map { [$0] } ?? []
        if boards.leftOut > 0 {
            notes.append(
                "\(boards.leftOut) heartbeats were passed over: the status topic has more slots than "
                    + "are kept; groups names those that are expected, which always have room")
        }
        return notes
    }
}

/// Somebody who follows the fleet already, and tells of it without reading the topics anew.
package protocol FleetSight: Sendable {
    /// As `Backend.status`.
    ///
    /// - Parameter registered: what the registry at hand wants at that moment, with notes.
    func status(
        _ request: StatusRequest,
        registered: () -> (deployments: [RegisteredDeployment], notes: [String]),
        isStopped: () throws(SwerveError) -> Bool, show: (FleetStatus) -> Void
    ) throws(SwerveError)

    /// A change's own wait has heard that the fleet of `model` serves `wanted`: has this sight see
    /// no less, so that whoever looks behind the change is not told what was before.
    ///
    /// Returns once that is so, or a moment later in vain.
    func catchUp(on model: ModelName, to wanted: WantedEpoch, groups: [String])
}
