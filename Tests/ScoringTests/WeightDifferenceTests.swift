import Lifecycle
import TestSupport
import Testing

@testable import Scoring

#if arch(x86_64)
/// Bigger arithmetic than the one under test.
private typealias Wide = Float80
#else
private typealias Wide = Double
#endif

@Suite("the difference of two linear models")
struct WeightDifferenceTests {
    private static func model(_ weights: [Double], intercept: Double = 0) -> LinearWeights {
        LinearWeights(weights: weights, intercepts: [intercept])
    }

    private static func scorer(_ weights: LinearWeights, _ featurizer: Featurizer) throws -> Scorer
    {
        try Scorer(
            featurizer: featurizer,
            model: Model(
                classes: ["1", "-1"], weights: weights.weights, intercept: weights.intercepts[0],
                isLogistic: false), labels: [:], threshold: 0)
    }

    private static func difference(
        _ before: [Double], _ after: [Double], intercepts: (Double, Double) = (0, 0),
        norm: HashedNgrams.Norm? = .l2, top: Int = 10
    ) -> WeightDifference {
        WeightDifference(
            from: model(before, intercept: intercepts.0),
            to: model(after, intercept: intercepts.1), norm: norm, top: top)
    }

    private static func amount(_ bound: WeightDifference.Bound) -> Double? {
        if case .atMost(let most) = bound { most } else { nil }
    }

    @Test("the changes that are largest by amount come first, lower indices before higher")
    func largest() {
        let found = Self.difference([1, 2, 3, 4, 5], [1, 0, 5, 4.5, -5], top: 3)
        #expect(found.changedCount == 4)
        #expect(found.featureCount == 5)
        #expect(found.largest.map(\.index) == [4, 1, 2])
        #expect(found.largest.map(\.delta) == [-10, -2, 2])
        #expect(Self.difference([1], [2], top: 0).largest.isEmpty)
    }

    @Test("the largest of many changes are those of sorting all of them")
    func manyChanges() {
        var generator = SeededGenerator(seed: 3)
        let before = (0..<20_000).map { _ in Double.random(in: -1...1, using: &generator) }
        // Half of them unchanged, many equal amounts.
        let after = before.enumerated().map { index, weight in
            index.isMultiple(of: 2)
                ? weight : weight + Double(Int.random(in: -9...9, using: &generator))
        }
        let found = Self.difference(before, after, top: 7)
        let all = before.indices.filter { before[$0] != after[$0] }.sorted { one, other in
            let (mine, theirs) = (abs(after[one] - before[one]), abs(after[other] - before[other]))
            return mine == theirs ? one < other : mine > theirs
        }
        #expect(found.largest.map(\.index) == Array(all.prefix(7)))
        #expect(found.changedCount == all.count)
    }

    @Test("equal models: nothing changed, the bound is exactly 0, the cosine 1")
    func equal() {
        let found = Self.difference([1, -2, 0.5], [1, -2, 0.5], intercepts: (3, 3), norm: nil)
        #expect(found.changedCount == 0)
        #expect(found.scoreBound == .atMost(0))
        #expect(found.marginBound(thresholdBefore: 1, thresholdAfter: 1) == .atMost(0))
        #expect(found.cosine.map { ($0 - 1).magnitude < 1e-15 } == true)
        #expect(Self.difference([0.0], [-0.0]).changedCount == 0)
    }

    @Test("an intercept alone moves every score by exactly that, whatever the norm")
    func interceptAlone() {
        let found = Self.difference([1], [1], intercepts: (0.25, -0.5), norm: nil)
        #expect(found.scoreBound == .atMost(0.75))
        #expect(found.marginBound(thresholdBefore: 0, thresholdAfter: -0.75) == .atMost(0))
        // 0.1 + 0.2 is not exact, and the bound must not fall short.
        let inexact = Self.difference([1], [1], intercepts: (-0.1, 0.2))
        #expect(Self.amount(inexact.scoreBound) == (0.1 + 0.2).nextUp)
    }

    @Test("known bounds: l2 is the distance, l1 the largest change, each plus the intercept's")
    func knownBounds() throws {
        let l2 = try #require(
            Self.amount(Self.difference([0, 0], [3, -4], intercepts: (1, 0.5)).scoreBound))
        #expect(l2 >= 5.5 && l2 < 5.5 * (1 + 1e-14))
        let l1 = try #require(
            Self.amount(
                Self.difference([0, 0], [3, -4], intercepts: (1, 0.5), norm: .l1).scoreBound))
        #expect(l1 >= 4.5 && l1 < 4.5 * (1 + 1e-14))
        #expect(Self.difference([0], [1], norm: nil).scoreBound == .noNorm)
        let shifted = Self.difference([0, 0], [3, -4], intercepts: (1, 0.5))
            .marginBound(thresholdBefore: 0, thresholdAfter: 1)
        let margin = try #require(Self.amount(shifted))
        #expect(margin >= 6.5 && margin < 6.5 * (1 + 1e-14))
    }

    @Test(
        "numbers at the ends of a double neither overflow nor vanish",
        arguments: [1e300, 1e-300, 1.0, Double.leastNonzeroMagnitude * 1024])
    func extremes(scale: Double) throws {
        let found = Self.difference([0, scale], [3 * scale, -3 * scale])
        let bound = try #require(Self.amount(found.scoreBound))
        #expect(bound >= 5 * scale && bound <= 5 * scale * (1 + 1e-12))
        #expect(found.cosine.map { ($0 + 0.5.squareRoot()).magnitude < 1e-15 } == true)
    }

    @Test("weights that differ by more than a double holds have no bound, and say so")
    func beyond() {
        let top = Double.greatestFiniteMagnitude
        #expect(Self.difference([top], [-top]).scoreBound == .beyondDouble)
        #expect(Self.difference([0], [top], intercepts: (-top, top)).scoreBound == .beyondDouble)
        #expect(Self.difference([0, 0], [1, 1]).cosine == nil)
    }

    @Test("a small change beside weights that are huge and equal is not lost")
    func besideHuge() throws {
        let found = Self.difference([1e300, 1e-300], [1e300, 3e-300])
        let bound = try #require(Self.amount(found.scoreBound))
        #expect(bound >= 2e-300 && bound <= 2e-300 * (1 + 1e-12))
    }

    private static func exactly(_ before: [Double], _ after: [Double]) -> Wide {
        zip(before, after).reduce(Wide(0)) { sum, pair in
            let delta = Wide(pair.1) - Wide(pair.0)
            return sum + delta * delta
        }.squareRoot()
    }

    @Test("no unit input exceeds the bound, and the worst one reaches it", arguments: 0..<8)
    func property(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let count = [1, 2, 17, 300, 4_096][seed % 5]
        func random() -> [Double] {
            (0..<count).map { _ in
                let exponent = Double.random(in: -6...6, using: &generator)
                return Double.random(in: -1...1, using: &generator) * exponent * exponent
            }
        }
        let (before, after) = (random(), random())
        let intercepts = (
            Double.random(in: -2...2, using: &generator),
            Double.random(in: -2...2, using: &generator)
        )
        for norm in HashedNgrams.Norm.allCases {
            let found = Self.difference(before, after, intercepts: intercepts, norm: norm)
            let bound = Wide(try #require(Self.amount(found.scoreBound)))
            func change(_ input: [Wide]) -> Wide {
                let weights = before.indices.reduce(Wide(0)) { sum, index in
                    sum + (Wide(after[index]) - Wide(before[index])) * input[index]
                }
                return weights + Wide(intercepts.1) - Wide(intercepts.0)
            }
            func unit(_ values: [Wide]) -> [Wide] {
                let size =
                    norm == .l2
                    ? values.reduce(0) { $0 + $1 * $1 }.squareRoot()
                    : values.reduce(0) { $0 + $1.magnitude }
                return values.map { size > 0 ? $0 / size : 0 }
            }
            for _ in 0..<200 {
                let input = unit(
                    before.indices.map { _ in Wide(Double.random(in: -1...1, using: &generator))
                    })
                #expect(change(input).magnitude <= bound)
            }
            let sign: Wide = intercepts.1 < intercepts.0 ? -1 : 1
            var worst = before.indices.map { sign * (Wide(after[$0]) - Wide(before[$0])) }
            if norm == .l1 {
                let place = try #require(found.largest.first?.index)
                worst = worst.indices.map { $0 == place ? worst[$0] : 0 }
            }
            let reached = change(unit(worst)).magnitude
            #expect(reached <= bound)
            #expect((bound - reached) <= 1e-12 * bound)
        }
        let distance = Self.exactly(before, after)
        let alone = try #require(Self.amount(Self.difference(before, after).scoreBound))
        #expect((Wide(alone) - distance).magnitude <= 1e-13 * distance)
    }

    @Test("the scores of real texts stay within the bound")
    func realTexts() throws {
        var generator = SeededGenerator(seed: 11)
        let featurizer = Recipes.featurizer(Recipes.ngrams(.byte, features: 256))
        func model() -> LinearWeights {
            Self.model(
                (0..<256).map { _ in Double.random(in: -3...3, using: &generator) }, intercept: 0.5)
        }
        let (before, after) = (model(), model())
        let one = try Self.scorer(before, featurizer)
        let other = try Self.scorer(after, featurizer)
        let bound = try #require(
            Self.amount(
                WeightDifference(from: before, to: after, norm: .l2, top: 1).scoreBound))
        for _ in 0..<300 {
            let text = (0..<Int.random(in: 0...50, using: &generator)).map { _ in
                UInt8.random(in: 0...255, using: &generator)
            }
            let change =
                try #require(other.referenceScore(text)) - #require(one.referenceScore(text))
            #expect(change.magnitude <= bound + SelfTest.tolerance)
        }
    }

    @Test("the cosine agrees with one by bigger arithmetic, also where products cancel")
    func cosine() throws {
        var generator = SeededGenerator(seed: 5)
        let one = (0..<1_000).map { _ in Double.random(in: -1e8...1e8, using: &generator) }
        let other = one.map { -$0 + Double.random(in: -1e8...1e8, using: &generator) }
        func dot(_ one: [Double], _ other: [Double]) -> Wide {
            zip(one, other).reduce(0) { $0 + Wide($1.0) * Wide($1.1) }
        }
        let expected =
            dot(one, other) / (dot(one, one).squareRoot() * dot(other, other).squareRoot())
        let got = try #require(Self.difference(one, other).cosine)
        #expect((Wide(got) - expected).magnitude < 1e-14)
    }
}
