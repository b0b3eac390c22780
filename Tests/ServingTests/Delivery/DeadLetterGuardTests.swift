import Lifecycle
import Serving
import Testing

@Suite("DeadLetterGuard")
struct DeadLetterGuardTests {
    private func run(
        _ pattern: [Bool], limit: Int = 50, cause: DeadLetterCode.Cause = .operators
    ) -> DeadLetterGuard {
        var bound = DeadLetterGuard(limitPercent: limit)
        for isDead in pattern { bound.record(isDead ? cause : nil) }
        return bound
    }

    @Test("it does not judge before it has seen a whole window")
    func tooFew() {
        #expect(!run(Array(repeating: true, count: 999)).isTripped)
        #expect(run(Array(repeating: true, count: 1_000)).isTripped)
    }

    @Test("exactly the share is allowed, one more is not")
    func boundary() {
        let half = Array(repeating: true, count: 500) + Array(repeating: false, count: 500)
        #expect(!run(half).isTripped)
        #expect(run([true] + half.dropLast()).isTripped)
    }

    @Test("what is older than the window is forgotten")
    func slides() {
        var bound = DeadLetterGuard(limitPercent: 50)
        for _ in 0..<400 { bound.record(.operators) }
        for _ in 0..<1_000 { bound.record(nil) }
        for _ in 0..<500 { bound.record(.operators) }
        #expect(!bound.isTripped)
        bound.record(.operators)
        #expect(bound.isTripped)
        for _ in 0..<1_000 { bound.record(.clients) }
        #expect(!bound.isTripped)
    }

    @Test("100 % never trips, 0 % trips at the first")
    func extremes() {
        #expect(!run(Array(repeating: true, count: 3_000), limit: 100).isTripped)
        #expect(run(Array(repeating: false, count: 999) + [true], limit: 0).isTripped)
    }

    @Test("what clients cause never trips it, and is known to be many", arguments: [0, 50, 99])
    func clients(limit: Int) {
        let flooded = run(Array(repeating: true, count: 3_000), limit: limit, cause: .clients)
        #expect(!flooded.isTripped && flooded.isFlooded)
    }

    @Test("a flood of clients' leaves the operators' share as it is")
    func both() {
        var bound = DeadLetterGuard(limitPercent: 50)
        for number in 0..<1_000 { bound.record(number < 500 ? .operators : .clients) }
        #expect(!bound.isTripped && bound.isFlooded)
        // The oldest, an operators', makes room for each of these.
        bound.record(.operators)
        #expect(!bound.isTripped)
        for _ in 0..<1_000 { bound.record(nil) }
        #expect(!bound.isFlooded)
    }
}
