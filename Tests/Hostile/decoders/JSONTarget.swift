import Inputs
import Scoring

/// JSON records, with four decoders that must agree.
enum JSONTarget {
    private static let all: InputViews = [.text, .dense, .sparse]
    nonisolated(unsafe) private static let whole = Reader(
        InputSettings(limitBytes: 4_096, recordBytes: 4_096), [InputWant(.text, wantsParts: true)])
    /// Refuses bytes that are no UTF-8 wherever they are.
    nonisolated(unsafe) private static let strict = Reader(
        InputSettings(limitBytes: 4_096, recordBytes: 4_096, scoresInvalidUTF8: false),
        [InputWant(.text, wantsParts: true)])
    /// With bounds that records reach, and scorers that want different things.
    nonisolated(unsafe) private static let small = Reader(
        InputSettings(limitBytes: 40, recordBytes: 1_024),
        [
            InputWant(all, fieldNames: ["n", "o.p", "o.q", "id"], wantsParts: true),
            InputWant([], fieldNames: ["o.q", "x", "m"]), InputWant(.sparse), InputWant(.text),
        ])
    /// With names that lead into objects, and a label, as golden inputs have.
    nonisolated(unsafe) private static let dotted: Reader = {
        do {
            let fields = try InputFields(
                id: "a.id", method: "http.method", path: "http.path", query: "http.url.query",
                body: "a.b.c.d.e.f.g.h")
            return Reader(
                InputSettings(format: .json(fields), limitBytes: 512, recordBytes: 4_096),
                [InputWant(all, fieldNames: ["a.b.n", "http.n", "n"], wantsParts: true)],
                labelField: "a.label")
        } catch {
            fail("\(error)")
        }
    }()

    /// Names that are keys with dots, lead into objects, and begin one another.
    private static let names = ["n", "o.p", "o", "o.p.q", "t", "text", "a."]
    nonisolated(unsafe) private static let named = Reader(
        InputSettings(limitBytes: 40, recordBytes: 4_096),
        [
            InputWant([], fieldNames: names, textNames: ["t", "o.t", "t.u"]),
            InputWant([], textNames: names), InputWant([], fieldNames: names.reversed()),
        ])
    /// The same one by one.
    nonisolated(unsafe) private static let alone = Reader(
        InputSettings(limitBytes: 40, recordBytes: 4_096), [InputWant([], textNames: names)])

    static func run(_ record: [UInt8]) {
        let scored = unsafe whole.read(record)
        let refused = unsafe strict.read(record)
        expect(
            refused == scored || refused.reason == .notUTF8,
            "bytes that are UTF-8 depend on the setting for others")
        let isText = String(validating: record, as: UTF8.self) != nil
        // Half of a surrogate pair, as an escape, is as good as none.
        let hasEscape = record.contains(0x5C)
        expect(refused.reason != .notUTF8 || !isText || hasEscape, "UTF-8 that is none")
        agrees(scored, record, isText)
        agrees(unsafe small.read(record), with: scored, record)
        _ = unsafe dotted.read(record)
        agrees(unsafe named.read(record))
        _ = unsafe alone.read(record)
    }

    /// What is a number is no text, whoever asks, and both see one record.
    private static func agrees(_ outcome: Outcome) {
        guard outcome.reason == nil else { return }
        let (numbers, texts, reversed) = (
            outcome.inputs[0], outcome.inputs[1], outcome.inputs[2]
        )
        if numbers.views.contains(.fields) {
            expect(numbers.fields == reversed.fields.reversed(), "a number depends on the order")
        }
        guard numbers.views.contains(.fields), texts.views.contains(.texts) else { return }
        for (number, text) in zip(numbers.fields, texts.texts) {
            expect(
                Double(bitPattern: number).isNaN || text == nil, "a number that is a text")
        }
    }

    /// Another reader of JSON says whether it is any.
    private static func agrees(_ outcome: Outcome, _ record: [UInt8], _ isText: Bool) {
        let fault = unsafe record.withUnsafeBufferPointer { unsafe JSONFault.first(in: $0) }
        switch outcome.reason {
        case nil:
            expect(fault == nil, "what is read is no JSON: \(String(describing: fault))")
        case .missingField, .wrongType, .duplicateField, .badBase64, .numbersNotText:
            expect(fault == nil, "what is refused for a field is no JSON")
        case .json(.malformed(let told)):
            expect(told == fault && fault != nil, "no JSON, and nobody knows where")
        case .json(.trailingContent):
            expect(fault?.kind == .endExpected || !isText || fault != nil, "nothing follows")
        default: break
        }
    }

    /// What the small bounds cut is the beginning of what the large ones give.
    private static func agrees(_ outcome: Outcome, with large: Outcome, _ record: [UInt8]) {
        guard record.count <= 1_024 else { return }
        expect(outcome.gives(.text) == large.gives(.text), "a text depends on its bound")
        expect(outcome.gives(.text, to: 3) == large.gives(.text), "a text depends on the others")
        guard large.gives(.text) else { return }
        let (cut, text) = (outcome.inputs[0].text, large.inputs[0].text)
        expect(text.starts(with: cut), "a cut text is another one")
        expect(
            outcome.marks.contains(.truncated) == (text.count > 40), "a text is cut and not marked")
        expect(outcome.marks.contains(.truncated) || cut == text, "a text is short and not marked")
        expect(outcome.id == large.id, "an id depends on the bound of texts")
    }
}
