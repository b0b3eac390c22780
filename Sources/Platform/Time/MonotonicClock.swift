import Glibc

/// Time that only goes forward, for durations and deadlines; its zero means nothing.
package enum MonotonicClock {
    /// Nanoseconds.
    ///
    /// About 20 ns a call (vDSO); never fails, never allocates.
    package static var now: UInt64 { nanoseconds(of: CLOCK_MONOTONIC) }

    /// What a clock of the kernel shows, in nanoseconds.
    static func nanoseconds(of clock: clockid_t) -> UInt64 {
        var time = timespec()
        // Fails only for a clock that does not exist, and the ones asked for here do.
        unsafe clock_gettime(clock, &time)
        return UInt64(clamping: time.tv_sec) &* 1_000_000_000 &+ UInt64(clamping: time.tv_nsec)
    }
}
