package import Lifecycle

/// The newest word of every slot on a status topic: a board a model.
///
/// A value. What names no model is passed over.
package struct FleetBoards: Sendable {
    private var boards: [ModelName: FleetBoard] = [:]
    /// Which board has the slot.
    private var models: [SlotID: ModelName] = [:]
    private var endReachedAtMs: Int64?

    package init() {}

    /// The end of the topic was reached: from here on, what is heard is fresh.
    package mutating func reachEnd(atMs: Int64) {
        guard endReachedAtMs == nil else { return }
        endReachedAtMs = atMs
        for model in boards.keys { boards[model]?.reachEnd(atMs: atMs) }
    }

    /// Takes in one record.
    package mutating func hear(_ heard: HeardStatus, heardAtMs: Int64) {
        let former = models[heard.slot]
        guard let record = heard.record else {
            if let former { boards[former]?.hear(heard, heardAtMs: heardAtMs) }
            return
        }
        guard let model = try? ModelName(record.model) else { return }
        if let former, former != model { boards[former]?.hear(heard, heardAtMs: heardAtMs) }
        models[heard.slot] = model
        if boards[model] == nil { boards[model] = empty(model) }
        boards[model]?.hear(heard, heardAtMs: heardAtMs)
    }

    package subscript(model: ModelName) -> FleetBoard { boards[model] ?? empty(model) }

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
    ///   - group: only this group is told of.
    package func reports(
        announced: [ModelName: ControlReading], registered: [RegisteredDeployment] = [],
        fault: String? = nil, group: String? = nil, nowMs: Int64
    ) -> [FleetReport] {
        let wanted = Dictionary(registered.map { ($0.deployment.model, $0) }) { first, _ in first }
        var shown = Set(boards.filter { !$0.value.groups(nowMs: nowMs).isEmpty }.keys)
        shown.formUnion(announced.keys)
        shown.formUnion(wanted.keys)
        return shown.sorted { $0.description < $1.description }.map { model in
            FleetReport(
                board: self[model], group: group, wanted: wanted[model],
                control: fault.map { .unreadable($0) } ?? announced[model] ?? .silent, nowMs: nowMs)
        }
    }
}
