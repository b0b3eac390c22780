import Foundation
import Lifecycle
import TestSupport
import Testing

@testable import Scoring

@Suite("Calibrated ensembles")
struct CalibrationTests {
    /// A scorer whose members decide `raw`, whatever the input.
    private static func scorer(
        _ raw: [Double], classes: Int, _ calibration: Calibration, positive: Int = 1,
        threshold: Double? = nil, probability: ProbabilityRule = .decisions
    ) throws -> Scorer {
        let isSingle = classes == 2
        return try Scorer(
            featurizer: Recipes.featurizer(Recipes.ngrams(.byte, 1...1, features: 1)),
            model: Model(
                task: .classification, classes: (0..<classes).map { "c\($0)" },
                positive: isSingle ? positive : 0, rule: isSingle ? .single : .oneVsRest,
                function: .linear(
                    LinearWeights(
                        weights: raw.map { $0.isFinite ? 0 : $0 },
                        intercepts: raw.map { $0.isFinite ? $0 : 0 })),
                probability: probability, calibration: calibration),
            labels: [:],
            threshold: isSingle ? threshold ?? Calibration.threshold(positive: positive) : 0)
    }

    private static func told(_ scorer: Scorer) -> (Verdict, [Double], [Double]) {
        let (buffer, output) = (FeatureBuffer(), ScoreOutput())
        buffer.put(dense: [1])
        let verdict = scorer.score(buffer, output)
        scorer.addProbabilities(output)
        return (verdict, output.decisionList, output.probabilityList)
    }

    private static func near(_ one: Double, _ other: Double) -> Bool {
        (one - other).magnitude <= 1e-15
    }

    private static func logistic(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    @Test("of two classes the mean of the members' sigmoids is score and probability")
    func sigmoids() throws {
        let calibration = Calibration(
            members: 3, curves: .sigmoid(a: [-2, -1, 0.5], b: [0.25, 0, -1]))
        let raw = [0.5, -1, 2]
        let mean =
            (Self.logistic(0.75) + Self.logistic(-1) + Self.logistic(0)) / 3
        for positive in [0, 1] {
            let scorer = try Self.scorer(raw, classes: 2, calibration, positive: positive)
            let (verdict, decisions, probabilities) = Self.told(scorer)
            let expected = positive == 1 ? mean : 1 - mean
            #expect(Self.near(verdict.score, expected))
            #expect(decisions == [verdict.score] && probabilities == decisions)
            #expect(verdict.classIndex == (mean > 0.5 ? 1 : 0))
        }
    }

    private static let table = IsotonicCurves(
        starts: [0, 4, 5], x: [-1, 0, 0.5, 2, 7], y: [0, 0.25, 0.25, 1, 0.5])

    @Test(
        "a table is interpolated between its points, and flat beyond them",
        arguments: [
            (-5.0, 0.0), (-1, 0), (-0.5, 0.125), (0, 0.25), (0.25, 0.25), (0.5, 0.25),
            (1.25, 0.625),
            (2, 1), (9, 1),
        ])
    func isotonic(decision: Double, probability: Double) {
        #expect(Self.table.value(0, decision) == probability)
        #expect(Self.table.value(1, decision) == 0.5)
    }

    @Test("a table finds its place whatever its length, as a walk over its points does")
    func search() {
        var generator = SeededGenerator(seed: 4)
        for count in 1...40 {
            let x = (0..<count).map { Double($0) + Double.random(in: 0...0.9, using: &generator) }
            let y = (0..<count).map { _ in Double.random(in: 0...1, using: &generator) }.sorted()
            let curves = IsotonicCurves(starts: [0, count], x: x, y: y)
            for _ in 0..<60 {
                let decision = Double.random(in: -1...Double(count) + 1, using: &generator)
                let after = x.firstIndex { $0 > decision }
                let expected: Double
                switch after {
                case 0: expected = y[0]
                case let place?:
                    let slope = (y[place] - y[place - 1]) / (x[place] - x[place - 1])
                    expected = slope * (decision - x[place - 1]) + y[place - 1]
                case nil: expected = y[count - 1]
                }
                #expect(curves.value(0, decision) == expected)
            }
            for (decision, probability) in zip(x, y) {
                #expect(curves.value(0, decision) == probability)
            }
        }
        #expect(Self.table.value(0, .nan).isNaN)
    }

    @Test("of several classes each member's are divided by their sum, and none at all are even")
    func several() throws {
        let curves = IsotonicCurves(
            starts: [0, 1, 2, 3, 5, 7, 9], x: [0, 0, 0, 0, 1, 0, 1, 0, 1],
            y: [0.25, 0.5, 0.75, 0, 1, 0, 1, 0, 1])
        let calibration = Calibration(members: 2, curves: .isotonic(curves))
        var (verdict, decisions, probabilities) = Self.told(
            try Self.scorer([0, 0, 0, -3, -3, -3], classes: 3, calibration))
        let even = 1 / 3.0
        for (told, own) in zip(decisions, [0.25 / 1.5, 0.5 / 1.5, 0.75 / 1.5]) {
            #expect(Self.near(told, (own + even) / 2))
        }
        #expect(verdict.classIndex == 2 && verdict.score == decisions[2])
        #expect(probabilities == decisions)
        (verdict, decisions, _) = Self.told(
            try Self.scorer([0, 0, 0, 1, 0.5, -3], classes: 3, calibration))
        #expect(Self.near(decisions[0], (0.25 / 1.5 + 1 / 1.5) / 2))
        #expect(verdict.classIndex == 0)
    }

    @Test("a temperature divides no decisions but multiplies them, and a softmax follows")
    func temperature() throws {
        let calibration = Calibration(members: 2, curves: .temperature(beta: [0.5, 2]))
        let (_, two, _) = Self.told(try Self.scorer([1, -0.25], classes: 2, calibration))
        #expect(Self.near(two[0], (Self.logistic(1) + Self.logistic(-1)) / 2))
        let raw = [1.0, 2, 3, 800, -800, 799]
        let (verdict, three, _) = Self.told(try Self.scorer(raw, classes: 3, calibration))
        let first = [exp(0.5), exp(1), exp(1.5)]
        let sum = first.reduce(0, +)
        let second = [1 / (1 + exp(-2.0)), 0, exp(-2) / (1 + exp(-2.0))]
        for index in 0..<3 {
            #expect(Self.near(three[index], (first[index] / sum + second[index]) / 2))
        }
        #expect(verdict.classIndex == 0)
    }

    /// scikit-learn compares the means of both classes, which need not add up to 1.
    @Test("equal probabilities mean the first class, whichever is the positive one")
    func ties() throws {
        for (y, isSecond) in [
            ([0.5], false), ([(0.5).nextUp], true), ([(0.5).nextDown], false),
            ([0.25, 0.75], false),
            ([1 / 3.0, 2 / 3.0], nil), ([0.1, 0.2, 0.3, 0.9, 1], nil),
        ] as [([Double], Bool?)] {
            let curves = IsotonicCurves(
                starts: Array(0...y.count), x: y.map { _ in 0 }, y: y)
            let calibration = Calibration(members: y.count, curves: .isotonic(curves))
            var (first, second) = (0.0, 0.0)
            for value in y {
                second += value
                first += 1 - value
            }
            let wins = second / Double(y.count) > first / Double(y.count)
            #expect(isSecond == nil || isSecond == wins)
            for positive in [0, 1] {
                let (verdict, _, _) = Self.told(
                    try Self.scorer(y, classes: 2, calibration, positive: positive))
                #expect(verdict.classIndex == (wins ? 1 : 0), "\(y), \(positive)")
            }
        }
    }

    @Test("a member whose decision is not finite makes the score NaN")
    func notFinite() throws {
        let curves = IsotonicCurves(starts: [0, 1, 2], x: [0, 0], y: [0, 1])
        for bad in [Double.infinity, -.infinity, .nan] {
            for calibration in [
                Calibration(members: 2, curves: .sigmoid(a: [-1, -1], b: [0, 0])),
                Calibration(members: 2, curves: .isotonic(curves)),
                Calibration(members: 2, curves: .temperature(beta: [1, 1])),
            ] {
                let (verdict, _, _) = Self.told(
                    try Self.scorer([0, bad], classes: 2, calibration))
                #expect(verdict.score.isNaN && verdict.fault == nil)
            }
            let several = Calibration(members: 1, curves: .temperature(beta: [1]))
            let (verdict, _, _) = Self.told(
                try Self.scorer([0, bad, 1], classes: 3, several))
            #expect(verdict.score.isNaN)
        }
    }

    @Test("curves that do not go with the decisions are refused")
    func unsound() {
        let two = Calibration(members: 2, curves: .sigmoid(a: [-1, -1], b: [0, 0]))
        for (raw, classes) in [([0.0], 2), ([0, 0, 0], 2), ([0, 0], 3), ([0, 0, 0, 0, 0, 0], 3)] {
            #expect(throws: SwerveError.self) {
                try Self.scorer(raw, classes: classes, two)
            }
        }
    }

    @Test("the self-test allows for what a steep table makes of a decision's rounding")
    func steep() throws {
        let curves = IsotonicCurves(starts: [0, 2], x: [1, 1 + 1e-12], y: [0, 1])
        let scorer = try Self.scorer(
            [1], classes: 2, Calibration(members: 1, curves: .isotonic(curves)))
        let buffer = FeatureBuffer()
        buffer.put(dense: [1])
        #expect(scorer.tolerances(buffer, expected: [0]) == [1 + 1e-9])
        let flat = IsotonicCurves(starts: [0, 2], x: [1, 2], y: [0, 1])
        let other = try Self.scorer(
            [1.5], classes: 2, Calibration(members: 1, curves: .isotonic(flat)))
        let tolerance = other.tolerances(buffer, expected: [0.5])[0]
        #expect(tolerance > 2e-9 && tolerance < 3e-9)
    }

    @Test("the self-test holds even probabilities of tables that all give 0 as it holds others")
    func evenTolerance() throws {
        let curves = IsotonicCurves(
            starts: [0, 2, 4, 6], x: [0, 1, 0, 1, 0, 1], y: [0, 1, 0, 1, 0, 1])
        let calibration = Calibration(members: 1, curves: .isotonic(curves))
        let buffer = FeatureBuffer()
        buffer.put(dense: [1])
        let even = [Double](repeating: 1 / 3.0, count: 3)
        let flat = try Self.scorer([-3, -3, -3], classes: 3, calibration)
        #expect(flat.tolerances(buffer, expected: even).allSatisfy { $0 < 1e-8 })
        // At the foot of a table the least change makes all of the sum.
        let edge = try Self.scorer([0, -3, -3], classes: 3, calibration)
        #expect(edge.tolerances(buffer, expected: even).allSatisfy { $0 >= 1 })
    }
}
