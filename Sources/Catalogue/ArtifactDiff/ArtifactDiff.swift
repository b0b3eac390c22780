package import Lifecycle
import Registry
package import Scoring

/// What differs between two versions, and what that means for scores and verdicts.
package struct ArtifactDiff: Sendable, Equatable, Codable {
    /// The weights side by side, or why they cannot stand so.
    package enum Weights: Sendable, Equatable, Codable {
        case compared(WeightDifference, names: [Int: NgramNames])
        case notCompared(String)
    }

    package let before: VersionReference
    package let after: VersionReference
    package let beforeDigest: Digest
    package let afterDigest: Digest
    package let metadata: [FieldChange]
    package let facts: [FieldChange]
    package let featurizer: [FieldChange]
    /// Of the featurizer; `featurizer` tells the first of them.
    package let featurizerChanges: Int
    /// Labels and threshold.
    package let verdict: [FieldChange]
    package let weights: Weights
    /// Sentences: what can change, and by how much.
    package let conclusions: [String]

    package var isSameArtifact: Bool { beforeDigest == afterDigest }

    /// - Parameter top: how many of the weights that changed most to tell.
    package init(from before: ArtifactSide, to after: ArtifactSide, top: Int) {
        self.before = before.version.reference
        self.after = after.version.reference
        beforeDigest = before.version.digest
        afterDigest = after.version.digest
        func changes(_ one: JSONValue, _ other: JSONValue) -> [FieldChange] {
            FieldChange.all(from: one, to: other, limit: Self.toldChanges).told
        }
        metadata = changes(before.metadata, after.metadata)
        // Without one of the scorers its facts would look taken away.
        let areLoaded = before.scorer != nil && after.scorer != nil
        let (one, other) = areLoaded ? (before, after) : (before.unloaded, after.unloaded)
        facts = changes(one.facts, other.facts)
        verdict = changes(one.verdict, other.verdict)
        if let one = before.scorer?.featurizer.spec, let other = after.scorer?.featurizer.spec {
            (featurizer, featurizerChanges) = FieldChange.all(
                from: one.json, to: other.json, limit: Self.toldChanges)
        } else {
            (featurizer, featurizerChanges) = ([], 0)
        }
        weights = Self.weights(before, after, top: top)
        conclusions = ScoreConclusions(before: before, after: after, weights: weights).sentences
    }

    private static func weights(
        _ before: ArtifactSide, _ after: ArtifactSide, top: Int
    ) -> Weights {
        for side in [before, after] where side.scorer == nil {
            return .notCompared(
                "\(side.name) does not load: \(side.fault ?? "its scorer is not known")")
        }
        guard let one = before.scorer, let other = after.scorer else {
            return .notCompared("a version does not load")
        }
        guard before.manifest.format == after.manifest.format else {
            return .notCompared(
                "\(before.name) is \(before.manifest.format), \(after.name) "
                    + "\(after.manifest.format)")
        }
        guard one.featurizer == other.featurizer else {
            let fields = FieldChange.all(
                from: one.featurizer.spec.json, to: other.featurizer.spec.json, limit: namedFields)
            let named = fields.told.map { $0.path.split(separator: ".").last ?? "" }
            return .notCompared(
                "the featurizers differ (\(named.joined(separator: ", "))), so that a weight of "
                    + "one does not mean what it means in the other")
        }
        guard let recipe = one.featurizer.spec.hashedNgrams, let weights = one.model.linear,
            let others = other.model.linear, weights.rows == 1, others.rows == 1
        else {
            return .notCompared("only linear models of hashed n-grams and two classes are compared")
        }
        guard one.model.calibration == nil, other.model.calibration == nil else {
            return .notCompared("the score of a calibrated ensemble is no sum of weights")
        }
        let difference = WeightDifference(
            from: weights, to: others, norm: recipe.norm, top: top)
        return .compared(
            difference, names: NgramNames.find(difference.largest.map(\.index), in: recipe))
    }

    private static let toldChanges = 1_000
    private static let namedFields = 8
}

extension ArtifactSide {
    fileprivate var unloaded: ArtifactSide {
        ArtifactSide(version: version, manifest: manifest, scorer: nil, fault: fault)
    }
}
