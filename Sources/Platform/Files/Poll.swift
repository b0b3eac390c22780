import Glibc
package import Lifecycle

/// poll(2) over a few descriptors; the one place where supervisors and workers wait.
package enum Poll {
    /// Waits until one of `descriptors` can be read, or its other end is gone.
    ///
    /// - Parameter timeoutMs: nil waits without end, 0 only looks.
    /// - Returns: the ready ones in the order given; empty when the time is up. Signals that
    ///   interrupt do not shorten the wait.
    package static func waitForAny(
        _ descriptors: [Int32], timeoutMs: Int?
    ) throws(SwerveError) -> [Int32] {
        try waitForAny(descriptors, until: Deadline(afterMs: timeoutMs))
    }

    /// The same, until a moment.
    package static func waitForAny(
        _ descriptors: [Int32], until deadline: Deadline
    ) throws(SwerveError) -> [Int32] {
        var entries = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        while true {
            let count = unsafe poll(&entries, nfds_t(entries.count), deadline.pollTimeoutMs)
            if count > 0 { break }
            let number = errno
            guard count == 0 || number == EINTR else {
                throw SystemError.make(
                    number, act: "waiting for \(descriptors.count) descriptors", call: "poll")
            }
            // A timeout longer than poll can express comes back early.
            if deadline.hasPassed { return [] }
        }
        var ready: [Int32] = []
        for entry in entries where entry.revents != 0 {
            guard entry.revents & Int16(POLLNVAL) == 0 else {
                throw SystemError.make(EBADF, act: "waiting for \(entry.fd)", call: "poll")
            }
            ready.append(entry.fd)
        }
        return ready
    }
}
