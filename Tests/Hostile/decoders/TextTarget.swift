import Inputs
import Scoring

/// Records that are texts.
enum TextTarget {
    nonisolated(unsafe) private static let whole = Reader(
        InputSettings(format: .text, limitBytes: 4_096, recordBytes: 4_096), [InputWant(.text)])
    nonisolated(unsafe) private static let small = Reader(
        InputSettings(format: .text, limitBytes: 24, recordBytes: 256),
        [InputWant(.dense), InputWant([.text, .sparse], fieldNames: ["n"], wantsParts: true)])
    nonisolated(unsafe) private static let numbers = Reader(
        InputSettings(format: .text, limitBytes: 24, recordBytes: 256), [InputWant(.dense)])

    static func run(_ record: [UInt8]) {
        let text = unsafe whole.read(record)
        let cut = unsafe small.read(record)
        let none = unsafe numbers.read(record)
        expect(none.reason != nil, "a text gives numbers")
        guard !record.isEmpty, record.count <= 4_096 else { return }
        expect(text.reason == nil && text.inputs[0].text == record, "a text is another one")
        expect(text.marks.isEmpty, "a whole text is marked")
        guard record.count <= 256 else { return }
        expect(none.reason == .textNotNumbers, "numbers of a text")
        expect(cut.marks == (record.count > 24 ? .truncated : []), "a text is cut and not marked")
        expect(record.starts(with: cut.inputs[1].text), "a cut text is another one")
        expect(isWhole(cut.inputs[1].text, of: record), "a text is cut within a character")
    }

    /// Whether the cut leaves no character in two, where the record is UTF-8.
    private static func isWhole(_ cut: [UInt8], of record: [UInt8]) -> Bool {
        guard String(validating: record, as: UTF8.self) != nil else { return true }
        return String(validating: cut, as: UTF8.self) != nil
    }
}
