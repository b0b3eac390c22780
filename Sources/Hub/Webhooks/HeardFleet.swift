import Fleet
import Lifecycle
import Operations

/// Sees the whole fleet, for who tells of it; used by one thread.
protocol HeardFleet: AnyObject {
    /// What all slots said last, and the clock that it was heard by; nil before the topic was read
    /// to its end and everybody who lives was heard.
    ///
    /// Listens for about a second.
    /// - Throws: where it cannot be read, or no brokers are named.
    func look() throws(SwerveError) -> (boards: FleetBoards, nowMs: Int64)?

    /// Nobody looks for now.
    func rest()
}

/// Listens to the status topic by itself.
final class ListeningFleet: HeardFleet {
    private let brokers: @Sendable () throws(SwerveError) -> any Brokers
    private var listener: FleetListener?

    init(_ brokers: @escaping @Sendable () throws(SwerveError) -> any Brokers) {
        self.brokers = brokers
    }

    deinit { listener?.close() }

    func rest() {
        listener?.close()
        listener = nil
    }

    func look() throws(SwerveError) -> (boards: FleetBoards, nowMs: Int64)? {
        do throws(SwerveError) {
            let listener = try opened()
            let untilMs = listener.nowMs + Self.lookMs
            repeat {
                try listener.listen(milliseconds: FleetListener.pollMs)
            } while listener.nowMs < untilMs
            let nowMs = listener.nowMs
            guard listener.watcher.progress(nowMs: nowMs) == .settled else { return nil }
            return (listener.watcher.boards, nowMs)
        } catch {
            rest()
            throw error
        }
    }

    private func opened() throws(SwerveError) -> FleetListener {
        if let listener { return listener }
        let brokers = try brokers()
        try brokers.requireNamed()
        let opened = FleetListener(
            feed: try brokers.statusFeed(), expecting: try brokers.expectedGroups())
        listener = opened
        return opened
    }

    private static let lookMs: Int64 = 1_000
}
