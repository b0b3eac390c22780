internal import FoundationEssentials
package import Lifecycle
package import Scoring

/// Golden inputs as an artifact carries them: JSON lines `{"decision":[x],"text_b64":"…"}`.
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
            guard let text = input.input.text else {
                throw SwerveError(
                    .invalid, act: act, reason: "input \(position + 1) has no text")
            }
            let line: JSONValue = [
                "decision": .array(input.decision.map { .double($0) }),
                "text_b64": .string(Data(text).base64EncodedString()),
            ]
            bytes += line.bytes
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
        let json = try JSONValue(
            parsing: line, act: "\(act), line \(number)", limit: Limits.goldenBytes)
        guard let fields = json.object, fields.count == 2,
            let decisions = json["decision"]?.array, decisions.count == 1,
            let decision = decisions[0].double, decision.isFinite,
            let text = (json["text_b64"]?.string).flatMap(decoded)
        else {
            throw SwerveError(
                .invalid, act: act,
                reason: "line \(number): not {\"decision\":[number],\"text_b64\":\"base64\"}")
        }
        return GoldenInput(text: text, decision: decision)
    }

    /// The bytes of strict base64: padded, no line breaks, no bits left over.
    private static func decoded(_ text: String) -> [UInt8]? {
        guard let data = Data(base64Encoded: text), data.base64EncodedString() == text else {
            return nil
        }
        return Array(data)
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
