import Platform
import Testing

@Suite("Clocks")
struct ClockTests {
    @Test("the wall clock and the monotonic clock go forward")
    func clocks() {
        let (wall, monotonic) = (WallClock.nowMs, MonotonicClock.now)
        #expect(MonotonicClock.now >= monotonic)
        #expect(wall > 1_767_225_600_000, "after 2026 began")
    }
}
