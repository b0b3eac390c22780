import Inputs
import Lifecycle
import Scoring

/// The golden inputs of a new artifact: the trainer's, held against the scorer, or Swerve's own.
enum GoldenInputs {
    /// Reads the trainer's: lines as `swerve score` reads them, with `"decision":[x]` besides.
    ///
    /// The trainer's decisions are kept, not the scorer's, so that each later load proves again
    /// that serving agrees with training.
    /// - Throws: for the first line that is no such input, or whose decision differs.
    static func supplied(_ path: String, scorer: Scorer) throws(SwerveError) -> [GoldenInput] {
        let act = "checking golden inputs \(path)"
        let reader = try FileLineReader(path: path)
        let decoder = try LineDecoder(want: InputWant(scorer.featurizer))
        let buffer = FeatureBuffer()
        let output = ScoreOutput()
        var inputs: [GoldenInput] = []
        var inputBytes = 0
        try reader.forEach { number, line throws(SwerveError) in
            guard !line.isEmpty else { return true }
            let input = try Self.input(line, number: number, decoder: decoder, act: act)
            inputBytes += line.count
            guard inputs.count < Limits.goldenInputs, inputBytes <= 2 * Limits.goldenBytes else {
                throw SwerveError(
                    .tooLarge, act: act,
                    reason: "line \(number): above \(Limits.goldenInputs) inputs or "
                        + "\(Limits.goldenBytes) bytes",
                    remedy: "give fewer; a few hundred that cover every case are enough")
            }
            let verdict = scorer.score(input.input, buffer, output)
            if let fault = verdict.fault {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "line \(number): "
                        + fault.words(fieldNames: scorer.featurizer.fieldNames))
            }
            guard SelfTest.agree(expected: input.decision, got: output, of: buffer, by: scorer)
            else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "line \(number): expected decision \(words(input.decision)), "
                        + "got \(words(output.decisionList))",
                    remedy: "check that model, featurizer and golden inputs are of one training")
            }
            inputs.append(input)
            return true
        }
        guard !inputs.isEmpty else {
            throw SwerveError(
                .invalid, act: act, reason: "there are none in it",
                problem: Problem(.goldenInputsEmpty))
        }
        return inputs
    }

    private static func words(_ decision: [Double]) -> String {
        decision.count == 1 ? "\(decision[0])" : "\(decision)"
    }

    /// Swerve's own inputs with what the scorer says of them: later loads must say the same.
    ///
    /// An input for which the model's numbers overflow is left out; it could never be predicted.
    static func made(_ scorer: Scorer) throws(SwerveError) -> [GoldenInput] {
        let buffer = FeatureBuffer()
        let output = ScoreOutput()
        let inputs = GoldenNumbers.inputs(for: scorer.featurizer).map { input in
            _ = scorer.score(input, buffer, output)
            return GoldenInput(input: input, decision: output.decisionList)
        }
        let finite = inputs.filter { $0.decision.allSatisfy(\.isFinite) && !$0.decision.isEmpty }
        guard !finite.isEmpty else {
            throw SwerveError(
                .invalid, act: "making golden inputs",
                reason: "the model's decision is finite for none of \(inputs.count) inputs",
                remedy: "train it again with scaled features")
        }
        return finite
    }

    private static func input(
        _ line: Span<UInt8>, number: Int, decoder: LineDecoder, act: String
    ) throws(SwerveError) -> GoldenInput {
        let read: InputLine
        do throws(InputLineRefusal) {
            read = try decoder.decode(line)
        } catch {
            throw error.error(act, line: number)
        }
        guard let decision = read.decision else {
            throw SwerveError(
                .invalid, act: act,
                reason: "line \(number): \"decision\" is missing",
                remedy: #"write "decision":[1.25] beside the input"#)
        }
        return GoldenInput(input: read.input, decision: decision)
    }
}
