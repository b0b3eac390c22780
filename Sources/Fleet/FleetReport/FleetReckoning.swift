import Lifecycle

/// What a board, a registry and the control topic together say of one model.
struct FleetReckoning {
    let wanted: RegisteredDeployment?
    /// What had to be passed over, and why.
    let notes: [String]
    private let board: FleetBoard
    /// Only this one counts; nil counts all.
    private let group: String?
    private let control: ControlReading
    private let nowMs: Int64

    init(
        board: FleetBoard, group: String?, wanted: RegisteredDeployment?, control: ControlReading,
        nowMs: Int64
    ) {
        self.board = board
        self.group = group
        self.control = control
        self.nowMs = nowMs
        var notes: [String] = []
        if let wanted, let announced = control.record, announced.registry != wanted.registry {
            self.wanted = nil
            notes.append(
                "the registry at hand is not the one that announced; what it says is passed over")
        } else {
            self.wanted = wanted
        }
        switch control {
        case .announced, .silent: break
        case .garbled(let reason), .unreadable(let reason):
            notes.append("the control topic is passed over: \(reason)")
        }
        self.notes = notes
    }

    var target: FleetReport.Target? {
        goal.map { FleetReport.Target(epoch: $0.wanted.epoch, source: $0.source) }
    }

    var isUnannounced: Bool {
        switch control {
        case .garbled, .unreadable: false
        case .announced, .silent: target?.source == .registry
        }
    }

    /// The target with what is known of it.
    private var goal: (wanted: WantedEpoch, source: FleetReport.Target.Source)? {
        let registered = wanted.map { WantedEpoch($0.deployment, registry: $0.registry) }
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

    var verdict: Convergence.Verdict? { borneOut(convergence) }

    private func verdict(of group: String) -> Convergence.Verdict? {
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

    var unawaited: [String] { convergence?.unawaited(nowMs: nowMs) ?? [] }

    private func isShown(_ group: String) -> Bool { self.group == nil || self.group == group }

    var groups: [FleetGroup] {
        board.groups(nowMs: nowMs).filter(isShown).map { name in
            FleetGroup(name, on: board, verdict: verdict(of: name), nowMs: nowMs)
        }
    }
}
