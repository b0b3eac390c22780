package import Lifecycle
import Scoring

/// Reads lines of input with the rule that holds for records, and what only lines have besides.
///
/// For the command line: it allocates.
package final class InputLineParser {
    private let parser: RequestParser
    private let labelName: String
    private let want: InputWant

    /// Makes a parser of lines that give all of what `want` says; `label` is the field that holds
    /// the class.
    ///
    /// - Throws: `SwerveError.usage` for names that do not go together or a limit out of range.
    package init(
        fields: InputFields = .standard, label: String = RequestField.label.name,
        limitBytes: Int = Limits.requestBytesMax, want: InputWant = InputWant(.text)
    ) throws(SwerveError) {
        labelName = label
        self.want = want
        let names = fields.names + [(.label, label), (.decision, RequestField.decision.name)]
        try InputFields.check(names, act: "reading the names of the fields")
        parser = try RequestParser(fields: fields, names: names, limitBytes: limitBytes)
        try parser.want([want])
    }

    /// Reads one line, without its line break.
    package func parse(_ line: Span<UInt8>) throws(InputLineRefusal) -> InputLine {
        switch parser.parse(line) {
        case .request: break
        case .rejected(let reason): throw refusal(reason)
        }
        let given = parser.input
        let lacking = want.views.subtracting(given.views)
        guard lacking.isEmpty else { throw refusal(parser.refusal(of: 0, lacking)) }
        return InputLine(
            id: id, input: OwnedInput(given, fieldNames: want.fieldNames), label: try label(),
            decision: try decision())
    }

    /// Reads one line, without its line break.
    package func parse(_ line: [UInt8]) throws(InputLineRefusal) -> InputLine {
        try parse(line.span)
    }

    private func refusal(_ reason: RejectReason) -> InputLineRefusal {
        var words = reason.words(parser.fields, named: parser.fieldNames)
        if reason == .wrongType(.label) || reason == .duplicateField(.label) {
            // The label's name is this parser's own; InputFields does not know it.
            words = words.replacingPrefix(RequestField.label.name, with: labelName)
        }
        return InputLineRefusal(reason: reason, words: words, id: id)
    }

    private var id: String? {
        guard let escaped = unsafe parser.id else { return nil }
        let quote = UInt8(ascii: "\"")
        return unsafe json([quote] + Array(escaped) + [quote])?.string
    }

    private func label() throws(InputLineRefusal) -> String? {
        guard let raw = unsafe parser.rawLabel else { return nil }
        var text = unsafe String(decoding: raw, as: UTF8.self)
        if text.hasPrefix("\"") { text = json(Array(text.utf8))?.string ?? "" }
        // Double alone would also take "nan", "inf" and hexadecimal.
        let isDecimal = text.utf8.allSatisfy { "0123456789+-.eE".utf8.contains($0) }
        guard isDecimal, let number = Double(text), number.isFinite else {
            throw refusal(.wrongType(.label))
        }
        return text
    }

    private func decision() throws(InputLineRefusal) -> [Double]? {
        guard let raw = unsafe parser.rawDecision else { return nil }
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

extension String {
    fileprivate func replacingPrefix(_ prefix: String, with other: String) -> String {
        hasPrefix(prefix) ? other + dropFirst(prefix.count) : self
    }
}
