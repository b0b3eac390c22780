import Fleet
import Lifecycle
import Scoring
import Verification

extension TraceText {
    /// For people.
    var lines: [String] {
        var lines = [head] + valueLines
        lines += trace.letters.flatMap(Self.lines)
        lines += trace.answers.flatMap(Self.lines)
        if !trace.isAnswered {
            lines.append(
                traced.absence == .gap
                    ? "nothing answers it, and nothing has to"
                    : "no answer to it stands on output or dead letters")
        }
        lines += takenLines + explanationLines + againstLines
        return lines + traced.notes.flatMap { TextLayout.wrapped("note: \($0.printable)") }
    }

    private var head: String {
        var words = "\(topic) \(traced.place)"
        if let ms = traced.writtenMs { words += ", written \(Timestamp.text(ofMs: ms))" }
        if let key = traced.key {
            let text = String(decoding: key, as: UTF8.self)
            words += ", key \(TextLayout.remark(text, scalars: 60))"
        }
        if let value = traced.value { words += ", \(Figures.counted(value.count, "byte"))" }
        return words
    }

    private var valueLines: [String] {
        switch traced.absence {
        case .gone: return ["  gone: retention has taken the record from the input"]
        case .gap:
            return TextLayout.wrapped(
                "  no record: the mark of a transaction, one that was taken back with its "
                    + "transaction, or one that was compacted away")
        case nil: break
        }
        if let avro = trace.avro {
            let schema = "  Avro, \(TextLayout.remark(avro.schema, scalars: 200))"
            let text = shown.flatMap(\.self)
            return TextLayout.wrapped(schema)
                + (text.map { ["  scored as: \(TextLayout.remark($0, scalars: 2_000))"] } ?? [])
        }
        switch shown {
        case .none: return ["  no value (a tombstone)"]
        case .some(.none): return ["  not shown: mask: is set, and this is no JSON"]
        case .some(.some(let text)): return ["  \(TextLayout.remark(text, scalars: 2_000))"]
        }
    }

    private static func lines(_ letter: JudgedTrace.Letter) -> [String] {
        let told = letter.letter
        let at = told.atMs.map { ", \(Timestamp.text(ofMs: $0))" } ?? ""
        return [
            "dead letter \(told.at)\(at): \(TextLayout.remark(told.letter.code, scalars: 20))"
        ]
            + TextLayout.wrapped("  \(TextLayout.remark(told.reason))")
            + epochLines(told.letter.epoch, letter.epoch)
            + deciderLines(letter) + TextLayout.wrapped("  again    \(again(letter))")
    }

    private static func deciderLines(_ judged: JudgedTrace.Letter) -> [String] {
        guard let decider = judged.decider else { return [] }
        return [
            "  version  \(decider.version), \(decider.role.rawValue), had to decide it",
            "  bucket   \(decider.bucket)",
        ]
    }

    private static func again(_ judged: JudgedTrace.Letter) -> String {
        switch judged.opinion {
        case nil: "not read: the record or its epoch is not at hand"
        case .unknown(let why): "not read: \(TextLayout.remark(why))"
        case .unscorable(let code):
            code == judged.letter.letter.code
                ? "no score here either" : "no score here either, but for ANOTHER REASON: \(code)"
        case .scored(let expected, _): "A SCORE here: \(expected.score)"
        }
    }

    private static func lines(_ judged: JudgedTrace.Answer) -> [String] {
        let prediction = judged.answer.prediction
        let at = judged.answer.atMs.map { ", \(Timestamp.text(ofMs: $0))" } ?? ""
        let label = label(prediction.label).string.map { ", \(TextLayout.remark($0, scalars: 80))" }
        var lines = [
            "prediction \(judged.answer.at)\(at): \(prediction.score)\(label ?? "")",
            "  version  \(prediction.version), \(prediction.role.rawValue)",
        ]
        lines += epochLines(prediction.epoch, judged.epoch)
        if let decider = judged.decider {
            let share = judged.epoch?.deployment.candidate.map { candidate in
                candidate.mode == .canary ? ", and the canary's share is \(candidate.share)" : ""
            }
            lines.append(
                "  bucket   \(decider.bucket)\(share ?? ""): "
                    + (judged.isPrescribed == true
                        ? "as prescribed"
                        : "PRESCRIBES version \(decider.version), \(decider.role.rawValue)"))
        }
        return lines + TextLayout.wrapped("  again    \(again(judged))")
    }

    private static func again(_ judged: JudgedTrace.Answer) -> String {
        let differences = judged.differences
        var words: [String]
        switch judged.opinion {
        case nil: words = ["not computed: the record or its epoch is not at hand"]
        case .unknown(let why): words = ["not computed: \(TextLayout.remark(why))"]
        case .unscorable(let code): words = ["NO SCORE here: \(code)"]
        case .scored(let expected, let id):
            words = differences.compactMap { difference(judged, $0, expected, id) }
            if !differences.contains(.score) {
                words.insert("the same score, computed here", at: 0)
            }
        }
        if differences.contains(.key) { words.append("ANOTHER KEY than the record's") }
        return words.joined(separator: "; ")
    }

    private static func difference(
        _ judged: JudgedTrace.Answer, _ difference: JudgedTrace.Answer.Difference,
        _ expected: ExpectedScore, _ id: [UInt8]?
    ) -> String? {
        func text(_ escaped: [UInt8]?) -> String {
            label(escaped).string.map { TextLayout.remark($0, scalars: 80) } ?? "none"
        }
        switch difference {
        case .score: return "ANOTHER SCORE here: \(expected.score)"
        case .label: return "ANOTHER LABEL here: \(text(expected.label))"
        case .probability:
            let numbers = expected.probabilities.prefix(10).map { "\($0)" }
            return "ANOTHER PROBABILITY here: "
                + (numbers.isEmpty ? "none" : numbers.joined(separator: ", "))
        case .positive:
            return "it speaks of ANOTHER CLASS, \(text(judged.answer.prediction.of))"
        case .id: return "ANOTHER ID than the record's, which is \(text(id))"
        case .key: return nil
        }
    }

    private static func epochLines(_ number: Int64, _ epoch: EpochBook.Epoch?) -> [String] {
        guard let epoch else { return ["  epoch    \(number), which the registry does not know"] }
        let reason = epoch.reason.isEmpty ? "" : " (\(TextLayout.remark(epoch.reason)))"
        return TextLayout.wrapped(
            "  epoch    \(number): \(epoch.deployment.versionsSummary), \(epoch.at), by "
                + "\(TextLayout.remark(epoch.by, scalars: 80))\(reason)")
    }

    private var takenLines: [String] {
        taken.map { answer in
            let end = answer.isEnded ? "\(answer.span.last)" : "?"
            return "taken by \(TextLayout.remark(answer.entry.key, scalars: 60)), process "
                + "\(answer.entry.incarnation.pid) on "
                + "\(TextLayout.remark(answer.entry.incarnation.host, scalars: 40)), epoch "
                + "\(answer.entry.epoch.map { "\($0)" } ?? "-"), offsets "
                + "\(answer.span.first)-\(end)"
        }
    }

    private var explanationLines: [String] {
        guard let explained = trace.explained else { return [] }
        let told = explained.explanation
        let parts = told.contributions.map { part in
            Self.summand(part.value, Self.words(part))
        }
        return [
            "why version \(explained.version) decides \(Figures.short(told.decision)):"
        ] + parts + [
            Self.summand(told.bias, "every record"),
            Self.summand(told.rest, Figures.counted(told.restCount, "other")),
        ]
    }

    private static func summand(_ value: Double, _ words: String) -> String {
        let number = Figures.short(value)
        return TextLayout.row(
            "  \(value < 0 ? number : "+" + number)", [TextLayout.remark(words, scalars: 80)],
            widths: [84], firstWidth: 12)
    }

    private static func words(_ part: Explanation.Contribution) -> String {
        switch part.subject {
        case .feature(_, _, _, .named(let name)): return name
        case .feature(let index, _, _, .ngrams(let ngrams)):
            guard let first = ngrams.first else { return "feature \(index)" }
            let place = first.places.first.map { ", \($0.part) \($0.offset)" } ?? ""
            let more = ngrams.count > 1 ? " and \(ngrams.count - 1) more" : ""
            return "'\(first.text)'\(more)\(place)"
        case .vector(let index, _, _, let name):
            return "support vector \(index)" + (name.map { " (\($0))" } ?? "")
        }
    }

    private var againstLines: [String] {
        guard let against = trace.against else { return [] }
        var lines: [String]
        switch against.opinion {
        case .unknown(let why):
            lines = TextLayout.wrapped(
                "version \(against.version) cannot be asked: \(TextLayout.remark(why))")
        case .unscorable(let code):
            lines = ["version \(against.version) would have no score of it: \(code)"]
        case .scored(let expected, _):
            let label = Self.label(expected.label).string
            let before = Self.label(trace.answers.last?.answer.prediction.label).string
            let words = label.map { ", \(TextLayout.remark($0, scalars: 80))" } ?? ""
            let flip = label == before ? "" : ": ANOTHER LABEL"
            lines = ["version \(against.version) would say \(expected.score)\(words)\(flip)"]
        }
        guard let change = against.change else { return lines }
        lines += change.parts.map {
            Self.summand(
                $0.difference,
                "\($0.words): \(Figures.short($0.there)), not \(Figures.short($0.here))")
        }
        return lines + [
            Self.summand(change.biasThere - change.biasHere, "every record"),
            Self.summand(change.rest, Figures.counted(change.restCount, "other")),
        ]
    }
}
