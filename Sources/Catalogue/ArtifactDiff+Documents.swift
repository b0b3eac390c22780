package import Lifecycle
import Scoring

extension ArtifactDiff {
    /// The document of `swerve diff --json`; always all of its keys.
    package var json: JSONValue {
        func list(_ changes: [FieldChange]) -> JSONValue { .array(changes.map(\.json)) }
        return [
            "before": Self.document(before, beforeDigest),
            "after": Self.document(after, afterDigest),
            "same_artifact": .bool(isSameArtifact), "metadata": list(metadata),
            "facts": list(facts), "featurizer": list(featurizer),
            "featurizer_changes": .int(Int64(featurizerChanges)), "verdict": list(verdict),
            "weights": weightsDocument,
            "conclusions": .array(conclusions.map { .string($0) }),
        ]
    }

    private static func document(_ reference: VersionReference, _ digest: Digest) -> JSONValue {
        [
            "model": .string(reference.model.description),
            "version": .int(Int64(reference.version)), "digest": .string(digest.description),
        ]
    }

    private var weightsDocument: JSONValue {
        switch weights {
        case .notCompared(let reason): ["compared": false, "reason": .string(reason)]
        case .compared(let difference, let names):
            [
                "compared": true, "features": .int(Int64(difference.featureCount)),
                "changed": .int(Int64(difference.changedCount)),
                "cosine": difference.cosine.map { .double($0) } ?? .null,
                "intercept": [
                    "before": .double(difference.interceptBefore),
                    "after": .double(difference.interceptAfter),
                ],
                "score_bound": Self.document(difference.scoreBound),
                "largest": .array(
                    difference.largest.map { Self.document($0, names[$0.index] ?? NgramNames()) }),
            ]
        }
    }

    /// A number, or null where a score can change without a bound.
    private static func document(_ bound: WeightDifference.Bound) -> JSONValue {
        if case .atMost(let most) = bound { .double(most) } else { .null }
    }

    private static func document(
        _ change: WeightDifference.Change, _ names: NgramNames
    ) -> JSONValue {
        [
            "index": .int(Int64(change.index)), "before": .double(change.before),
            "after": .double(change.after), "delta": .double(change.delta),
            "ngrams": .array(
                names.ngrams.map { ["text": .string($0.text), "negative": .bool($0.isNegative)] }),
            "more_ngrams": .int(Int64(names.more)),
        ]
    }
}

extension ArtifactDiff {
    /// What `swerve diff` prints: differences alone, section by section, and what they mean.
    package var lines: [String] {
        var lines = ["\(before) \(beforeDigest.short) -> \(after) \(afterDigest.short)"]
        lines += Self.section("metadata", metadata)
        lines += Self.section("facts", facts)
        let isFeaturizerKnown = if case .compared = weights { true } else { !featurizer.isEmpty }
        if isFeaturizerKnown {
            lines += Self.section("featurizer", featurizer)
            if featurizerChanges > featurizer.count {
                lines.append("  and \(featurizerChanges - featurizer.count) more")
            }
        }
        lines += Self.section("labels and threshold", verdict)
        lines += weightLines
        return lines + conclusions.map { "=> \($0)" }
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
        switch weights {
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
