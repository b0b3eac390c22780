import Lifecycle
import Synchronization

/// How many changes wait for a fleet: each holds a thread meanwhile, and some are to be left for
/// changes that do not, a rollback among them.
///
/// Any thread.
final class WaitingChanges: Sendable {
    private let count = Atomic<Int>(0)
    private let max: Int

    /// - Parameter max: fewer than the threads for changes.
    init(max: Int) { self.max = max }

    /// - Throws: `.unavailable` where too many wait already; otherwise what `body` does.
    func one<Value>(_ body: () throws(SwerveError) -> Value) throws(SwerveError) -> Value {
        defer { count.wrappingSubtract(1, ordering: .relaxed) }
        guard count.wrappingAdd(1, ordering: .relaxed).newValue <= max else {
            throw SwerveError(
                .unavailable, act: "waiting for the fleet",
                reason: "\(max) others wait already; nothing was changed",
                remedy: "try again in a moment, or leave 'waiting' away")
        }
        return try body()
    }
}
