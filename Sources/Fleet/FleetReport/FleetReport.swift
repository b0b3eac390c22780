package import Lifecycle

/// A deployment as a registry at hand has it.
package struct RegisteredDeployment: Sendable, Equatable {
    package let deployment: Deployment
    /// The registry's id.
    package let registry: String

    package init(deployment: Deployment, registry: String) {
        self.deployment = deployment
        self.registry = registry
    }
}

/// What `swerve status NAME` tells: what is wanted, what was announced, and what each slot does, as
/// of one moment.
///
/// The control topic names the epoch where it can be read; the registry has a word where it is the
/// one that announced, or where the topic says nothing that can be read. Where neither speaks the
/// slots' own word is enough, unless the topic has a record that nobody can read.
///
/// Rows that can be sent; `FleetReckoning` makes them of a board.
package struct FleetReport: Sendable, Equatable, Codable {
    /// The epoch that the fleet should serve, and who says so.
    package struct Target: Sendable, Equatable, Codable {
        package enum Source: String, Sendable, Codable, CaseIterable {
            case registry
            case controlTopic = "control_topic"
            /// The newest that a live slot serves.
            case slots
        }

        package let epoch: Int64
        package let source: Source
    }

    package let model: ModelName
    /// Those that are waited for; none are all.
    package let expected: [String]
    /// Groups that are there and not among `groups`: only so many are told of.
    package let groupsLeftOut: Int
    /// What its heartbeats are worth, and which did not count.
    package let heartbeats: HeartbeatStanding
    /// As the registry has it; nil where none was asked, no version was promoted, or another
    /// registry announces.
    package let wanted: Deployment?
    /// As the control topic says.
    package let announced: Deployment?
    /// Nil where no version was promoted, as far as registry, topic and slots say.
    package let target: Target?
    /// Whether the registry has committed the target and the control topic is known not to say it:
    /// no slot can serve what nobody announced.
    package let isUnannounced: Bool
    /// Nil where there is no target.
    package let verdict: Convergence.Verdict?
    /// Groups that are gone while another is there, one line each.
    package let unawaited: [String]
    package let notes: [String]
    /// Of the clock that the board was fed by.
    package let nowMs: Int64
    /// Those that are told of, by name.
    package let groups: [FleetGroup]

    /// - Parameters:
    ///   - groups: those that are waited for; none are all.
    ///   - areAlone: whether no other group is told of.
    ///   - nowMs: of the clock that the board was fed by.
    package init(
        board: FleetBoard, groups: [String] = [], areAlone: Bool = true,
        wanted: RegisteredDeployment? = nil,
        control: ControlReading, notes: [String] = [], nowMs: Int64
    ) {
        let reckoning = FleetReckoning(
            board: board, expected: groups, areAlone: areAlone, wanted: wanted, control: control,
            nowMs: nowMs)
        model = board.model
        expected = groups
        groupsLeftOut = reckoning.leftOut
        heartbeats = board.standing
        self.wanted = reckoning.wanted?.deployment
        announced = control.record?.deployment
        target = reckoning.target
        isUnannounced = reckoning.isUnannounced
        verdict = reckoning.verdict
        unawaited = reckoning.unawaited
        self.notes = notes + reckoning.notes
        self.nowMs = nowMs
        self.groups = reckoning.groups
    }

    /// Who is missing, one line each; empty where converged.
    package var waitingFor: [String] {
        switch verdict {
        case nil: ["no version of \(model) was promoted"]
        case .converged: []
        case .rejected(let slot, let reason): ["slot \(slot) rejects the epoch: \(reason)"]
        case .overtaken(let epoch): ["epoch \(epoch) is served already, later than the wanted"]
        case .waiting(let stragglers): stragglers
        }
    }

    /// Over all slots that are not gone.
    package var totals: FleetTotals {
        FleetTotals(groups.flatMap(\.slots).filter { $0.condition != .gone }.map(\.record))
    }

    /// How many slots are in each condition.
    package var census: [SlotCondition: Int] {
        var census: [SlotCondition: Int] = [:]
        for group in groups {
            for slot in group.slots { census[slot.condition, default: 0] += 1 }
            for run in group.absent { census[run.condition, default: 0] += run.slots.count }
        }
        return census
    }
}
