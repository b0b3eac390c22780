import Inputs
import Lifecycle
import Scoring

/// What a decoder makes of one record, copied out of its buffers.
struct Outcome: Equatable {
    /// What one want gets; doubles by their bits, for NaN is to be equal to itself.
    struct Input: Equatable {
        var views: InputViews
        var text: [UInt8]
        var parts: RequestParts?
        var dense: [UInt64]
        var indices: [UInt32]
        var values: [UInt64]
        var fields: [UInt64]
        /// Nil for an absent one.
        var texts: [[UInt8]?]
    }

    var reason: RejectReason?
    var marks: RecordMarks
    var inputs: [Input]
    var id: [UInt8]?
    var label: [UInt8]?
    var decision: [UInt8]?

    func gives(_ view: InputViews, to want: Int = 0) -> Bool { inputs[want].views.contains(view) }
}

/// A decoder, what it was made with, and what must hold of each of its answers.
final class Reader {
    let decoder: RecordDecoder
    let settings: InputSettings
    let wants: [InputWant]
    let readsLabel: Bool

    init(_ settings: InputSettings, _ wants: [InputWant], labelField: String? = nil) {
        self.settings = settings
        self.wants = wants
        readsLabel = labelField != nil
        do {
            decoder = try RecordDecoder(settings, labelField: labelField)
            decoder.install(try PreparedWants(wants, for: settings))
        } catch {
            fail("no decoder: \(error)")
        }
    }

    /// Reads a record, checks the answer, and reads it again behind another record: what one record
    /// was must not show in the next one's answer.
    ///
    /// - Parameter avro: of a record of Avro, where its body begins, and its schema.
    func read(
        _ record: [UInt8], _ avro: (bodyStart: Int, schema: AvroSchema)? = nil
    ) -> Outcome {
        let first = outcome(of: record, avro)
        check(first, record)
        let reason = unsafe decoder.decode(nil)
        expect(reason == .nullPayload, "a tombstone is \(String(describing: reason))")
        let none = wants.indices.allSatisfy { decoder.input(of: $0).views.isEmpty }
        expect(unsafe none && decoder.id == nil, "a tombstone has the view of the record before")
        let second = outcome(of: record, avro)
        expect(first == second, "a record read twice is two: \(first) and \(second)")
        return second
    }

    private func outcome(
        of record: [UInt8], _ avro: (bodyStart: Int, schema: AvroSchema)?
    ) -> Outcome {
        // Exactly as many bytes as the record has, so that one step beyond either end is seen.
        let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: record.count)
        _ = unsafe bytes.initialize(from: record)
        let reason =
            if let avro {
                unsafe decoder.decode(
                    UnsafeBufferPointer(bytes), bodyStart: avro.bodyStart, schema: avro.schema)
            } else {
                unsafe decoder.decode(UnsafeBufferPointer(bytes))
            }
        // What a view shows is the decoder's memory, not the record's.
        unsafe bytes.deallocate()
        let inputs = wants.indices.map { want in
            let input = decoder.input(of: want)
            return unsafe Outcome.Input(
                views: input.views, text: Array(input.text), parts: input.parts,
                dense: input.dense.map(\.bitPattern), indices: Array(input.sparseIndices),
                values: input.sparseValues.map(\.bitPattern),
                fields: input.fields.map(\.bitPattern),
                texts: input.texts.map { unsafe $0.isAbsent ? nil : Array($0.bytes) })
        }
        return unsafe Outcome(
            reason: reason, marks: decoder.marks, inputs: inputs, id: copied(decoder.id),
            label: copied(decoder.label), decision: copied(decoder.decision))
    }

    private func copied(_ bytes: UnsafeBufferPointer<UInt8>?) -> [UInt8]? {
        guard let bytes = unsafe bytes else { return nil }
        return unsafe Array(bytes)
    }

    // MARK: - What holds of every format

    private func check(_ outcome: Outcome, _ record: [UInt8]) {
        for (want, input) in zip(wants, outcome.inputs) {
            expect(input.views.isSubset(of: want.views), "a view that nobody wants")
            check(input, want, outcome)
        }
        let isEmpty = outcome.inputs.allSatisfy(\.views.isEmpty)
        if let reason = outcome.reason {
            expect(isEmpty, "a refused record has a view: \(reason)")
            check(reason, record)
        } else {
            // Named numbers that are none are told of each want alone.
            let wantsFields = wants.contains {
                $0.views.contains(.fields) || $0.views.contains(.texts)
            }
            expect(!isEmpty || wantsFields, "a good record has no view")
            for (position, want) in wants.enumerated() {
                let lacking = want.views.subtracting(outcome.inputs[position].views)
                for view in [InputViews.text, .dense, .sparse, .fields, .texts]
                where lacking.contains(view) {
                    check(decoder.refusal(of: position, view), record)
                }
            }
        }
        if record.isEmpty { expect(outcome.reason == .emptyPayload, "an empty record") }
        if record.count > settings.recordBytes {
            expect(
                outcome.reason == .tooLarge(limitBytes: settings.recordBytes),
                "a record above the bound")
        }
        if let id = outcome.id { StringContent.check(id) }
        if !readsLabel { expect(outcome.label == nil && outcome.decision == nil, "a label") }
    }

    private func check(_ input: Outcome.Input, _ want: InputWant, _ outcome: Outcome) {
        let limit = settings.limitBytes
        if input.views.contains(.text) {
            expect(input.text.count <= limit, "a text beyond its limit")
            // A record is marked for its named texts too.
            let isMarkOfText = !wants.contains { $0.views.contains(.texts) }
            expect(
                !outcome.marks.contains(.truncated) || !isMarkOfText
                    || input.text.count > limit - 4, "a text cut far before its limit")
        } else {
            expect(input.text.isEmpty && input.parts == nil, "a text where there is no view of it")
        }
        if let parts = input.parts {
            expect(want.wantsParts, "parts that nobody wants")
            check(parts, input.text, isCut: outcome.marks.contains(.truncated))
        }
        expect(input.views.contains(.dense) || input.dense.isEmpty, "x without its view")
        expect(input.indices.count == input.values.count, "indices without values")
        expect(input.views.contains(.sparse) || input.indices.isEmpty, "svm without its view")
        expect(
            zip(input.indices, input.indices.dropFirst()).allSatisfy { $0 < $1 },
            "indices that do not ascend")
        let fields = input.views.contains(.fields) ? want.fieldNames.count : 0
        expect(input.fields.count == fields, "\(input.fields.count) of \(fields) named numbers")
        let texts = input.views.contains(.texts) ? want.textNames.count : 0
        expect(input.texts.count == texts, "\(input.texts.count) of \(texts) named texts")
        for text in input.texts {
            expect((text?.count ?? 0) <= limit, "a named text beyond its limit")
        }
    }

    /// The parts and what stands between them make up the text.
    private func check(_ parts: RequestParts, _ text: [UInt8], isCut: Bool) {
        expect(parts.method.lowerBound == 0, "a method that does not begin the text")
        for part in [parts.method, parts.path, parts.query, parts.body] {
            expect(part.upperBound <= text.count, "a part beyond the text")
        }
        guard !isCut else { return }
        let hasQuery = !parts.query.isEmpty
        expect(parts.path.lowerBound == parts.method.upperBound + 1, "a path elsewhere")
        expect(text[parts.method.upperBound] == 0x20, "no space behind the method")
        let beforeBody = hasQuery ? parts.query.upperBound : parts.path.upperBound
        if hasQuery {
            expect(parts.query.lowerBound == parts.path.upperBound + 1, "a query elsewhere")
            expect(text[parts.path.upperBound] == 0x3F, "no ? before the query")
        }
        expect(text[beforeBody] == 0x0A, "no line break before the body")
        expect(parts.body == (beforeBody + 1)..<text.count, "a body elsewhere")
    }

    private func check(_ reason: RejectReason, _ record: [UInt8]) {
        let words = decoder.words(reason)
        expect(!words.isEmpty, "a reason without words")
        expect(
            words.utf8.allSatisfy { (0x20..<0x7F).contains($0) }, "words of the record: \(words)")
        expect(!reason.code.isEmpty, "a reason without a code")
        switch reason {
        case .json(.malformed(let fault)):
            guard let fault else { fail("no JSON, and nobody knows where") }
            expect((0...record.count).contains(fault.byte), "a fault beyond the record")
        case .tooDeep(_, let byte):
            expect((1...(record.count + 1)).contains(byte), "too deep beyond the record")
            guard case .json = settings.format else { break }
            expect(record[byte - 1] == 0x5B || record[byte - 1] == 0x7B, "too deep elsewhere")
        case .avro(.truncated(let byte)), .avro(.corrupt(let byte)):
            expect((1...(record.count + 1)).contains(byte), "a fault beyond the record")
        default: break
        }
    }
}

/// The inside of a JSON string, as ids are handed over.
enum StringContent {
    /// Fails where the bytes cannot stand between quotes, or stand for more than an id may have.
    static func check(_ content: [UInt8]) {
        expect(String(validating: content, as: UTF8.self) != nil, "an id that is no UTF-8")
        var at = 0
        var meant = 0
        while at < content.count {
            let byte = content[at]
            expect(byte >= 0x20 && byte != 0x22, "an id that ends its string")
            guard byte == 0x5C else {
                at += 1
                meant += 1
                continue
            }
            expect(at + 1 < content.count, "an id with half an escape")
            switch content[at + 1] {
            case UInt8(ascii: "u"):
                let digits = content[(at + 2)...].prefix(4)
                let value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
                guard digits.count == 4, let value else { fail("an id with no escape") }
                expect(value < 0x20 || value == 0x7F, "an id with an escape for \(value)")
                at += 6
            case 0x22, 0x5C, UInt8(ascii: "b"), UInt8(ascii: "f"), UInt8(ascii: "n"),
                UInt8(ascii: "r"), UInt8(ascii: "t"):
                at += 2
            default: fail("an id with an unknown escape")
            }
            meant += 1
        }
        expect(meant <= Limits.requestIDBytes, "an id of \(meant) bytes")
    }
}
