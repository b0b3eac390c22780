import Lifecycle
import Platform
import Synchronization

/// What the connections of a server share.
final class HTTPService: Sendable {
    let routes: HTTPRoutes
    let limits: HTTPLimits
    let connections: HTTPConnections
    /// Whether clients speak TLS with this server itself.
    let isSecure: Bool
    private let workers: HTTPThreads?
    private let changes: HTTPThreads?
    private let transfers: HTTPThreads?
    private let gathered = Atomic<Int>(0)
    private let feeds = Atomic<Int>(0)
    private let stopping = Atomic<Bool>(false)

    init(_ routes: HTTPRoutes, _ limits: HTTPLimits, isSecure: Bool) throws(SwerveError) {
        self.isSecure = isSecure
        self.routes = routes
        self.limits = limits
        connections = HTTPConnections(max: limits.connections, unreadBytes: limits.unreadBytes)
        workers =
            limits.workers > 0
            ? try HTTPThreads(limits.workers, waiting: limits.waitingRequests, name: "http-work")
            : nil
        changes =
            limits.changes > 0
            ? try HTTPThreads(limits.changes, waiting: limits.waitingChanges, name: "http-change")
            : nil
        transfers =
            limits.transfers > 0
            ? try HTTPThreads(
                limits.transfers, waiting: limits.waitingTransfers, name: "http-transfer") : nil
    }

    var isStopping: Bool { stopping.load(ordering: .acquiring) }

    /// False where there is no room.
    func submit(
        _ kind: HTTPRoute.Kind, for client: String, _ work: @escaping HTTPThreads.Work
    ) -> Bool {
        switch kind {
        case .quick: preconditionFailure("the server's own thread answers this")
        case .work: workers?.submit(for: client, work) ?? false
        case .change: changes?.submit(for: client, work) ?? false
        case .transfer: transfers?.submit(for: client, work) ?? false
        }
    }

    /// So many bytes more of a body are gathered; false where all bodies together are too long.
    func gather(_ bytes: Int) -> Bool {
        let sum = gathered.wrappingAdd(bytes, ordering: .relaxed).newValue
        guard sum > limits.gatheredBytes else { return true }
        letGo(bytes)
        return false
    }

    func letGo(_ bytes: Int) { gathered.wrappingSubtract(bytes, ordering: .relaxed) }

    /// One client more listens; false where there are too many.
    func openFeed() -> Bool {
        let count = feeds.wrappingAdd(1, ordering: .relaxed).newValue
        guard count > limits.feeds else { return true }
        closeFeed()
        return false
    }

    func closeFeed() { feeds.wrappingSubtract(1, ordering: .relaxed) }

    /// Takes nothing more, and waits for what is at work.
    func finish() {
        stopping.store(true, ordering: .releasing)
        let deadline = Deadline(afterMs: limits.stopMs)
        _ = workers?.finish(withinMs: limits.stopMs)
        _ = changes?.finish(withinMs: Int(deadline.pollTimeoutMs))
        _ = transfers?.finish(withinMs: Int(deadline.pollTimeoutMs))
    }

    /// Ends the threads, once no connection is left for which one of them could wait.
    func join() {
        workers?.join()
        changes?.join()
        transfers?.join()
    }
}
