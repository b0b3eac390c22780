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

    /// Scores every golden input anew.
    ///
    /// - Throws: `SwerveError.invalid` that names the first input (counted from 1) whose decision
    ///   differs, with what was expected and what came out.
    package static func run(_ scorer: Scorer, on inputs: [GoldenInput]) throws(SwerveError) {
        let buffer = FeatureBuffer()
        for (position, input) in inputs.enumerated() {
            let got = scorer.score(input.text, buffer).score
            guard agree(expected: input.decision, got: got) else {
                throw SwerveError(
                    .invalid, act: "self-test",
                    reason: "golden input \(position + 1) of \(inputs.count): "
                        + "expected \(input.decision), got \(got)",
                    remedy: "check that the featurizer is that of the training")
            }
        }
    }
}
