/// Whether the poll thread has stalled: a value that is told its progress about once a second.
///
/// Time in which nobody looked counts as two looks at most: the threads of a process that is
/// stopped (SIGSTOP), or that gets no processor, stand still together, and go on together.
package struct StallWatch: Sendable {
    /// Longer than any call of the poll thread's that is no stall: the committed offsets at an
    /// assignment may take a minute.
    package static let limitMs: UInt64 = 120_000
    package static let lookMs = 1_000

    private var progress: UInt64 = 0
    private var lookedAt: UInt64
    private var stalledNs: UInt64 = 0

    /// - Parameter now: monotonic nanoseconds.
    package init(at now: UInt64) { lookedAt = now }

    /// Whether there was no progress for too long.
    package mutating func look(_ progress: UInt64, at now: UInt64) -> Bool {
        let passed = min(now &- lookedAt, 2 * UInt64(Self.lookMs) * 1_000_000)
        lookedAt = now
        guard progress == self.progress else {
            self.progress = progress
            stalledNs = 0
            return false
        }
        stalledNs += passed
        return stalledNs >= Self.limitMs * 1_000_000
    }
}
