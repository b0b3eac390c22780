package import Lifecycle

/// The proof, at each load, that a scorer says what was said when its artifact was registered.
package enum SelfTest {
    /// Two decisions of a linear model, and probabilities, agree when they differ by at most this,
    /// times the expected one above 1.
    package static let tolerance = 1e-9
    /// Two decisions of support vectors agree when they differ by at most this times the sum of
    /// |coefficient times kernel value|, and `kernelFloor`: the terms cancel out, so that the
    /// decision says little of how exact it can be.
    package static let kernelTolerance = 1e-13
    package static let kernelFloor = 1e-12
    /// The same for models whose tool counts in float32, in place of `tolerance` and (times the
    /// sum) of `kernelTolerance`: about a hundred times what a float32 can tell apart.
    package static let singleTolerance = 1e-5

    package static func agree(expected: Double, got: Double) -> Bool {
        agree(expected: expected, got: got, tolerance: tolerance * max(1, expected.magnitude))
    }

    /// Whether a linear model's decisions are those expected.
    package static func agree(expected: [Double], got: [Double]) -> Bool {
        expected.count == got.count
            && zip(expected, got).allSatisfy { agree(expected: $0, got: $1) }
    }

    package static func agree(expected: Double, got: Double, tolerance: Double) -> Bool {
        // Why isFinite: beside an infinity the tolerance is infinite too, and anything would agree.
        got.isFinite && expected.isFinite && (expected - got).magnitude <= tolerance
    }

    /// Whether `output` holds the decisions expected of what is in `buffer`, by the tolerance of
    /// the scorer's model; allocates.
    package static func agree(
        expected: [Double], got output: ScoreOutput, of buffer: FeatureBuffer, by scorer: Scorer
    ) -> Bool {
        let got = output.decisionList
        guard buffer.fault == nil, expected.count == got.count, !expected.isEmpty else {
            return false
        }
        let tolerances: [Double]
        if let calibration = scorer.model.calibration {
            tolerances = scorer.tolerances(
                calibration, buffer, expected: expected, raw: scorer.memberDecisions(output))
        } else {
            tolerances = scorer.tolerances(buffer, expected: expected)
        }
        return expected.indices.allSatisfy {
            agree(expected: expected[$0], got: got[$0], tolerance: tolerances[$0])
        }
    }

    /// Scores every golden input anew.
    ///
    /// - Returns: the score of each, in their order.
    /// - Throws: `SwerveError.invalid` that names the first input (counted from 1) whose decisions
    ///   differ, with what was expected and what came out.
    @discardableResult
    package static func run(
        _ scorer: Scorer, on inputs: [GoldenInput]
    ) throws(SwerveError) -> [Double] {
        let buffer = FeatureBuffer()
        let output = ScoreOutput()
        var scores: [Double] = []
        for (position, input) in inputs.enumerated() {
            let verdict = scorer.score(input.input, buffer, output)
            guard verdict.fault == nil,
                agree(expected: input.decision, got: output, of: buffer, by: scorer)
            else {
                let outcome =
                    verdict.fault.map { scorer.featurizer.words(of: $0) }
                    ?? "got \(Self.words(output.decisionList))"
                throw SwerveError(
                    .invalid, act: "self-test",
                    reason: "golden input \(position + 1) of \(inputs.count): "
                        + "expected \(Self.words(input.decision)), \(outcome)",
                    remedy: "check that the featurizer is that of the training")
            }
            scores.append(verdict.score)
        }
        return scores
    }

    private static func words(_ decision: [Double]) -> String {
        decision.count == 1 ? "\(decision[0])" : "\(decision)"
    }
}

extension Scorer {
    /// How far each decision told of what is in `buffer` may be from the expected one.
    ///
    /// Of support vectors, the sums it needs are taken by the formula, and the decisions by the
    /// formula are in `output` then. As many numbers as `expected`, which are as many as the model
    /// tells. Allocates.
    package func tolerances(
        _ buffer: FeatureBuffer, expected: [Double], _ output: ScoreOutput = ScoreOutput()
    ) -> [Double] {
        if let calibration = model.calibration {
            _ = score(buffer, output, plainly: true)
            // An input with a fault has no decisions to compare.
            guard output.decisionCount > 0 else { return expected.map { _ in 0 } }
            return tolerances(
                calibration, buffer, expected: expected, raw: memberDecisions(output))
        }
        guard case .kernel(let machine) = model.function else { return linearTolerances(expected) }
        _ = score(buffer, output, plainly: true)
        // An input with a fault has no decisions to compare.
        guard output.decisionCount > 0 else { return expected.map { _ in 0 } }
        return tolerances(machine, output, areTold: model.rule != .oneVsOneAsRest)
    }

    private func linearTolerances(_ decisions: [Double]) -> [Double] {
        let tolerance =
            model.precision == .single ? SelfTest.singleTolerance : SelfTest.tolerance
        return decisions.map { tolerance * max(1, $0.magnitude) }
    }

    /// The same of one machine, whose kernel values are in `output`.
    ///
    /// - Parameter areTold: whether the pairs' decisions are told, and not one a class.
    private func tolerances(
        _ machine: KernelMachine, _ output: ScoreOutput, areTold: Bool
    ) -> [Double] {
        let isSingle = model.precision == .single
        let factor = isSingle ? SelfTest.singleTolerance : SelfTest.kernelTolerance
        let floor = isSingle ? SelfTest.singleTolerance : SelfTest.kernelFloor
        let pairs = machine.magnitudes(output.memory).map { factor * $0 + floor }
        guard !areTold else { return pairs }
        // A class is told a function of the sum of its pairs that is at most a third as steep.
        var sums = [Double](repeating: 0, count: model.classes.count)
        var pair = 0
        for first in sums.indices {
            for second in (first + 1)..<max(first + 1, sums.count) {
                sums[first] += pairs[pair] / 3
                sums[second] += pairs[pair] / 3
                pair += 1
            }
        }
        return sums
    }

    /// The decisions of the members for the input that was scored last into `output`.
    fileprivate func memberDecisions(_ output: ScoreOutput) -> [Double] {
        let classes = model.rule == .single ? 1 : model.classes.count
        return (0..<(model.calibration?.members ?? 0) * classes).map { row in
            unsafe output.memory.members.pointer[row]
        }
    }

    /// The same of a calibrated ensemble: what its probabilities may differ by, and what its curves
    /// make of the difference that its members' decisions may have.
    ///
    /// - Parameter raw: the members' decisions; the buffer has the input's features only where they
    ///   are support vectors', since a text may be scored without making any.
    fileprivate func tolerances(
        _ calibration: Calibration, _ buffer: FeatureBuffer, expected: [Double], raw: [Double]
    ) -> [Double] {
        let classes = model.rule == .single ? 1 : model.classes.count
        let output = ScoreOutput()
        let machines: [KernelMachine]
        switch model.function {
        case .linear: machines = []
        case .kernel(let machine): machines = [machine]
        case .kernels(let several): machines = several
        }
        let differences =
            machines.isEmpty
            ? linearTolerances(raw)
            : machines.flatMap { machine in
                output.memory.pairs.reserve(machine.intercepts.count)
                unsafe machine.decide(
                    buffer.scratch.features, &output.memory, plainly: true,
                    into: output.memory.pairs.pointer)
                return tolerances(machine, output, areTold: classes == 1)
            }
        guard differences.count == raw.count else { return expected.map { _ in 0 } }
        let spread = calibration.spread(raw, differences, classes: classes)
        return zip(linearTolerances(expected), spread).map { $0 + min(1, $1) }
    }
}

/// An input, and the decisions that a model must give for it.
package struct GoldenInput: Sendable, Equatable {
    package let input: OwnedInput
    /// As the model's tool tells them; never empty.
    package let decision: [Double]

    package init(input: OwnedInput, decision: [Double]) {
        self.input = input
        self.decision = decision
    }

    /// A text with the one decision of two classes.
    package init(text: [UInt8], decision: Double) {
        self.init(input: OwnedInput(text: text), decision: [decision])
    }
}
