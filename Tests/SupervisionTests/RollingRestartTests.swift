import Platform
import Supervision
import Testing

@Suite("RollingRestart")
struct RollingRestartTests {
    private var rolling = RollingRestart(endMs: 100, comeBackMs: 1_000)
    private let slots = [4, 5, 6]
    private let terminated = Platform.ExitStatus.signal(15)

    private mutating func turn(_ isScoring: Bool, _ nowMs: Int64) -> RollingRestart.Action? {
        rolling.turn(isScoring: isScoring, slots: slots, nowMs: nowMs)
    }

    /// The worker of `slot` ends at `nowMs`, and its next one scores.
    private mutating func comeBack(_ slot: Int, _ nowMs: Int64) -> RollingRestart.Action? {
        #expect(rolling.ended(slot: slot, status: .code(0), nowMs: nowMs) == .planned)
        return turn(true, nowMs)
    }

    @Test("one slot at a time, the next one when the one before scores")
    mutating func order() {
        #expect(!rolling.isUnderWay && rolling.dueMs(nowMs: 0) == nil)
        #expect(rolling.begin(slots, nowMs: 0) == .end(slot: 4))
        #expect(rolling.isUnderWay && rolling.dueMs(nowMs: 7) == 100)
        #expect(turn(false, 50) == nil, "it has not ended yet")
        #expect(rolling.awaited == nil)
        #expect(rolling.ended(slot: 4, status: terminated, nowMs: 60) == .planned)
        #expect(rolling.awaited == 4)
        #expect(turn(false, 70) == nil, "its next worker does not score yet")
        #expect(turn(true, 80) == .end(slot: 5))
        #expect(comeBack(5, 90) == .end(slot: 6))
        #expect(comeBack(6, 95) == .finish(slots: 3))
        #expect(!rolling.isUnderWay && turn(true, 99) == nil)
        #expect(rolling.begin([], nowMs: 100) == .finish(slots: 0))
    }

    @Test("a worker that does not end in time is killed once, and that is planned too")
    mutating func kill() {
        _ = rolling.begin(slots, nowMs: 0)
        #expect(turn(false, 99) == nil)
        #expect(turn(false, 100) == .kill(slot: 4))
        #expect(turn(false, 101) == nil && rolling.dueMs(nowMs: 101) == nil)
        #expect(rolling.ended(slot: 4, status: .signal(9), nowMs: 110) == .planned)
        #expect(rolling.awaited == 4)
    }

    @Test("an end that is no answer to the request is judged as ever, and the slot awaited")
    mutating func crashes() {
        for status in [Platform.ExitStatus.signal(11), .code(1), .code(4), .code(6), .code(75)] {
            _ = rolling.begin(slots, nowMs: 0)
            #expect(rolling.ended(slot: 5, status: .code(0), nowMs: 1) == .other, "not its turn")
            #expect(rolling.ended(slot: 4, status: status, nowMs: 2) == .other, "\(status)")
            #expect(rolling.awaited == 4)
            rolling.cancel()
        }
        _ = rolling.begin(slots, nowMs: 0)
        _ = rolling.ended(slot: 4, status: .code(3), nowMs: 1)
        #expect(rolling.ended(slot: 4, status: .signal(11), nowMs: 2) == .other, "the new one")
        #expect(turn(true, 3) == .end(slot: 5), "which came back")
    }

    @Test("a slot that does not come back in time stops the rest, whatever it crashes meanwhile")
    mutating func late() {
        _ = rolling.begin(slots, nowMs: 0)
        #expect(comeBack(4, 10) == .end(slot: 5))
        #expect(rolling.ended(slot: 5, status: .code(0), nowMs: 50) == .planned)
        #expect(rolling.dueMs(nowMs: 50) == 100 && rolling.dueMs(nowMs: 1_040) == 1_050)
        #expect(rolling.ended(slot: 5, status: .code(1), nowMs: 900) == .other)
        #expect(turn(false, 1_049) == nil)
        #expect(
            turn(false, 1_050)
                == .giveUp(
                    slot: 5,
                    reason: "the rolling restart stops at slot 5: its worker does not score within "
                        + "1 s of the restart; restarted before it: 1 slots, left as they are: 1"))
        #expect(!rolling.isUnderWay && turn(true, 1_051) == nil)
    }

    @Test("a worker that refuses to serve is told apart, and a slot that ends for good stops it")
    mutating func refused() {
        for code: Int32 in [5, 64] {
            _ = rolling.begin(slots, nowMs: 0)
            #expect(
                rolling.ended(slot: 4, status: .code(code), nowMs: 1) == .planned, "the old one")
            #expect(rolling.ended(slot: 4, status: .code(code), nowMs: 2) == .refused)
            rolling.cancel()
        }
        _ = rolling.begin(slots, nowMs: 0)
        _ = rolling.ended(slot: 4, status: .code(4), nowMs: 1)
        guard case .giveUp(4, let reason) = rolling.turn(isScoring: false, slots: [5, 6], nowMs: 2)
        else {
            Issue.record("it goes on")
            return
        }
        #expect(reason.contains("it has ended for good"))
    }

    @Test("slots that have ended meanwhile are left out")
    mutating func leftOut() {
        _ = rolling.begin(slots, nowMs: 0)
        _ = rolling.ended(slot: 4, status: .code(0), nowMs: 1)
        #expect(rolling.turn(isScoring: true, slots: [4, 6], nowMs: 2) == .end(slot: 6))
    }

    @Test("a request meanwhile is one more round afterwards, also behind one that failed")
    mutating func remembered() {
        for isLate in [false, true] {
            _ = rolling.begin([4], nowMs: 0)
            rolling.remember()
            rolling.remember()
            let early = rolling.takesUpRemembered()
            _ = rolling.ended(slot: 4, status: .code(0), nowMs: 1)
            _ = turn(!isLate, 2_000)
            let after = [rolling.takesUpRemembered(), rolling.takesUpRemembered()]
            #expect(!early && after == [true, false])
        }
        _ = rolling.begin([4], nowMs: 0)
        rolling.remember()
        rolling.cancel()
        let isTaken = rolling.takesUpRemembered()
        #expect(!isTaken && !rolling.isUnderWay)
    }
}
