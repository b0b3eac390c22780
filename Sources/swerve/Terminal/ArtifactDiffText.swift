import Catalogue
import Lifecycle
import Scoring

/// What `swerve diff` prints: differences alone, section by section, and what they mean.
struct ArtifactDiffText {
    let diff: ArtifactDiff

    var lines: [String] {
        var lines = [
            "\(diff.before) \(diff.beforeDigest.short) -> \(diff.after) \(diff.afterDigest.short)"
        ]
        lines += Self.section("metadata", diff.metadata)
        lines += Self.section("facts", diff.facts)
        let isFeaturizerKnown =
            if case .compared = diff.weights { true } else { !diff.featurizer.isEmpty }
        if isFeaturizerKnown {
            lines += Self.section("featurizer", diff.featurizer)
            let untold = diff.featurizerChanges - diff.featurizer.count
            if untold > 0 { lines.append("  and \(untold) more") }
        }
        lines += Self.section("labels and threshold", diff.verdict)
        lines += weightLines
        return lines + diff.conclusions.map { "=> \($0)" }
    }

    private static func section(_ title: String, _ changes: [FieldChange]) -> [String] {
        guard !changes.isEmpty else { return ["\(title): equal"] }
        return ["\(title):"]
            + changes.map { change in
                let difference = change.difference.map { " (\(signed($0)))" } ?? ""
                return "  \(change.path): \(text(change.before)) -> \(text(change.after))"
                    + difference
            }
    }

    private var weightLines: [String] {
        switch diff.weights {
        case .notCompared(let reason): return ["weights: not compared: \(reason)"]
        case .compared(let difference, let names):
            let cosine = difference.cosine.map { "cosine similarity \($0)" } ?? "one is all zeros"
            var lines = [
                "weights: \(difference.changedCount) of \(difference.featureCount) changed, "
                    + cosine
            ]
            let (before, after) = (difference.interceptBefore, difference.interceptAfter)
            lines.append(
                before == after
                    ? "  intercept \(before)"
                    : "  intercept \(before) -> \(after) (\(Self.signed(after - before)))")
            lines += difference.largest.map { change in
                "  \(change.index): \(change.before) -> \(change.after) "
                    + "(\(Self.signed(change.delta)))  "
                    + Self.text(names[change.index] ?? NgramNames())
            }
            return lines
        }
    }

    /// `"sel" -"1' " and 3 more`; a minus stands before n-grams that count as -1.
    private static func text(_ names: NgramNames) -> String {
        guard !names.ngrams.isEmpty else {
            return "no printable n-gram of \(NgramNames.lengthMax) bytes or less"
        }
        let named = names.ngrams.map { ngram in
            (ngram.isNegative ? "-" : "") + JSONValue.string(ngram.text).text
        }
        return named.joined(separator: " ") + (names.more > 0 ? " and \(names.more) more" : "")
    }

    private static func text(_ value: JSONValue?) -> String {
        value.map { $0.text.shortened(to: valueCharacters) } ?? "absent"
    }

    private static func signed(_ number: Double) -> String {
        (number > 0 ? "+" : "") + JSONValue.double(number).text
    }

    private static let valueCharacters = 200
}
