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

/// The time of day, which may jump; for records that people read, never for durations.
package enum WallClock {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    ///
    /// About 20 ns a call.
    package static var nowMs: Int64 {
        Int64(clamping: MonotonicClock.nanoseconds(of: CLOCK_REALTIME) / 1_000_000)
    }
}

/// Time since the machine was started, the same for all its processes.
///
/// No setting of the clock moves it, and it goes on while the machine sleeps.
package enum BootClock {
    /// Milliseconds.
    package static var nowMs: Int64 {
        Int64(clamping: MonotonicClock.nanoseconds(of: CLOCK_BOOTTIME) / 1_000_000)
    }

    /// Which start of the machine it counts from; empty where the kernel does not say.
    package static let boot: String = {
        guard let text = try? StateFile.read("/proc/sys/kernel/random/boot_id", limit: 64) else {
            return ""
        }
        return String(decoding: text.prefix { $0 > 0x20 }, as: UTF8.self)
    }()
}

/// Wall-clock milliseconds that only go forward: the time of day at the start, and what the
/// monotonic clock says since.
///
/// For what watches: a clock set back or forward while it does makes nobody late.
package struct SteadyClock: Sendable {
    private let startedAtMs: Int64
    private let startedAtNs: UInt64
    private let monotonic: @Sendable () -> UInt64

    /// - Parameters:
    ///   - wall: milliseconds since 1970, looked at once.
    ///   - monotonic: nanoseconds of a clock that never steps.
    package init(
        wall: () -> Int64 = { WallClock.nowMs },
        monotonic: @escaping @Sendable () -> UInt64 = { MonotonicClock.now }
    ) {
        startedAtMs = wall()
        startedAtNs = monotonic()
        self.monotonic = monotonic
    }

    package var nowMs: Int64 {
        startedAtMs + Int64(clamping: (monotonic() &- startedAtNs) / 1_000_000)
    }
}
