package import Lifecycle

/// Watches fleets by what their slots say on the status topic: a value without I/O.
///
/// Events go in, each with the time of the watcher's clock. Out comes how far the topic was read,
/// and, by `ConvergenceWait`, whether a fleet serves what it should. `status`, `status --watch` and
/// `--wait` feed it alike.
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
    }

    package enum Progress: Sendable, Equatable {
        case reading(fault: String?)
        case listening
        case settled
    }

    package private(set) var boards: FleetBoards
    private var hasReachedEnd = false
    private var fault: String?

    /// - Parameters: as those of `FleetBoards`.
    package init(areSigned: Bool = false, expecting expected: [String] = []) {
        boards = FleetBoards(areSigned: areSigned, expecting: expected)
    }

    /// Takes an event in.
    ///
    /// - Parameter nowMs: the watcher's clock, not below that of an earlier event.
    package mutating func take(_ event: Event, nowMs: Int64) {
        switch event {
        case .heard(let heard): boards.hear(heard, heardAtMs: nowMs)
        case .reachedEnd:
            hasReachedEnd = true
            fault = nil
            boards.reachEnd(atMs: nowMs)
        case .behind(let fault): self.fault = fault
        }
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
}
