import Testing

@testable import Serving

/// Which times between polls count as gaps.
@Suite("PollGap")
struct PollGapTests {
    @Test("the time between two polls is a gap, and the first poll ends none")
    func gaps() {
        var gap = PollGap()
        #expect(gap.begin(at: 100) == nil)
        #expect(gap.begin(at: 130) == 30 && gap.beganAt == 130)
        #expect(gap.begin(at: 131) == 1)
    }

    @Test("what is excused is no gap, once")
    func excused() {
        var gap = PollGap()
        _ = gap.begin(at: 100)
        gap.excuse()
        #expect(gap.begin(at: 500) == nil && gap.beganAt == 500)
        #expect(gap.begin(at: 510) == 10)
    }
}
