package import Lifecycle
package import Scoring

/// One line that `swerve score` and `swerve featurize` read.
package struct InputLine: Sendable, Equatable {
    /// The input's own id.
    package let id: String?
    /// What is scored.
    package let input: OwnedInput
    /// The class, as its number is written in the line.
    package let label: String?
    /// The scores that a golden line expects.
    package let decision: [Double]?

    package init(
        id: String? = nil, input: OwnedInput, label: String? = nil, decision: [Double]? = nil
    ) {
        self.id = id
        self.input = input
        self.label = label
        self.decision = decision
    }
}

/// Why a line is no input, and which one it is, if it says so.
package struct InputLineRefusal: Error, Sendable, Equatable {
    /// Nil where the line is fine, and the featurizer cannot use it.
    package let reason: RejectReason?
    /// The reason for people.
    package let words: String
    package let id: String?

    package init(reason: RejectReason?, words: String, id: String?) {
        self.reason = reason
        self.words = words
        self.id = id
    }

    /// The refusal as an error of the whole act, for readers that stop at the first.
    package func error(_ act: String, line: Int) -> SwerveError {
        SwerveError(.invalid, act: act, reason: "line \(line): \(words)")
    }
}

/// Reads lines of input with the rule that holds for records, and what only lines have besides.
///
/// For the command line: it allocates. For one thread.
package final class LineDecoder {
    /// What a line may say besides what is scored.
    package enum Labels: Sendable {
        /// A number in the label's field, as LIBSVM text has it, and the scores that are expected.
        case numbers
        /// A text, a number, true or false in the label's field.
        case any
        /// The same, and anything else as it stands there: no line is refused for it.
        case whatever
        /// Nothing: these fields are any others, as in a stream.
        case none
    }

    private let decoder: RecordDecoder
    private let want: InputWant
    private let labels: Labels

    /// Settings for lines of files, which may be longer than records of a stream.
    package static let settings = InputSettings(limitBytes: Limits.requestBytesMax)

    /// Makes a decoder of lines that give all of what `want` says; `labelField` is the field that
    /// holds the class.
    ///
    /// - Throws: `SwerveError.usage` for names that do not go together or a limit out of range.
    package init(
        _ settings: InputSettings = LineDecoder.settings,
        labelField: String = RequestField.label.name, labels: Labels = .numbers,
        want: InputWant = InputWant(.text)
    ) throws(SwerveError) {
        self.want = want
        self.labels = labels
        decoder = try RecordDecoder(settings, labelField: labels == .none ? nil : labelField)
        decoder.install(try PreparedWants([want], for: settings))
    }

    /// Reads one line, without its line break.
    package func decode(_ line: Span<UInt8>) throws(InputLineRefusal) -> InputLine {
        if let reason = decoder.decode(line) { throw refusal(reason) }
        let given = decoder.input
        let lacking = want.needed.subtracting(given.views)
        guard lacking.isEmpty else { throw refusal(decoder.refusal(of: 0, lacking)) }
        return InputLine(
            id: id,
            input: OwnedInput(
                given, fieldNames: want.fieldNames, textNames: want.textNames), label: try label(),
            decision: try decision())
    }

    /// Reads one line, without its line break.
    package func decode(_ line: [UInt8]) throws(InputLineRefusal) -> InputLine {
        try decode(line.span)
    }

    private func refusal(_ reason: RejectReason) -> InputLineRefusal {
        InputLineRefusal(reason: reason, words: decoder.words(reason), id: id)
    }

    private var id: String? {
        guard let escaped = unsafe decoder.id else { return nil }
        let quote = UInt8(ascii: "\"")
        return unsafe json([quote] + Array(escaped) + [quote])?.string
    }

    private func label() throws(InputLineRefusal) -> String? {
        guard let raw = unsafe decoder.label else { return nil }
        var text = unsafe String(decoding: raw, as: UTF8.self)
        let isText = text.hasPrefix("\"")
        if isText { text = json(Array(text.utf8))?.string ?? "" }
        guard labels == .numbers else {
            if text == "null", !isText { return nil }
            // Empty is what stands where the label's name leads through an object.
            let isNone = !isText && (text.isEmpty || text.hasPrefix("{") || text.hasPrefix("["))
            guard labels == .whatever || !isNone else {
                throw InputLineRefusal(
                    reason: .wrongType(.label),
                    words: "the label is neither a text nor a number", id: id)
            }
            return text
        }
        // Double alone would also take "nan", "inf" and hexadecimal.
        let isDecimal = text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
        guard isDecimal, let number = Double(text), number.isFinite else {
            throw refusal(.wrongType(.label))
        }
        return text
    }

    private func decision() throws(InputLineRefusal) -> [Double]? {
        guard labels == .numbers, let raw = unsafe decoder.decision else { return nil }
        let numbers = unsafe json(Array(raw))?.array?.map(\.double)
        guard let numbers, !numbers.isEmpty else { throw refusal(.wrongType(.decision)) }
        var finite: [Double] = []
        for number in numbers {
            guard let number, number.isFinite else { throw refusal(.wrongType(.decision)) }
            finite.append(number)
        }
        return finite
    }

    private func json(_ bytes: [UInt8]) -> JSONValue? {
        try? JSONValue(parsing: bytes, act: "reading a line")
    }
}
