import Serving
import Testing

@Suite("DeadLetterGuard")
struct DeadLetterGuardTests {
    private func run(_ pattern: [Bool], limit: Int = 50) -> Bool {
        var bound = DeadLetterGuard(limitPercent: limit)
        for isDead in pattern { bound.record(isDead: isDead) }
        return bound.isTripped
    }

    @Test("it does not judge before it has seen a whole window")
    func tooFew() {
        #expect(!run(Array(repeating: true, count: 999)))
        #expect(run(Array(repeating: true, count: 1_000)))
    }

    @Test("exactly the share is allowed, one more is not")
    func boundary() {
        let half = Array(repeating: true, count: 500) + Array(repeating: false, count: 500)
        #expect(!run(half))
        #expect(run([true] + half.dropLast()))
    }

    @Test("what is older than the window is forgotten")
    func slides() {
        var bound = DeadLetterGuard(limitPercent: 50)
        for _ in 0..<400 { bound.record(isDead: true) }
        for _ in 0..<1_000 { bound.record(isDead: false) }
        for _ in 0..<500 { bound.record(isDead: true) }
        #expect(!bound.isTripped)
        bound.record(isDead: true)
        #expect(bound.isTripped)
    }

    @Test("100 % never trips, 0 % trips at the first")
    func extremes() {
        #expect(!run(Array(repeating: true, count: 3_000), limit: 100))
        #expect(run(Array(repeating: false, count: 999) + [true], limit: 0))
    }
}
