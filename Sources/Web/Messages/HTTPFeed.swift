import Platform

/// An answer that goes on as things happen: any thread sends, and nobody waits.
///
/// A client that does not take what it is sent is let go; it can ask again.
package final class HTTPFeed: Sendable {
    private struct State {
        /// Hands bytes to the server's thread; nil until those from before have gone out.
        var send: (@Sendable ([UInt8]) -> Void)?
        /// What was sent before that, in its order.
        var early: [[UInt8]] = []
        var unread = 0
        var isOver = false
        var end: (@Sendable () -> Void)?
    }

    private let state = Guarded(State())
    private let limit: Int
    private let closed: @Sendable () -> Void

    /// - Parameters:
    ///   - limit: bytes that the client may lag behind.
    ///   - closed: called once, when the client is gone or was let go; on any thread.
    package init(limit: Int, closed: @escaping @Sendable () -> Void = {}) {
        self.limit = limit
        self.closed = closed
    }

    /// Sends `bytes` to the client.
    ///
    /// - Returns: false where it is gone, or has been let go.
    @discardableResult
    package func send(_ bytes: [UInt8]) -> Bool {
        enum Step {
            case over
            case tooSlow
            case kept
            case send(@Sendable ([UInt8]) -> Void)
        }
        let step = state.withLock { state -> Step in
            guard !state.isOver else { return .over }
            guard state.unread + bytes.count <= limit else { return .tooSlow }
            state.unread += bytes.count
            guard let send = state.send else {
                state.early.append(bytes)
                return .kept
            }
            return .send(send)
        }
        switch step {
        case .over: return false
        case .tooSlow:
            end()
            return false
        case .kept: return true
        case .send(let send):
            send(bytes)
            return true
        }
    }

    /// Ends the answer.
    package func end() {
        let (isFirst, end) = state.withLock { state in
            defer {
                state.isOver = true
                // They hold this feed.
                state.send = nil
                state.end = nil
                state.early = []
            }
            return (!state.isOver, state.end)
        }
        guard isFirst else { return }
        end?()
        closed()
    }

    package var isOver: Bool { state.withLock { $0.isOver } }

    /// Bytes that can be sent now without the client being let go.
    package var room: Int { state.withLock { $0.isOver ? 0 : max(0, limit - $0.unread) } }

    // MARK: - The server's thread

    /// The answer has begun: what was sent before it goes out first.
    ///
    /// `send` is called without the lock. What others send meanwhile waits behind the rest, so that
    /// it does not overtake; the bound on unread bytes ends that.
    func begin(
        send: @escaping @Sendable ([UInt8]) -> Void, end: @escaping @Sendable () -> Void
    ) {
        let isOver = state.withLock { state in
            if !state.isOver { state.end = end }
            return state.isOver
        }
        guard !isOver else { return end() }
        while true {
            let early = state.withLock { state -> [[UInt8]] in
                defer { state.early = [] }
                if state.early.isEmpty, !state.isOver { state.send = send }
                return state.early
            }
            guard !early.isEmpty else { return }
            early.forEach(send)
        }
    }

    func took(_ count: Int) { state.withLock { $0.unread -= count } }
}
