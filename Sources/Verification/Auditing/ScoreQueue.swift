import Lifecycle
import Platform

/// Requests on their way from the thread that reads a partition to the one that scores it: a few
/// blocks at most, which go round and round.
///
/// One thread puts, another one takes.
final class ScoreQueue: Sendable {
    private struct State: Sendable {
        /// The oldest first.
        var full: [ScoreRequests] = []
        var spare = [ScoreRequests](repeating: ScoreRequests(), count: ScoreQueue.blocks)
        var isClosed = false
        /// Whether who puts, and who takes, waits to be woken.
        var isFull = false
        var isEmpty = false
    }

    private enum Turn: Sendable { case done, closed, wait }

    private let state = Guarded(State())
    private let freed: EventFD
    private let filled: EventFD

    /// - Throws: `.system` where descriptors are short.
    init() throws(SwerveError) {
        freed = try EventFD()
        filled = try EventFD()
    }

    /// Hands requests over and has room for others; waits until there is some.
    ///
    /// - Returns: false where nobody takes any more, and they are dropped.
    @discardableResult
    func put(_ requests: inout ScoreRequests) throws(SwerveError) -> Bool {
        while true {
            var wakes = false
            let turn = state.withLock { state -> Turn in
                guard !state.isClosed else { return .closed }
                guard var block = state.spare.popLast() else {
                    state.isFull = true
                    return .wait
                }
                swap(&block, &requests)
                state.full.append(block)
                (wakes, state.isEmpty) = (state.isEmpty, false)
                return .done
            }
            if wakes { filled.signal() }
            switch turn {
            case .done: return true
            case .closed:
                requests.clear()
                return false
            case .wait: try Self.wait(freed)
            }
        }
    }

    /// Gives back what was taken before, emptied, and takes what comes next; waits for it.
    ///
    /// - Returns: false where nothing is left and nothing comes any more.
    func take(_ requests: inout ScoreRequests) throws(SwerveError) -> Bool {
        requests.clear()
        while true {
            var wakes = false
            let turn = state.withLock { state -> Turn in
                guard !state.full.isEmpty else {
                    state.isEmpty = true
                    return state.isClosed ? .closed : .wait
                }
                var block = state.full.removeFirst()
                swap(&block, &requests)
                state.spare.append(block)
                // Not for each: who wakes up takes the processor of somebody, most likely of this
                // thread.
                if state.isFull, state.spare.count >= Self.blocks / 2 {
                    (wakes, state.isFull) = (true, false)
                }
                return .done
            }
            if wakes { freed.signal() }
            switch turn {
            case .done: return true
            case .closed: return false
            case .wait: try Self.wait(filled)
            }
        }
    }

    /// Nothing is put any more; what is there is still taken.
    func close() {
        state.withLock { $0.isClosed = true }
        filled.signal()
        freed.signal()
    }

    private static func wait(_ event: EventFD) throws(SwerveError) {
        _ = try Poll.waitForAny([event.descriptor], timeoutMs: nil)
        event.drain()
    }

    private static let blocks = 4
}
