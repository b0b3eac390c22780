package import Lifecycle

/// Watches fleets by what their slots say on the status topic: a value without I/O.
///
/// Events go in, each with the time of the watcher's clock. Out comes which slots changed, how far
/// the topic was read, and, by `ConvergenceWait`, whether a fleet serves what it should. `status`,
/// `status --watch` and `--wait` feed it alike.
///
/// ```
/// reading ──end of the topic──► listening ──all live, or two heartbeats──► settled
/// ```
///
/// While it is `reading`, what it heard is the past, and no wait ends. While it is `listening`, a
/// slot that lives may not have spoken yet, and nobody is called gone. A later event never leads
/// back to `reading`.
package struct FleetWatcher: Sendable {
    package enum Event: Sendable {
        /// A record of the status topic.
        case heard(HeardStatus)
        /// All that stood on the topic when the watch began was heard.
        case reachedEnd
        /// The end is not reached yet; with the fault that holds it up, where one is known.
        case behind(fault: String?)
        /// Nothing was heard for a while.
        case timePassed
    }

    package enum Progress: Sendable, Equatable {
        case reading(fault: String?)
        case listening
        case settled
    }

    /// A slot that is not what it was.
    package struct Change: Sendable, Equatable {
        package let slot: SlotID
        /// Nil for a slot that was not known.
        package let before: State?
        package let after: State
    }

    /// What changes are told of.
    package struct State: Sendable, Equatable {
        package let condition: SlotCondition
        /// The epoch that the slot serves, or served last.
        package let epoch: Int64?
        /// The epoch that it refuses for good.
        package let rejected: Int64?
    }

    package private(set) var boards = FleetBoards()
    private var hasReachedEnd = false
    private var fault: String?
    private var states: [SlotID: State] = [:]
    private var nextLookAtMs = Int64.min

    package init() {}

    /// Takes an event in.
    ///
    /// What silence alone changes is told with any later event but a record, at most `lookMs` late.
    /// - Parameter nowMs: the watcher's clock, not below that of an earlier event.
    /// - Returns: the slots that are not what they were, in order.
    @discardableResult
    package mutating func take(_ event: Event, nowMs: Int64) -> [Change] {
        switch event {
        case .heard(let heard):
            boards.hear(heard, heardAtMs: nowMs)
            return changes(of: [heard.slot], nowMs: nowMs)
        case .reachedEnd:
            hasReachedEnd = true
            fault = nil
            boards.reachEnd(atMs: nowMs)
        case .behind(let fault): self.fault = fault
        case .timePassed: break
        }
        guard nowMs >= nextLookAtMs else { return [] }
        nextLookAtMs = nowMs.addingReportingOverflow(Self.lookMs).partialValue
        let slots = states.keys.sorted { ($0.group, $0.slot) < ($1.group, $1.slot) }
        return changes(of: slots, nowMs: nowMs)
    }

    private mutating func changes(of slots: [SlotID], nowMs: Int64) -> [Change] {
        var changes: [Change] = []
        for slot in slots {
            let before = states[slot]
            guard let after = state(of: slot, nowMs: nowMs), after != before else { continue }
            // A record that no board takes makes no slot known.
            if before == nil, after.condition == .missing { continue }
            states[slot] = after
            changes.append(Change(slot: slot, before: before, after: after))
        }
        return changes
    }

    private func state(of slot: SlotID, nowMs: Int64) -> State? {
        guard let board = boards.board(with: slot) else { return nil }
        let record = board[slot]?.record
        return State(
            condition: board.condition(of: slot, nowMs: nowMs), epoch: record?.serving?.epoch,
            rejected: record?.rejected?.epoch)
    }

    /// How far the topic was read, and whether everybody of `model`, or of all models, was heard.
    package func progress(of model: ModelName? = nil, nowMs: Int64) -> Progress {
        guard hasReachedEnd else { return .reading(fault: fault) }
        let isSettled =
            model.map { boards[$0].isSettled(nowMs: nowMs) } ?? boards.isSettled(nowMs: nowMs)
        return isSettled ? .settled : .listening
    }

    /// What the slots of `model` said last; nil before the topic was read to its end.
    package func lastRecords(of model: ModelName) -> [StatusRecord]? {
        hasReachedEnd ? boards[model].slots.map(\.record) : nil
    }

    /// How late a change by silence may be told: looking at each slot costs time.
    package static let lookMs: Int64 = 200
}
