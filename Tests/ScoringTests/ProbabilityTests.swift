import Foundation
import Scoring
import Testing

@Suite("Probabilities")
struct ProbabilityTests {
    private static func probabilities(
        _ decisions: [Double], classes: Int, positive: Int = 0, rule: Model.Rule,
        _ probability: ProbabilityRule
    ) throws -> [Double] {
        let scorer = try Scorer(
            featurizer: Recipes.featurizer(Recipes.ngrams(.byte, 1...1, features: 1)),
            model: Model(
                task: .classification, classes: (0..<classes).map(String.init),
                positive: positive, rule: rule,
                function: .linear(
                    LinearWeights(
                        weights: [Double](repeating: 0, count: decisions.count),
                        intercepts: decisions)),
                probability: probability),
            labels: [:], threshold: 0)
        let (buffer, output) = (FeatureBuffer(), ScoreOutput())
        buffer.put(dense: [0])
        _ = scorer.score(buffer, output)
        scorer.addProbabilities(output)
        return output.probabilityList
    }

    private static func near(_ one: Double, _ other: Double) -> Bool {
        (one - other).magnitude <= 1e-15
    }

    @Test("one-vs-rest logistic regression: each class's logistic function by their sum")
    func logistic() throws {
        let got = try Self.probabilities([1, -1, 0], classes: 3, rule: .oneVsRest, .logistic)
        let each = [1 / (1 + exp(-1.0)), 1 / (1 + exp(1.0)), 0.5]
        for (one, other) in zip(got, each) { #expect(Self.near(one, other / 1.5)) }
        #expect(got.count == 3)
    }

    @Test("softmax: of decisions of any size, and of equal ones")
    func softmax() throws {
        let got = try Self.probabilities([1, -1, 0], classes: 3, rule: .oneVsRest, .softmax)
        let each = [exp(1.0), exp(-1.0), 1]
        for (one, other) in zip(got, each) { #expect(Self.near(one, other / each.reduce(0, +))) }
        let large = try Self.probabilities(
            [1e308, 1e308, -1e308], classes: 3, rule: .oneVsRest, .softmax)
        #expect(large == [0.5, 0.5, 0])
    }

    @Test("modified_huber: cut at -1 and 1; where no class has any, all have the same")
    func modifiedHuber() throws {
        for (decision, probability) in [(0.5, 0.75), (-3, 0), (1.5, 1), (-1, 0), (0, 0.5)] {
            let got = try Self.probabilities(
                [decision], classes: 2, positive: 1, rule: .single, .modifiedHuber)
            #expect(got == [probability])
        }
        var got = try Self.probabilities([3, 0, -2], classes: 3, rule: .oneVsRest, .modifiedHuber)
        #expect(got == [1 / 1.5, 0.5 / 1.5, 0])
        got = try Self.probabilities([-3, -1, -2], classes: 3, rule: .oneVsRest, .modifiedHuber)
        #expect(got == [Double](repeating: 1 / 3.0, count: 3))
    }

    @Test("one-vs-rest of several models: where no class has any, none has")
    func oneVsRest() throws {
        var got = try Self.probabilities(
            [-3, -1, -2], classes: 3, rule: .oneVsRest, .oneVsRest(.modifiedHuber))
        #expect(got == [0, 0, 0])
        got = try Self.probabilities(
            [-800, -900, -999], classes: 3, rule: .oneVsRest, .oneVsRest(.logistic))
        #expect(got == [0, 0, 0])
        got = try Self.probabilities(
            [-800, -900, -999], classes: 3, rule: .oneVsRest, .logistic)
        #expect(got == [Double](repeating: 1 / 3.0, count: 3))
        got = try Self.probabilities(
            [0, 0, -999], classes: 3, rule: .oneVsRest, .oneVsRest(.logistic))
        #expect(got == [0.5, 0.5, 0])
    }

    @Test("sigmoid calibration: of the positive class, from the decision as it is told")
    func sigmoid() throws {
        for positive in [0, 1] {
            let got = try Self.probabilities(
                [0.5], classes: 2, positive: positive, rule: .single, .sigmoid(a: -2, b: 0.25))
            #expect(got.count == 1 && Self.near(got[0], 1 / (1 + exp(-0.75))))
        }
    }

    @Test("LIBSVM's two classes: one sigmoid of the first class's decision, clipped")
    func twoClasses() throws {
        func got(_ decision: Double, positive: Int = 0) throws -> Double {
            try #require(
                try Self.probabilities(
                    [decision], classes: 2, positive: positive, rule: .single,
                    .pairwise(a: [-2], b: [0.5], couples: false)
                ).first)
        }
        #expect(Self.near(try got(1), 1 / (1 + exp(-1.5))))
        #expect(Self.near(try got(-1), exp(-2.5) / (1 + exp(-2.5))))
        #expect(try got(100) == 1 - 1e-7)
        #expect(try got(-100) == 1e-7)
        // Where the positive class is the second, the first one's decision is the negative.
        #expect(Self.near(try got(1, positive: 1), 1 - exp(-2.5) / (1 + exp(-2.5))))
    }

    // With r = P(first): Q = [[(1-r)², -r(1-r)], [-r(1-r), r²]] and p = (1/2, 1/2). The solution
    // is p = (r, 1-r), but the rounds stop once the error is below 0.005 / 2.
    @Test("two classes coupled stay even where the error is small, and move where it is not")
    func coupledTwo() throws {
        func got(_ r: Double) throws -> Double {
            try #require(
                try Self.probabilities(
                    [0], classes: 2, positive: 1, rule: .single,
                    .pairwise(a: [1], b: [log(1 / r - 1)], couples: true)
                ).first)
        }
        // Qp - pQp = ±(1-2r)/4: for r = 0.501 that is 0.0005, and nothing moves.
        #expect(try got(0.501) == 0.5)
        // For r = 0.75: Q = [[1/16, -3/16], [-3/16, 9/16]], Qp = (-1/16, 3/16), pQp = 1/16.
        // First class: difference (1/16 + 1/16) / (1/16) = 2, p = (2.5, 0.5) / 3,
        // pQp = (1/16 + 2 (2/16 - 2/16)) / 9 = 1/144, Qp = (-1/16 + 2/16, 3/16 - 6/16) / 3
        // = (1/48, -1/16). Second class: difference (1/16 + 1/144) / (9/16) = 10/81,
        // p = (5/6, 1/6 + 10/81) / (1 + 10/81) = (135, 47) / 182.
        // A round later it stops near (0.75, 0.25).
        let coupled = try got(0.75)
        #expect((coupled - 0.25).magnitude < 4e-3 && coupled != 0.25)
    }

    /// All pairs even: no round is needed, and each class has its share.
    @Test("even pairs are even classes")
    func even() throws {
        let got = try Self.probabilities(
            [0, 0, 0], classes: 3, rule: .oneVsOne,
            .pairwise(a: [1, 1, 1], b: [0, 0, 0], couples: false))
        #expect(got == [Double](repeating: 1 / 3.0, count: 3))
    }

    /// LIBSVM's loop written down once more, on whole matrices, for pairs of any size.
    private static func coupled(_ r: [[Double]]) -> [Double] {
        let k = r.count
        var q = r
        for t in 0..<k {
            q[t][t] = (0..<k).filter { $0 != t }.reduce(0) { $0 + r[$1][t] * r[$1][t] }
            for j in 0..<k where j != t { q[t][j] = -r[j][t] * r[t][j] }
        }
        var p = [Double](repeating: 1 / Double(k), count: k)
        for _ in 0..<max(100, k) {
            var qp = (0..<k).map { t in (0..<k).reduce(0) { $0 + q[t][$1] * p[$1] } }
            var pqp = (0..<k).reduce(0) { $0 + p[$1] * qp[$1] }
            if qp.allSatisfy({ ($0 - pqp).magnitude < 0.005 / Double(k) }) { break }
            for t in 0..<k {
                let step = (pqp - qp[t]) / q[t][t]
                p[t] += step
                pqp = (pqp + step * (step * q[t][t] + 2 * qp[t])) / (1 + step) / (1 + step)
                for j in 0..<k {
                    qp[j] = (qp[j] + step * q[t][j]) / (1 + step)
                    p[j] /= 1 + step
                }
            }
        }
        return p
    }

    @Test("several classes are coupled by LIBSVM's rounds", arguments: [2, 3, 4, 7])
    func several(classes: Int) throws {
        for seed in 0..<20 {
            let pairs = (0..<classes * (classes - 1) / 2).map { pair in
                sin(Double(seed * 31 + pair * 7)) * 4
            }
            var r = [[Double]](
                repeating: [Double](repeating: 0, count: classes), count: classes)
            var pair = 0
            for i in 0..<classes {
                for j in i + 1..<max(i + 1, classes) {
                    r[i][j] = 1 / (1 + exp(pairs[pair] * -1.5 + 0.25))
                    r[j][i] = 1 - r[i][j]
                    pair += 1
                }
            }
            let rule = ProbabilityRule.pairwise(
                a: pairs.map { _ in -1.5 }, b: pairs.map { _ in 0.25 }, couples: true)
            let expected = Self.coupled(r)
            if classes == 2 {
                let got = try Self.probabilities(pairs, classes: 2, rule: .single, rule)
                #expect(got.count == 1 && (got[0] - expected[0]).magnitude < 1e-12)
                continue
            }
            for form in [Model.Rule.oneVsOne, .oneVsOneAsRest] {
                let got = try Self.probabilities(pairs, classes: classes, rule: form, rule)
                #expect(got.count == classes)
                for (one, other) in zip(got, expected) {
                    #expect((one - other).magnitude < 1e-12)
                }
                #expect((got.reduce(0, +) - 1).magnitude < 1e-12)
            }
        }
    }
}
