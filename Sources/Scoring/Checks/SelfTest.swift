package import Lifecycle

/// The proof, at each load, that a scorer says what was said when its artifact was registered.
package enum SelfTest {
    /// Two decisions agree when they differ by at most this, times the expected one above 1.
    package static let tolerance = 1e-9

    package static func agree(expected: Double, got: Double) -> Bool {
        // Why isFinite: beside an infinity the tolerance is infinite too, and anything would agree.
        got.isFinite && expected.isFinite
            && (expected - got).magnitude <= tolerance * max(1, expected.magnitude)
    }

    /// Whether a model's decisions are those expected.
    package static func agree(expected: [Double], got: [Double]) -> Bool {
        expected.count == got.count
            && zip(expected, got).allSatisfy { agree(expected: $0, got: $1) }
    }

    /// Scores every golden input anew.
    ///
    /// - Throws: `SwerveError.invalid` that names the first input (counted from 1) whose decisions
    ///   differ, with what was expected and what came out.
    package static func run(_ scorer: Scorer, on inputs: [GoldenInput]) throws(SwerveError) {
        let buffer = FeatureBuffer()
        let output = ScoreOutput()
        for (position, input) in inputs.enumerated() {
            _ = scorer.score(input.input, buffer, output)
            let got = output.decisionList
            guard buffer.fault == nil, agree(expected: input.decision, got: got) else {
                let outcome =
                    buffer.fault.map { $0.words(fieldNames: scorer.featurizer.fieldNames) }
                    ?? "got \(Self.words(got))"
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
