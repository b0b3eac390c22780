import CKernels
import Foundation
import TestSupport
import Testing

@testable import Scoring

/// Inputs that are decided together; of the suite of kernels, since the variant that runs is one
/// setting of the process.
extension KernelTests {
    /// What is said of an input, NaN as one of its own.
    private struct Said: Equatable {
        let verdict: Verdict
        let bits: [UInt64]

        init(_ verdict: Verdict, _ output: ScoreOutput) {
            self.verdict = Verdict(
                score: verdict.score.isNaN ? 0.5 : verdict.score, classIndex: verdict.classIndex,
                fault: verdict.fault)
            bits = (output.decisionList + output.probabilityList).map {
                $0.isNaN ? Double.nan.bitPattern : $0.bitPattern
            }
        }
    }

    /// Dense and sparse inputs, some of them odd, some beyond the vectors' width.
    private static func put(
        _ number: Int, width: Int, into buffer: FeatureBuffer, _ generator: inout SeededGenerator
    ) {
        var values = (0..<width + 3).map { _ in Double.random(in: -2...2, using: &generator) }
        switch number % 9 {
        case 2: values[Int.random(in: 0..<width, using: &generator)] = .infinity
        case 5: values[Int.random(in: 0..<width + 3, using: &generator)] = .nan
        case 7: values[0] = 1e200
        default: break
        }
        if number % 4 == 1 {
            let some = values.indices.filter { $0 % 3 != number % 3 }
            buffer.put(
                sparse: some.map { Feature(index: $0, value: values[$0]) }, space: width + 3)
        } else {
            buffer.put(dense: values)
        }
    }

    private static func scorer(
        _ machine: KernelMachine, _ rule: Model.Rule, refuses: Bool = false
    ) throws -> Scorer {
        let classes = max(2, machine.vectorCounts.count)
        let pairs = [Double](repeating: 0.25, count: classes * (classes - 1) / 2)
        return try Scorer(
            featurizer: Recipes.featurizer(
                Recipes.ngrams(.byte, 1...1, features: machine.featureCount)),
            model: Model(
                task: .classification, classes: (0..<classes).map { "c\($0)" }, rule: rule,
                function: .kernel(machine),
                probability: .pairwise(a: pairs.map { -4 * $0 }, b: pairs, couples: true),
                refusesNonFinite: refuses),
            labels: [:], threshold: 0)
    }

    @Test("what is said of an input is the same bits in any block", arguments: shapes)
    func blocks(counts: [Int], width: Int, every: Int) throws {
        var generator = SeededGenerator(seed: UInt64(width * 7 + counts.count))
        let usual = unsafe String(cString: ckernels_variant())
        defer { _ = unsafe ckernels_use_variant(usual) }
        let rules: [Model.Rule] = counts.count > 2 ? [.oneVsOne, .oneVsOneAsRest] : [.single]
        for kernel in Self.kernels {
            let machine = Self.machine(
                kernel, counts: counts, width: width, every: every, features: width + 3,
                &generator)
            for rule in rules {
                let scorer = try Self.scorer(machine, rule, refuses: width % 2 == 0)
                for variant in Self.variants where unsafe ckernels_use_variant(variant) != 0 {
                    try Self.compare(
                        scorer, width: width, "\(kernel) \(rule) \(variant)", &generator)
                }
            }
        }
    }

    private static func compare(
        _ scorer: Scorer, width: Int, _ name: String, _ generator: inout SeededGenerator
    ) throws {
        let (buffer, output, block) = (FeatureBuffer(), ScoreOutput(), ScoreBlock())
        var alone: [Said] = []
        let seed = generator.next()
        var inputs = SeededGenerator(seed: seed)
        for number in 0..<(width > 1_000 ? 18 : 60) {
            put(number, width: width, into: buffer, &inputs)
            let verdict = scorer.score(buffer, output)
            scorer.addProbabilities(output)
            alone.append(Said(verdict, output))
        }
        var together: [Said] = []
        inputs = SeededGenerator(seed: seed)
        while together.count < alone.count {
            block.begin()
            let size = Int.random(in: 1...ScoreBlock.capacity, using: &generator)
            for number in together.count..<min(alone.count, together.count + size) {
                put(number, width: width, into: buffer, &inputs)
                scorer.add(buffer, to: block)
            }
            scorer.decide(block)
            for place in 0..<block.count {
                scorer.addProbabilities(block.output(place))
                together.append(Said(block.verdict(place), block.output(place)))
            }
        }
        for number in alone.indices {
            #expect(together[number] == alone[number], "\(name), input \(number)")
        }
    }

    @Test("the same of the members of a calibrated ensemble", arguments: [2, 3])
    func ensembles(classes: Int) throws {
        var generator = SeededGenerator(seed: UInt64(classes))
        let (width, members) = (6, 3)
        for kernel in Self.kernels.dropFirst() {
            let machines = (0..<members).map { number in
                Self.machine(
                    kernel, counts: [Int](repeating: 11 + number, count: classes), width: width,
                    every: 1, features: width + 3, &generator)
            }
            let curves = [Double](repeating: -0.5, count: members * (classes == 2 ? 1 : classes))
            let scorer = try Scorer(
                featurizer: Recipes.featurizer(Recipes.ngrams(.byte, 1...1, features: width + 3)),
                model: Model(
                    task: .classification, classes: (0..<classes).map { "c\($0)" },
                    rule: classes == 2 ? .single : .oneVsRest, function: .kernels(machines),
                    probability: .decisions,
                    calibration: Calibration(
                        members: members, curves: .sigmoid(a: curves, b: curves))),
                labels: [:], threshold: 0)
            #expect(scorer.blockSize == ScoreBlock.capacity)
            try Self.compare(scorer, width: width, "\(kernel)", &generator)
        }
    }

    @Test("a fault in a block is its own input's, at once")
    func faults() throws {
        let machine = KernelMachine(
            kernel: .rbf(gamma: 1), featureCount: 2, vectors: [1, 0], vectorCounts: [1],
            coefficients: [1], intercepts: [0.5])
        let scorer = try Scorer(
            featurizer: Featurizer(
                FeaturizerSpec(
                    parsing: Array(#"{"steps":[{"fields":["a","b"]}]}"#.utf8), file: "s.json"),
                modelFeatures: 2),
            model: Model(
                task: .regression, classes: [], rule: .single, function: .kernel(machine),
                refusesNonFinite: true), labels: [:], threshold: 0)
        let (buffer, block) = (FeatureBuffer(), ScoreBlock())
        let inputs: [[String: Double]] = [
            ["a": 1, "b": 0], ["a": 1], ["a": .infinity, "b": 0], ["a": 1e9, "b": 0],
        ]
        for fields in inputs {
            OwnedInput(fields: fields).withView(fieldNames: ["a", "b"]) {
                scorer.add($0, buffer, to: block)
            }
        }
        #expect(block.verdict(1).fault == .missingField(1))
        #expect(block.lastVerdict.fault == nil)
        scorer.decide(block)
        #expect(
            (0..<4).map { block.verdict($0).fault } == [
                nil, .missingField(1), .notFinite(feature: 0), nil,
            ])
        #expect(block.verdict(0).score == 1.5 && block.verdict(3).score == 0.5)
        #expect(block.output(1).decisionCount == 0)
        block.begin()
        #expect(block.count == 0)
    }

    @Test("any scorer takes a block; what gains nothing from one says so")
    func withoutGain() throws {
        let scorer = try Scorer(
            featurizer: Recipes.featurizer(Recipes.ngrams(.byte, 1...1, features: 256)),
            model: Model(
                classes: ["1", "0"], weights: (0..<256).map(Double.init), intercept: 1,
                isLogistic: false), labels: [:], threshold: 0)
        #expect(scorer.blockSize == 1)
        let (buffer, block) = (FeatureBuffer(), ScoreBlock())
        let texts: [[UInt8]] = [[1, 2], [], [200]]
        for text in texts {
            OwnedInput(text: text).withView(fieldNames: []) { scorer.add($0, buffer, to: block) }
        }
        scorer.decide(block)
        for (place, text) in texts.enumerated() {
            #expect(block.verdict(place) == scorer.score(text))
        }
        var generator = SeededGenerator(seed: 5)
        for (kernel, every, isGain) in [
            (Kernel.linear, 1, false), (.rbf(gamma: 1), 1, true), (.rbf(gamma: 1), 90, false),
            (.polynomial(gamma: 1, coef0: 0, degree: 3), 1, true),
        ] {
            let machine = Self.machine(
                kernel, counts: [40, 40], width: every == 1 ? 9 : 9_000, every: every,
                features: 9_000, &generator)
            #expect((machine.blockSize > 1) == isGain, "\(kernel) \(every)")
        }
    }

    @Test("what a block needs has its bound, whatever the machine's size")
    func bounds() {
        func size(_ count: Int, _ width: Int, _ kernel: Kernel, classes: Int) -> Int {
            KernelMachine.blockSize(
                of: .dense(
                    DenseVectors(
                        rowMajor: [Double](repeating: 0, count: count * width), width: width,
                        count: count)),
                kernel: kernel, classes: classes, hyperplanes: nil)
        }
        let cubic = Kernel.polynomial(gamma: 1, coef0: 0, degree: 3)
        #expect(size(100_000, 2, .rbf(gamma: 1), classes: 2) == ScoreBlock.capacity)
        #expect(size(100_000, 2, .rbf(gamma: 1), classes: 3) == 5)
        #expect(size(100_000, 2, cubic, classes: 2) == 5)
        #expect(size(600_000, 1, cubic, classes: 2) == 1)
        #expect(size(1, 300_000, .rbf(gamma: 1), classes: 2) == 1)
        #expect(size(0, 3, .rbf(gamma: 1), classes: 2) == 1)
    }
}
