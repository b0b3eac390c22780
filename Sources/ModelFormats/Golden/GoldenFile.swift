package import Lifecycle
package import Scoring

/// Golden inputs as an artifact carries them: JSON lines `{"decision":[x],"text_b64":"…"}`, or with
/// another input; see `GoldenLine`.
package enum GoldenFile {
    /// The canonical form: the same inputs give the same bytes.
    ///
    /// - Throws: `SwerveError.invalid` for no inputs or a decision that is not finite, `.tooLarge`
    ///   above `Limits.goldenInputs` or `Limits.goldenBytes`.
    package static func encode(_ inputs: [GoldenInput]) throws(SwerveError) -> [UInt8] {
        let act = "writing golden inputs"
        try check(count: inputs.count, act)
        var bytes: [UInt8] = []
        for (position, input) in inputs.enumerated() {
            guard input.decision.allSatisfy(\.isFinite), !input.decision.isEmpty else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "the decision of input \(position + 1) is not finite")
            }
            do throws(SwerveError) {
                bytes += try GoldenLine.json(input, act: act).bytes
            } catch {
                throw SwerveError(
                    error.code, act: act, reason: "input \(position + 1): \(error.reason)",
                    remedy: error.remedy)
            }
            bytes.append(0x0A)
            try check(bytes: bytes.count, act)
        }
        return bytes
    }

    /// Reads golden inputs; hostile until parsed.
    ///
    /// - Throws: `SwerveError.tooLarge` above the limits, else `.invalid` that names the line.
    package static func parse(_ file: NamedBytes) throws(SwerveError) -> [GoldenInput] {
        let act = "reading golden inputs \(file.name)"
        try check(bytes: file.bytes.count, act)
        var lines = TextLines(file.bytes)
        var inputs: [GoldenInput] = []
        while let line = lines.next() {
            try check(count: inputs.count + 1, act)
            inputs.append(try input(lines.bytes[line], lines.number, act))
        }
        guard lines.remainingBytes == 0 else {
            throw SwerveError(
                .invalid, act: act, reason: "line \(lines.number + 1): no line end",
                remedy: "the file is cut off")
        }
        try check(count: inputs.count, act)
        return inputs
    }

    private static func input(
        _ line: ArraySlice<UInt8>, _ number: Int, _ act: String
    ) throws(SwerveError) -> GoldenInput {
        let tail = DenseTail(line)
        let json = try JSONValue(
            parsing: tail.map { $0.head[...] } ?? line, act: "\(act), line \(number)",
            limit: Limits.goldenBytes)
        guard let input = GoldenLine.input(json, dense: tail?.numbers) else {
            throw SwerveError(
                .invalid, act: act,
                reason: "line \(number): not {\"decision\":[number],…} with one input: "
                    + "\"text_b64\", a request, \"x\", \"svm\", named numbers or \"texts_b64\"")
        }
        return input
    }

    private static func check(bytes: Int, _ act: String) throws(SwerveError) {
        guard bytes <= Limits.goldenBytes else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "\(bytes) bytes of golden inputs, the limit is \(Limits.goldenBytes)")
        }
    }

    private static func check(count: Int, _ act: String) throws(SwerveError) {
        guard count > 0 else {
            throw SwerveError(.invalid, act: act, reason: "there are no golden inputs")
        }
        guard count <= Limits.goldenInputs else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "more golden inputs than the limit of \(Limits.goldenInputs)")
        }
    }
}
