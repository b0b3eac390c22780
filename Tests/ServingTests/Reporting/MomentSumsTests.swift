import Lifecycle
import Serving
import Testing

@Suite("MomentSums")
struct MomentSumsTests {
    private func close(_ one: Double, _ other: Double) -> Bool {
        (one - other).magnitude <= 1e-9 * max(1, one.magnitude)
    }

    @Test("batches merged give what the numbers give one by one", arguments: 0..<20)
    func agrees(seed: Int) {
        var random = SplitMix(state: UInt64(seed))
        // A mean far from 0 beside a small spread is where sums of plain squares lose.
        let centre = Double(random.below(3)) * 1e6
        var expected = Moments()
        var merged = Moments()
        for _ in 0..<30 {
            var sums = MomentSums()
            for _ in 0..<random.below(40) {
                let number = centre + Double(random.below(10_000)) / 1_000 - 5
                expected.add(number)
                sums.add(number)
            }
            merged.merge(sums.moments)
        }
        #expect(merged.count == expected.count)
        #expect(close(expected.mean, merged.mean))
        #expect(close(expected.spread, merged.spread))
    }

    @Test("no numbers, one, and equal ones have no spread")
    func edges() {
        var sums = MomentSums()
        #expect(sums.moments == Moments())
        sums.add(-3)
        #expect(sums.moments.mean == -3 && sums.moments.spread == 0)
        sums.add(-3)
        #expect(sums.moments.count == 2 && sums.moments.spread == 0)
        sums.reset()
        #expect(sums.moments == Moments())
    }

    @Test("the largest numbers leave moments that a status can carry")
    func bounded() throws {
        var merged = Moments()
        for _ in 0..<3 {
            var sums = MomentSums()
            let largest = Double.greatestFiniteMagnitude
            for number in [largest, -largest, 0] { sums.add(number) }
            merged.merge(sums.moments)
        }
        #expect(merged.count == 9)
        #expect(merged.mean.isFinite && merged.spread.isFinite && merged.spread > 1e139)
    }
}
