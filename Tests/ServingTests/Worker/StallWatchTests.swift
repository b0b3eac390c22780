import Serving
import Testing

@Suite("StallWatch")
struct StallWatchTests {
    private static let second: UInt64 = 1_000_000_000

    /// Looks once a second from `begin` on, while the progress stays what it is; gives the number
    /// of the first look that finds a stall.
    private func look(
        _ watch: inout StallWatch, _ progress: UInt64, from begin: UInt64 = 0, count: UInt64 = 200
    ) -> UInt64? {
        (1...count).first { watch.look(progress, at: (begin + $0) * Self.second) }
    }

    @Test("no progress for two minutes is a stall; a little of it in between begins anew")
    func stalls() {
        var watch = StallWatch(at: 0)
        #expect(look(&watch, 7) == 121, "the first look has the progress")
        watch = StallWatch(at: 0)
        #expect(look(&watch, 7, count: 120) == nil)
        #expect(look(&watch, 8, from: 120, count: 120) == nil)
        #expect(look(&watch, 8, from: 240, count: 1) == 1)
    }

    @Test("a thread that never began stalls too")
    func neverBegan() {
        var watch = StallWatch(at: 0)
        #expect(look(&watch, 0) == 120)
    }

    @Test("time in which nobody looked is none: a process that was stopped goes on")
    func stopped() {
        var watch = StallWatch(at: 0)
        let before = watch.look(7, at: Self.second)
        // Hours of SIGSTOP.
        let after = watch.look(7, at: 10_000 * Self.second)
        #expect(!before && !after)
        #expect(look(&watch, 7, from: 10_000) == 118, "two seconds of them count")
    }

    @Test("progress counts, however little and however it wraps")
    func progress() {
        var watch = StallWatch(at: 0)
        let looks = (1...1_000).map { second in
            watch.look(UInt64.max - 500 &+ second, at: second * Self.second)
        }
        #expect(!looks.contains(true))
    }
}
