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
        let tolerances = scorer.tolerances(buffer, expected: expected)
        return expected.indices.allSatisfy {
            agree(expected: expected[$0], got: got[$0], tolerance: tolerances[$0])
        }
    }

    /// Scores every golden input anew.
    ///
    /// - Throws: `SwerveError.invalid` that names the first input (counted from 1) whose decisions
    ///   differ, with what was expected and what came out.
    package static func run(_ scorer: Scorer, on inputs: [GoldenInput]) throws(SwerveError) {
        let buffer = FeatureBuffer()
        let output = ScoreOutput()
        for (position, input) in inputs.enumerated() {
            let verdict = scorer.score(input.input, buffer, output)
            guard verdict.fault == nil,
                agree(expected: input.decision, got: output, of: buffer, by: scorer)
            else {
                let outcome =
                    verdict.fault.map { $0.words(fieldNames: scorer.featurizer.fieldNames) }
                    ?? "got \(Self.words(output.decisionList))"
                throw SwerveError(
                    .invalid, act: "self-test",
                    reason: "golden input \(position + 1) of \(inputs.count): "
                        + "expected \(Self.words(input.decision)), \(outcome)",
                    remedy: "check that the featurizer is that of the training")
            }
        }
    }

    private static func words(_ decision: [Double]) -> String {
        decision.count == 1 ? "\(decision[0])" : "\(decision)"
    }
}
