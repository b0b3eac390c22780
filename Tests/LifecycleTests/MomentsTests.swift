import Lifecycle
import TestSupport
import Testing

@Suite("moments")
struct MomentsTests {
    @Test("mean and spread are those of the numbers, merged in any parts")
    func merging() {
        var generator = SeededGenerator(seed: 7)
        let numbers = (0..<1_000).map { _ in Double.random(in: -5...11, using: &generator) + 1e6 }
        let mean = numbers.reduce(0, +) / Double(numbers.count)
        let squares = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let spread = (squares / Double(numbers.count - 1)).squareRoot()
        for cut in [0, 1, 2, 500, 999, 1_000] {
            var left = Moments()
            var right = Moments()
            numbers[..<cut].forEach { left.add($0) }
            numbers[cut...].forEach { right.add($0) }
            left.merge(right)
            #expect(left.count == 1_000)
            #expect(abs(left.mean - mean) < 1e-9 * abs(mean))
            #expect(abs(left.spread - spread) < 1e-9 * spread)
        }
    }

    @Test("nothing and one number have no spread")
    func few() {
        var moments = Moments()
        #expect(moments.spread == 0)
        moments.add(3)
        #expect(moments.mean == 3 && moments.spread == 0)
        moments.merge(Moments())
        #expect(moments.count == 1)
    }
}
