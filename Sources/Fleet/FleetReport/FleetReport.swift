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

/// What `swerve status NAME` tells: what is wanted, what was announced, and what each slot does.
///
/// The control topic names the epoch where it can be read; the registry has a word where it is the
/// one that announced, or where the topic says nothing that can be read. Where neither speaks the
/// slots' own word is enough, unless the topic has a record that nobody can read.
package struct FleetReport: Sendable {
    /// The epoch that the fleet should serve, and who says so.
    package struct Target: Sendable, Equatable {
        package enum Source: String, Sendable {
            case registry
            case controlTopic = "control_topic"
            /// The newest that a live slot serves.
            case slots
        }

        package let epoch: Int64
        package let source: Source
    }

    package let board: FleetBoard
    /// Only this group is told of; nil for all.
    package let group: String?
    /// As the registry has it; nil where none was asked, no version was promoted, or another
    /// registry announces.
    package let wanted: Deployment?
    /// Of the registry that `wanted` is out of.
    private let registry: String?
    /// What the control topic says.
    package let control: ControlReading
    package let notes: [String]
    package let nowMs: Int64

    /// - Parameter nowMs: of the clock that the board was fed by.
    package init(
        board: FleetBoard, group: String? = nil, wanted: RegisteredDeployment? = nil,
        control: ControlReading, notes: [String] = [], nowMs: Int64
    ) {
        self.board = board
        self.group = group
        self.control = control
        self.nowMs = nowMs
        var notes = notes
        if let wanted, let announced = control.record, announced.registry != wanted.registry {
            self.wanted = nil
            registry = nil
            notes.append(
                "the registry at hand is not the one that announced; what it says is passed over")
        } else {
            self.wanted = wanted?.deployment
            registry = wanted?.registry
        }
        switch control {
        case .announced, .silent: break
        case .garbled(let reason), .unreadable(let reason):
            notes.append("the control topic is passed over: \(reason)")
        }
        self.notes = notes
    }

    package var announced: Deployment? { control.record?.deployment }

    /// Nil where no version was promoted, as far as registry, topic and slots say.
    package var target: Target? { goal.map { Target(epoch: $0.wanted.epoch, source: $0.source) } }

    /// Whether the registry has committed the target and the control topic is known not to say it:
    /// no slot can serve what nobody announced.
    package var isUnannounced: Bool {
        switch control {
        case .garbled, .unreadable: false
        case .announced, .silent: target?.source == .registry
        }
    }

    /// The same with what is known of it.
    private var goal: (wanted: WantedEpoch, source: Target.Source)? {
        let registered = wanted.map { WantedEpoch($0, registry: registry) }
        if let record = control.record {
            let announced = WantedEpoch(record.deployment, registry: record.registry)
            guard let registered, registered.epoch > announced.epoch else {
                return (announced, .controlTopic)
            }
            return (registered, .registry)
        }
        if let registered { return (registered, .registry) }
        let live = board.slots.filter { isShown($0.slot.group) && $0.isLive(nowMs: nowMs) }
        let served = live.compactMap(\.record.serving?.epoch).max()
        return served.map { (WantedEpoch(epoch: $0), .slots) }
    }

    /// Nil where there is no target.
    package var verdict: Convergence.Verdict? { borneOut(convergence) }

    /// Of one group alone; nil where there is no target.
    package func verdict(of group: String) -> Convergence.Verdict? {
        borneOut(convergence(of: group))
    }

    /// What slots say of themselves is no convergence where the control topic has a newer word that
    /// nobody can read.
    private func borneOut(_ convergence: Convergence?) -> Convergence.Verdict? {
        let verdict = convergence?.verdict(nowMs: nowMs)
        guard verdict == .converged, target?.source == .slots, control.isGarbled else {
            return verdict
        }
        return .waiting([
            "what is wanted is not known: the control topic's newest record of \(board.model) cannot "
                + "be read, and no registry at hand tells of it"
        ])
    }

    private var convergence: Convergence? { convergence(of: group) }

    private func convergence(of group: String?) -> Convergence? {
        goal.map { Convergence(board: board, wanted: $0.wanted, group: group) }
    }

    /// Who is missing, one line each; empty where converged.
    package var waitingFor: [String] {
        switch verdict {
        case nil: ["no version of \(board.model) was promoted"]
        case .converged: []
        case .rejected(let slot, let reason): ["slot \(slot) rejects the epoch: \(reason)"]
        case .overtaken(let epoch): ["epoch \(epoch) is served already, later than the wanted"]
        case .waiting(let stragglers): stragglers
        }
    }

    /// Groups that are gone while another is there, one line each.
    package var unawaited: [String] { convergence?.unawaited(nowMs: nowMs) ?? [] }

    private func isShown(_ group: String) -> Bool { self.group == nil || self.group == group }

    /// The groups that are told of, by name.
    package var groups: [String] { board.groups(nowMs: nowMs).filter(isShown) }

    package func condition(of member: FleetMember) -> SlotCondition {
        board.condition(of: member.slot, nowMs: nowMs)
    }

    /// Over all slots that are not gone.
    package var totals: FleetTotals {
        FleetTotals(
            groups.flatMap { board.slots(of: $0) }.filter { condition(of: $0) != .gone })
    }

    /// How many slots are in each condition.
    package func census(of groups: [String]) -> [SlotCondition: Int] {
        var census: [SlotCondition: Int] = [:]
        for group in groups {
            for member in board.slots(of: group) { census[condition(of: member), default: 0] += 1 }
            for run in board.absent(of: group, nowMs: nowMs) {
                census[run.condition, default: 0] += run.slots.count
            }
        }
        return census
    }
}
