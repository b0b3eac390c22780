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

/// What the hub's one follower of the status topic heard.
final class WatchedFleet: HeardFleet {
    private let watch: HubWatch

    init(_ watch: HubWatch) { self.watch = watch }

    func rest() {}

    func look() throws(SwerveError) -> (boards: FleetBoards, nowMs: Int64)? {
        watch.pause(Self.lookMs)
        let view = watch.now
        // While nothing newer is heard, slots that are not heard are not silent.
        guard view.fault == nil, let snapshot = view.snapshot else { return nil }
        return (snapshot.boards, snapshot.nowMs)
    }

    private static let lookMs = 1_000
}
