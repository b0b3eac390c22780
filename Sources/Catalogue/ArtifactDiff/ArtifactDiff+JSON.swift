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
