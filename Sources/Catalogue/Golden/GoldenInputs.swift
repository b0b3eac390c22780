import Inputs
import Lifecycle
import ModelFormats
import Scoring

/// The golden inputs of a new artifact: the trainer's, held against the scorer, or Swerve's own.
enum GoldenInputs {
    /// Reads a file of the trainer's, plain or gzip; `-` is standard input.
    ///
    /// Reading ends behind the line with which there are too many of them: `supplied` refuses it.
    /// - Returns: plain lines, named as the file is.
    /// - Throws: what reading the file throws, and `.tooLarge` for one that is mostly empty lines.
    static func read(_ path: String) throws(SwerveError) -> NamedBytes {
        let reader = try FileLineReader(path: path)
        var bytes: [UInt8] = []
        var (inputs, inputBytes) = (0, 0)
        var isTooLong = false
        try reader.forEach { _, line throws(SwerveError) in
            guard bytes.count + line.count < fileBytes else {
                isTooLong = true
                return false
            }
            for index in line.indices { bytes.append(line[index]) }
            bytes.append(lineFeed)
            if !line.isEmpty { inputs += 1 }
            inputBytes += line.count
            return inputs <= Limits.goldenInputs && inputBytes <= inputBytesMax
        }
        guard !isTooLong else {
            throw SwerveError(
                .tooLarge, act: "checking golden inputs \(path)",
                reason: "above \(fileBytes) bytes")
        }
        return NamedBytes(name: path, bytes: bytes)
    }

    /// Holds the trainer's against the scorer: lines as `swerve score` reads them, with
    /// `"decision":[x]` besides.
    ///
    /// The trainer's decisions are kept, not the scorer's, so that each later load proves again
    /// that serving agrees with training.
    ///
    /// - Parameters:
    ///   - turning: the model as its file says, where the scorer speaks of the other class: the
    ///     decisions are those of the trainer's tool, or else already of that class.
    ///   - textField: the field of a line that is the request's text; nil: `text`.
    /// - Throws: for the first line that is no such input, or whose decision differs.
    static func supplied(
        _ file: NamedBytes, scorer: Scorer, turning model: Model? = nil, textField: String? = nil
    ) throws(SwerveError) -> [GoldenInput] {
        guard let model else { return try held(file, scorer, textField) { $0 } }
        do throws(SwerveError) {
            return try held(file, scorer, textField) { model.turned($0) }
        } catch let first {
            do throws(SwerveError) {
                return try held(file, scorer, textField) { $0 }
            } catch {
                throw first
            }
        }
    }

    private static func held(
        _ file: NamedBytes, _ scorer: Scorer, _ textField: String?,
        _ told: ([Double]) -> [Double]
    ) throws(SwerveError) -> [GoldenInput] {
        let check = try SuppliedInput(
            scorer, textField: textField, act: "checking golden inputs \(file.name)")
        var inputs: [GoldenInput] = []
        var inputBytes = 0
        var (number, start) = (0, 0)
        while start < file.bytes.count {
            let end = file.bytes[start...].firstIndex(of: lineFeed) ?? file.bytes.count
            var line = start..<end
            if let last = line.last, file.bytes[last] == carriageReturn { line = line.dropLast() }
            number += 1
            start = end + 1
            guard !line.isEmpty else { continue }
            let read = try check.read(file.bytes.span.extracting(line), number: number)
            let input = GoldenInput(input: read.input, decision: told(read.decision))
            inputBytes += line.count
            guard inputs.count < Limits.goldenInputs, inputBytes <= inputBytesMax else {
                throw SwerveError(
                    .tooLarge, act: check.act,
                    reason: "line \(number): above \(Limits.goldenInputs) inputs or "
                        + "\(Limits.goldenBytes) bytes",
                    remedy: "give fewer; a few hundred that cover every case are enough")
            }
            try check.hold(input, number: number)
            inputs.append(input)
        }
        guard !inputs.isEmpty else {
            throw SwerveError(
                .invalid, act: check.act, reason: "there are none in it",
                problem: Problem(.goldenInputsEmpty))
        }
        return inputs
    }

    /// Of plain lines: the inputs, one line that is too much, and what stands between.
    static let fileBytes = inputBytesMax + Limits.requestBytesMax + Limits.goldenBytes
    private static let inputBytesMax = 2 * Limits.goldenBytes
    private static let lineFeed: UInt8 = 0x0A
    private static let carriageReturn: UInt8 = 0x0D

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
}

/// One line after the other, held against a scorer.
private struct SuppliedInput {
    let act: String
    private let scorer: Scorer
    private let decoder: LineDecoder
    private let buffer = FeatureBuffer()
    private let output = ScoreOutput()

    init(_ scorer: Scorer, textField: String?, act: String) throws(SwerveError) {
        self.act = act
        self.scorer = scorer
        let fields = try InputFields(text: textField ?? InputFields.standard.text)
        let settings = InputSettings(
            format: .json(fields), limitBytes: LineDecoder.settings.limitBytes)
        decoder = try LineDecoder(settings, want: InputWant(scorer.featurizer))
    }

    func read(_ line: Span<UInt8>, number: Int) throws(SwerveError) -> GoldenInput {
        guard line.count <= Limits.requestBytesMax else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "line \(number) is longer than \(Limits.requestBytesMax) bytes")
        }
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

    /// - Throws: where the scorer's decision is another, or none.
    func hold(_ input: GoldenInput, number: Int) throws(SwerveError) {
        let verdict = scorer.score(input.input, buffer, output)
        if let fault = verdict.fault {
            throw SwerveError(
                .invalid, act: act,
                reason: "line \(number): "
                    + scorer.featurizer.words(of: fault))
        }
        guard SelfTest.agree(expected: input.decision, got: output, of: buffer, by: scorer) else {
            throw SwerveError(
                .invalid, act: act,
                reason: "line \(number): expected decision \(Self.words(input.decision)), "
                    + "got \(Self.words(output.decisionList))",
                remedy: "check that model, featurizer and golden inputs are of one training")
        }
    }

    private static func words(_ decision: [Double]) -> String {
        decision.count == 1 ? "\(decision[0])" : "\(decision)"
    }
}
