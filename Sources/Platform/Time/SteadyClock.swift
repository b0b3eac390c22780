/// Wall-clock milliseconds that only go forward: the time of day at the start, and what the
/// monotonic clock says since.
///
/// For what watches: a clock set back or forward while it does makes nobody late.
package struct SteadyClock: Sendable {
    private let startedAtMs = WallClock.nowMs
    private let startedAtNs = MonotonicClock.now

    package init() {}

    package var nowMs: Int64 {
        startedAtMs + Int64(clamping: (MonotonicClock.now &- startedAtNs) / 1_000_000)
    }
}
