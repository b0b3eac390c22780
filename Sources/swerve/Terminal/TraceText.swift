import Catalogue
import Fleet
import Lifecycle
import Scoring
import Verification

/// All that is known of one record, for people and as a document.
struct TraceText {
    let trace: JudgedTrace
    let topic: String
    let taken: [LedgerSearch.Answer]
    /// The value as people may see it: nil for none; `.some(nil)` where it is not shown.
    let shown: String??

    var traced: TracedRecord { trace.traced }

    init(
        _ trace: JudgedTrace, topic: String, taken: [LedgerSearch.Answer], shown: String??
    ) {
        self.trace = trace
        self.topic = topic
        self.taken = taken
        self.shown = shown
    }

    // MARK: - For programs

    /// `record`, `predictions` (each with `epoch`, `bucket`, `prescribed`, `recomputed`, and in
    /// what it `differs`),
    /// `dead_letters`, `taken` as `ledger` has it, `explanation` as `score` has it, `against`, and
    /// `notes`.
    var document: JSONValue {
        [
            "record": [
                "topic": .string(topic), "partition": .int(Int64(traced.place.partition)),
                "offset": .int(traced.place.offset), "kept": .bool(traced.isKept),
                "absence": traced.absence.map { .string($0.rawValue) } ?? .null,
                "at_ms": Self.optional(traced.writtenMs), "key": Self.text(traced.key),
                "size": traced.value.map { .int(Int64($0.count)) } ?? .null,
                "value": (shown ?? nil).map { .string($0) } ?? .null,
                "schema": trace.avro.map { .string($0.schema) } ?? .null,
            ],
            "predictions": .array(trace.answers.map(document)),
            "dead_letters": .array(trace.letters.map(document)),
            "taken": .array(taken.map(LedgerCommand.document)),
            "explanation": trace.explained.map { told in
                var fields = told.explanation.json(told.scorer).object ?? [:]
                fields["version"] = .int(Int64(told.version))
                return .object(fields)
            } ?? .null,
            "against": trace.against.map(document) ?? .null,
            "notes": .array(traced.notes.map { .string($0) }),
        ]
    }

    private static func optional(_ number: Int64?) -> JSONValue {
        number.map { .int($0) } ?? .null
    }

    private static func text(_ bytes: [UInt8]?) -> JSONValue {
        bytes.map { .string(String(decoding: $0, as: UTF8.self)) } ?? .null
    }

    private static func document(_ epoch: EpochBook.Epoch?) -> JSONValue {
        guard let epoch else { return .null }
        return [
            "deployment": epoch.deployment.document, "by": .string(epoch.by),
            "at": .string(epoch.at), "reason": .string(epoch.reason),
        ]
    }

    private func document(_ judged: JudgedTrace.Answer) -> JSONValue {
        let prediction = judged.answer.prediction
        return [
            "partition": .int(Int64(judged.answer.at.partition)),
            "offset": .int(judged.answer.at.offset), "at_ms": Self.optional(judged.answer.atMs),
            "version": .int(Int64(prediction.version)), "epoch": .int(prediction.epoch),
            "role": .string(prediction.role.rawValue), "score": .double(prediction.score),
            "label": Self.label(prediction.label),
            "bucket": judged.decider.map { .int(Int64($0.bucket)) } ?? .null,
            "prescribed": judged.isPrescribed.map { .bool($0) } ?? .null,
            "recomputed": Self.document(judged.opinion),
            "agrees": judged.agrees.map { .bool($0) } ?? .null,
            "differs": .array(judged.differences.map { .string($0.rawValue) }),
            "announced": Self.document(judged.epoch),
        ]
    }

    private func document(_ letter: JudgedTrace.Letter) -> JSONValue {
        [
            "partition": .int(Int64(letter.letter.at.partition)),
            "offset": .int(letter.letter.at.offset), "at_ms": Self.optional(letter.letter.atMs),
            "code": .string(letter.letter.letter.code), "reason": .string(letter.letter.reason),
            "epoch": .int(letter.letter.letter.epoch), "announced": Self.document(letter.epoch),
            "version": letter.decider.map { .int(Int64($0.version)) } ?? .null,
            "bucket": letter.decider.map { .int(Int64($0.bucket)) } ?? .null,
            "recomputed": Self.document(letter.opinion),
        ]
    }

    private static func document(_ opinion: ScoreOpinion?) -> JSONValue {
        switch opinion {
        case nil: .null
        case .scored(let expected, _):
            ["score": .double(expected.score), "label": label(expected.label)]
        case .unscorable(let code): ["dead_letter": .string(code)]
        case .unknown(let why): ["unknown": .string(why)]
        }
    }

    private func document(_ against: JudgedTrace.Against) -> JSONValue {
        var fields: [String: JSONValue] = [
            "version": .int(Int64(against.version)), "verdict": Self.document(against.opinion),
        ]
        if let change = against.change {
            fields["bias"] = ["here": .double(change.biasHere), "there": .double(change.biasThere)]
            fields["rest"] = .double(change.rest)
            fields["features"] = .array(
                change.parts.map {
                    [
                        "feature": .string($0.words), "here": .double($0.here),
                        "there": .double($0.there), "difference": .double($0.difference),
                    ]
                })
        }
        return .object(fields)
    }

    /// A label stands in a prediction as it goes between the quotes of a JSON string.
    static func label(_ escaped: [UInt8]?) -> JSONValue {
        guard let escaped else { return .null }
        let quote = [UInt8(ascii: "\"")]
        return (try? JSONValue(parsing: quote + escaped + quote, act: "reading a label"))
            ?? .string(String(decoding: escaped, as: UTF8.self))
    }
}
