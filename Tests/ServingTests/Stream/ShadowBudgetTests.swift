import Serving
import Testing

@Suite("ShadowBudget")
struct ShadowBudgetTests {
    private static let ms: UInt64 = 1_000_000

    /// The macro takes no calls that change the budget.
    private func expect(
        _ word: Bool, is expected: Bool, at place: SourceLocation = #_sourceLocation
    ) {
        #expect(word == expected, sourceLocation: place)
    }

    @Test("a worker that is behind gives its shadow nothing, however much credit there is")
    func behind() {
        var budget = ShadowBudget(percent: 100)
        expect(budget.begin(at: Self.ms, isBehind: true), is: false)
        expect(budget.begin(at: 10_000 * Self.ms, isBehind: true), is: false)
        expect(budget.begin(at: 10_001 * Self.ms, isBehind: false), is: true)
    }

    @Test("at 0 % the shadow never scores")
    func none() {
        var budget = ShadowBudget(percent: 0)
        for second in 1...10 as ClosedRange<UInt64> {
            expect(budget.begin(at: second * 1_000 * Self.ms, isBehind: false), is: false)
        }
    }

    @Test("an hour without records pays for no more than a window does")
    func creditIsBounded() {
        var budget = ShadowBudget(percent: 25)
        var now = Self.ms
        expect(budget.begin(at: now, isBehind: false), is: true)
        now += 3_600_000 * Self.ms
        expect(budget.begin(at: now, isBehind: false), is: true)
        // A window of 100 ms at 25 %: 25 ms, and a quarter of the time that scoring itself takes.
        var spent: UInt64 = 0
        repeat {
            now += Self.ms
            spent += 1
        } while budget.scored(until: now)
        #expect(spent == 34)
        expect(budget.begin(at: now, isBehind: false), is: false)
    }

    @Test("what was taken beyond the credit is paid back first")
    func debt() {
        var budget = ShadowBudget(percent: 50)
        expect(budget.begin(at: Self.ms, isBehind: false), is: true)
        // One slice of 250 ms: 50 are there for it, 125 come with the time, 75 are missing.
        expect(budget.scored(until: 251 * Self.ms), is: false)
        expect(budget.begin(at: 400 * Self.ms, isBehind: false), is: false)
        expect(budget.begin(at: 402 * Self.ms, isBehind: false), is: true)
    }

    @Test(
        "over any stretch of time the shadow takes its share, a window's credit and one slice at most",
        arguments: [1, 25, 60, 100], 0..<5)
    func share(percent: Int, seed: Int) {
        var random = SplitMix(state: UInt64(seed))
        var budget = ShadowBudget(percent: percent)
        var now: UInt64 = 1
        var scoring: [(begin: UInt64, end: UInt64)] = []
        for _ in 0..<400 {
            now += UInt64(random.below(20)) * Self.ms
            guard budget.begin(at: now, isBehind: random.below(10) == 0) else { continue }
            for _ in 0..<random.below(30) {
                let begin = now
                now += UInt64(random.below(5_000)) * 1_000
                scoring.append((begin, now))
                guard budget.scored(until: now) else { break }
            }
        }
        #expect(!scoring.isEmpty)
        for (index, first) in scoring.enumerated() where index % 50 == 0 {
            var spent: UInt64 = 0
            for slice in scoring[index...] {
                spent += slice.end - slice.begin
                let elapsed = slice.end - first.begin
                let bound = (elapsed + ShadowBudget.windowNs) * UInt64(percent) / 100 + 5 * Self.ms
                #expect(spent <= bound)
            }
        }
    }
}
