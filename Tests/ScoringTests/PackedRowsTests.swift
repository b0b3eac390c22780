import CText
import TestSupport
import Testing

@testable import Scoring

/// Several rows side by side: the same sums to the last bit, whichever features weigh nothing and
/// however places are told.
@Suite("Rows packed without what weighs nothing")
struct PackedRowsTests {
    /// Every other feature met goes to the one of two sums, the rest to the other.
    private static func plain(
        _ linear: LinearWeights, _ met: [UInt32], _ cells: [Int32], _ idf: [Double]?, isL1: Bool
    ) -> (dots: [Double], norm: Double) {
        var dots = [[Double]](
            repeating: [Double](repeating: 0, count: linear.rows), count: 2)
        var norms = [0.0, 0]
        for (place, feature) in met.map({ Int($0) }).enumerated() {
            let value = Double(cells[feature] >> 1) * (idf?[feature] ?? 1)
            norms[place % 2] += isL1 ? value.magnitude : value * value
            for row in 0..<linear.rows {
                dots[place % 2][row] += value * linear.weights[feature * linear.rows + row]
            }
        }
        return (zip(dots[0], dots[1]).map { $0 + $1 }, norms[0] + norms[1])
    }

    // More than 65,535 features that weigh something need wider places.
    @Test(
        "sums are those of the plain loop, at every level",
        arguments: [
            (300, 1), (300, 2), (300, 4), (300, 5), (300, 8), (300, 11), (300, 13), (300, 32),
            (70_000, 2), (70_000, 5),
        ])
    func sums(features: Int, rows: Int) {
        var generator = SeededGenerator(seed: UInt64(features + rows))
        var weights = [Double](repeating: 0, count: features * rows)
        for feature in 0..<features where features > 65_535 || feature % 3 != 0 {
            for row in 0..<rows {
                weights[feature * rows + row] = .random(in: -1...1, using: &generator)
            }
        }
        let linear = LinearWeights(
            weights: weights, intercepts: [Double](repeating: 0, count: rows))
        let packed = PackedRows(linear)
        let idf = (0..<features).map { _ in Double.random(in: 1...9, using: &generator) }
        for count in [0, 1, 2, 63, 64, 65, 130, 299] {
            let met = (0..<count).map { UInt32($0 * (features / 300) + features % 300) }
            var counted = [Int32](repeating: 0, count: features)
            for feature in met {
                counted[Int(feature)] = 2 * .random(in: -5...5, using: &generator) + 1
            }
            for (factors, isL1) in [(nil, false), (nil, true), (idf, false), (idf, true)] {
                let expected = Self.plain(linear, met, counted, factors, isL1: isL1)
                for level in 0...ctext_level() {
                    var cells = counted
                    var dots = [Double](repeating: .nan, count: rows)
                    let norm = unsafe (factors ?? []).withUnsafeBufferPointer { idf in
                        unsafe packed.sum(
                            met, count, &cells, idf: factors == nil ? nil : idf.baseAddress,
                            isL1: isL1 ? 1 : 0, level: level, into: &dots
                        ).norm
                    }
                    #expect(dots == expected.dots)
                    #expect(norm == expected.norm)
                    #expect(met.allSatisfy { cells[Int($0)] == 0 })
                }
            }
        }
    }
}
