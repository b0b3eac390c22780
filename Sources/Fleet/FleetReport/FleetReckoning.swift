import Lifecycle

/// What a board, a registry and the control topic together say of one model.
struct FleetReckoning {
    let wanted: RegisteredDeployment?
    /// What had to be passed over, and why.
    let notes: [String]
    private let board: FleetBoard
    /// Those that are waited for; none are all.
    private let expected: [String]
    /// Whether the others are not told of.
    private let areAlone: Bool
    private let control: ControlReading
    private let nowMs: Int64

    init(
        board: FleetBoard, expected: [String], areAlone: Bool, wanted: RegisteredDeployment?,
        control: ControlReading, nowMs: Int64
    ) {
        self.board = board
        self.expected = expected
        self.areAlone = areAlone
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
        let others = areAlone || expected.isEmpty ? [] : Self.others(than: expected, board, nowMs)
        if !others.isEmpty {
            let named = others.prefix(Self.namesShown).map { $0.shortened(to: 60) }
            let rest = others.count - named.count
            notes.append(
                "not among the groups that are expected, and not waited for: "
                    + named.joined(separator: ", ") + (rest > 0 ? " and \(rest) more" : ""))
        }
        let isClosed = areAlone && !expected.isEmpty
        let shown = isClosed ? expected : expected + Self.others(than: expected, board, nowMs)
        let there = Set(board.groups(nowMs: nowMs))
        let present = shown.filter(there.contains)
        let awaited = expected.filter(there.contains)
        leftOut = max(0, present.count - awaited.count - Self.groupsShown)
        names = present.dropLast(leftOut).sorted()
        if leftOut > 0 {
            notes.append(
                "\(leftOut) more groups are not shown, nor in any sum here; name those that are "
                    + "expected (the key groups)")
        }
        self.notes = notes
    }

    private static func others(
        than expected: [String], _ board: FleetBoard, _ nowMs: Int64
    ) -> [String] {
        let expected = Set(expected)
        return board.groups(nowMs: nowMs).filter { !expected.contains($0) }
    }

    /// Beside those that are expected.
    static let groupsShown = 32
    private static let namesShown = 5
    /// Of the groups that are shown, by name.
    private let names: [String]
    /// How many more there are.
    let leftOut: Int

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
        borneOut(convergence(of: [group]))
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

    private var convergence: Convergence? { convergence(of: expected) }

    private func convergence(of groups: [String]) -> Convergence? {
        goal.map { Convergence(board: board, wanted: $0.wanted, groups: groups) }
    }

    var unawaited: [String] { convergence?.unawaited(nowMs: nowMs) ?? [] }

    private func isShown(_ group: String) -> Bool {
        expected.isEmpty || !areAlone || expected.contains(group)
    }

    var groups: [FleetGroup] {
        names.map { name in
            FleetGroup(name, on: board, verdict: verdict(of: name), nowMs: nowMs)
        }
    }
}
