package import Lifecycle

/// The newest word of every slot on a status topic, a board a model.
package struct FleetOverview: Sendable {
    private var boards: [ModelName: FleetBoard] = [:]
    /// Which board has the slot.
    private var models: [SlotID: ModelName] = [:]
    private var endReachedAtMs: Int64?

    package init() {}

    /// The end of the topic was reached: from here on, news are fresh.
    package mutating func reachEnd(atMs: Int64) {
        guard endReachedAtMs == nil else { return }
        endReachedAtMs = atMs
        for model in boards.keys { boards[model]?.reachEnd(atMs: atMs) }
    }

    /// Takes in one record; what names no model is passed over.
    package mutating func hear(_ news: StatusNews, heardAtMs: Int64) {
        let former = models[news.slot]
        guard let record = news.record else {
            if let former { boards[former]?.hear(news, heardAtMs: heardAtMs) }
            return
        }
        guard let model = try? ModelName(record.model) else { return }
        if let former, former != model { boards[former]?.hear(news, heardAtMs: heardAtMs) }
        models[news.slot] = model
        if boards[model] == nil {
            var board = FleetBoard(model: model)
            if let endReachedAtMs { board.reachEnd(atMs: endReachedAtMs) }
            boards[model] = board
        }
        boards[model]?.hear(news, heardAtMs: heardAtMs)
    }

    package subscript(model: ModelName) -> FleetBoard {
        if let board = boards[model] { return board }
        var board = FleetBoard(model: model)
        if let endReachedAtMs { board.reachEnd(atMs: endReachedAtMs) }
        return board
    }

    package func isSettled(nowMs: Int64) -> Bool {
        boards.values.allSatisfy { $0.isSettled(nowMs: nowMs) }
    }

    /// A report a model, of those heard and those announced, by name.
    package func reports(
        topic: [String: Announcement], fault: String?, group: String?, nowMs: Int64
    ) -> [FleetReport] {
        var shown = Set(boards.filter { !$0.value.groups(nowMs: nowMs).isEmpty }.keys)
        shown.formUnion(topic.keys.compactMap { try? ModelName($0) })
        return shown.sorted { $0.description < $1.description }.map { model in
            FleetReport(
                board: self[model], group: group,
                control: fault.map { .unreadable($0) } ?? ControlView(model: model, topic: topic),
                nowMs: nowMs)
        }
    }
}
