package import Lifecycle

/// The newest word of every slot on a status topic: a board a model.
///
/// A value. What names no model is passed over. What does not count, by `HeartbeatTrust` or since
/// it is no news (`HeartbeatOrder`), comes to no board: it hides nobody's word, and is counted.
///
/// It holds a bounded number of slots and of bytes; further ones are passed over, but for slots of
/// groups that somebody expects.
package struct FleetBoards: Sendable {
    private var boards: [ModelName: FleetBoard] = [:]
    /// Which board has the slot.
    private var models: [SlotID: ModelName] = [:]
    private var endReachedAtMs: Int64?
    private let expected: Set<String>
    private var orders: [SlotID: HeartbeatOrder] = [:]
    private var sizes: [SlotID: Int] = [:]
    private var byteCount = 0
    package private(set) var standing: HeartbeatStanding
    /// Records for which there was no room.
    package private(set) var leftOut = 0

    /// - Parameters:
    ///   - areSigned: whether only signed heartbeats count.
    ///   - expected: groups for which there is always room.
    package init(areSigned: Bool = false, expecting expected: [String] = []) {
        standing = HeartbeatStanding(areSigned: areSigned)
        self.expected = Set(expected)
    }

    /// The end of the topic was reached: from here on, what is heard is fresh.
    package mutating func reachEnd(atMs: Int64) {
        guard endReachedAtMs == nil else { return }
        endReachedAtMs = atMs
        for model in boards.keys { boards[model]?.reachEnd(atMs: atMs) }
    }

    /// Takes in one record.
    package mutating func hear(_ heard: HeardStatus, heardAtMs: Int64) {
        let former = models[heard.slot]
        switch heard.belief {
        case .notAsked: break
        case .refused(let reason): return standing.refuse(heard.slot, reason)
        case .farewell(_, let incarnation):
            if orders[heard.slot] != nil || orders.count < Self.slotsMax {
                orders[heard.slot, default: HeartbeatOrder()].end(incarnation)
            }
            let present = former.flatMap { boards[$0]?[heard.slot] }?.record.incarnation.id
            guard present == incarnation else { return }
        case .believed: break
        }
        guard let record = heard.record else {
            if let former { boards[former]?.hear(heard, heardAtMs: heardAtMs) }
            return
        }
        guard let model = try? ModelName(record.model) else { return }
        guard hasRoom(for: heard) else {
            leftOut += 1
            return
        }
        if case .believed = heard.belief {
            // A broker's clock may be ahead as well.
            let reference = heard.isOld ? min(heard.appendedAtMs ?? .max, heardAtMs) : heardAtMs
            switch orders[heard.slot, default: HeartbeatOrder()]
                .take(record, referenceMs: reference)
            {
            case .news: break
            case .known: return
            case .refused(let reason): return standing.refuse(heard.slot, reason)
            }
        }
        byteCount += heard.byteCount - (sizes.updateValue(heard.byteCount, forKey: heard.slot) ?? 0)
        if let former, former != model { boards[former]?.hear(heard, heardAtMs: heardAtMs) }
        models[heard.slot] = model
        if boards[model] == nil { boards[model] = empty(model) }
        boards[model]?.hear(heard, heardAtMs: heardAtMs)
    }

    private func hasRoom(for heard: HeardStatus) -> Bool {
        guard !expected.contains(heard.slot.group) || heard.slot.slot >= Limits.slots else {
            return true
        }
        let growth = heard.byteCount - (sizes[heard.slot] ?? 0)
        return (models[heard.slot] != nil || models.count < Self.slotsMax)
            && (growth <= 0 || byteCount + growth <= Self.bytesMax)
    }

    /// Slots, whatever their models, and bytes of their newest words as they stood on the topic.
    static let slotsMax = 16_384
    private static let bytesMax = 256 << 20

    package subscript(model: ModelName) -> FleetBoard {
        var board = boards[model] ?? empty(model)
        board.standing = standing
        return board
    }

    /// The board of the model that a slot works for, as far as it was heard.
    package func board(with slot: SlotID) -> FleetBoard? { models[slot].flatMap { boards[$0] } }

    private func empty(_ model: ModelName) -> FleetBoard {
        var board = FleetBoard(model: model)
        if let endReachedAtMs { board.reachEnd(atMs: endReachedAtMs) }
        return board
    }

    /// Whether everybody who lives was heard; see `FleetBoard.isSettled`.
    package func isSettled(nowMs: Int64) -> Bool {
        boards.values.allSatisfy { $0.isSettled(nowMs: nowMs) }
    }

    /// A report a model, of those heard, announced and registered, by name.
    ///
    /// - Parameters:
    ///   - announced: what the control topic says, by model.
    ///   - registered: what the registry at hand wants, a deployment a model.
    ///   - fault: why the control topic cannot be read; nil where it was.
    ///   - groups: those that are waited for; none are all.
    ///   - areAlone: whether the other groups are not told of.
    package func reports(
        announced: [ModelName: ControlReading], registered: [RegisteredDeployment] = [],
        fault: String? = nil, groups: [String] = [], areAlone: Bool = true, nowMs: Int64
    ) -> [FleetReport] {
        let wanted = Dictionary(registered.map { ($0.deployment.model, $0) }) { first, _ in first }
        var shown = Set(boards.filter { !$0.value.groups(nowMs: nowMs).isEmpty }.keys)
        let known = Set(announced.keys).union(wanted.keys)
        // Anybody can write names of models to an open topic.
        shown = Set(
            shown.subtracting(known).sorted { $0.description < $1.description }
                .prefix(Self.modelsShown)
        ).union(known)
        return shown.sorted { $0.description < $1.description }.map { model in
            FleetReport(
                board: self[model], groups: groups, areAlone: areAlone, wanted: wanted[model],
                control: fault.map { .unreadable($0) } ?? announced[model] ?? .silent, nowMs: nowMs)
        }
    }

    /// Of those that nobody announced and no registry at hand knows.
    static let modelsShown = 32
}
