package import Lifecycle
package import Logging
import Platform

/// Keeps the files of slots in a state folder from a second service, as long as this process lives.
///
/// The supervisor's thread only. A lock is of one slot, since services with other slots, models or
/// groups share a folder by right. One that ends gets some time: its successor is often started
/// while it finishes what is out. Locks are never given back before the process ends, and end with
/// it, however it ends.
package final class SlotLocks {
    /// The lock of one slot.
    package struct Place: Sendable, Hashable {
        package let slot: Int
        package let path: String

        package init(slot: Int, path: String) {
            self.slot = slot
            self.path = path
        }
    }

    private var held: [Place: FileLock] = [:]

    package init() {}

    /// Locks `places` beside what is held; blocks the thread.
    ///
    /// - Parameters:
    ///   - folder: the state folder, which is made where it is not there.
    ///   - waitMs: how long to wait for a service that has a slot of them.
    ///   - stop: a descriptor that ends the waiting when there is something to read; nil for none.
    /// - Throws: `.refused` where another process has one of them.
    package func hold(
        _ places: [Place], in folder: String, waitMs: Int, stop: Int32? = nil, log: Logger
    ) throws(SwerveError) {
        let deadline = Deadline(afterMs: waitMs)
        var isTold = false
        for place in places where held[place] == nil {
            var lock: FileLock?
            while lock == nil {
                do throws(SwerveError) {
                    try StateFile.makeFolder(folder)
                    lock = try FileLock.acquire(place.path, waiting: .zero)
                } catch {
                    guard error.code == .unavailable else {
                        // Its workers tell what they cannot write, and some file systems know no
                        // locks.
                        log.warning(
                            """
                            a second service with the same slots and state folder is not noticed: \
                            \(error)
                            """)
                        return
                    }
                    let reason = "state folder \(folder) is in use: the slot is \(error.reason)"
                    guard !deadline.hasPassed, try !isStopped(stop) else {
                        throw SwerveError(
                            .refused, act: "taking slot \(place.slot)", reason: reason,
                            remedy: "stop that service first, or give this one other slots; each "
                                + "host has a state folder and slots of its own")
                    }
                    if !isTold {
                        isTold = true
                        log.notice(
                            """
                            slot \(place.slot): \(reason); waiting up to \(waitMs / 1_000) s for \
                            its end
                            """)
                    }
                }
            }
            held[place] = lock
        }
    }

    private func isStopped(_ stop: Int32?) throws(SwerveError) -> Bool {
        try !Poll.waitForAny(stop.map { [$0] } ?? [], timeoutMs: Self.retryMs).isEmpty
    }

    private static let retryMs = 100
}
