import Inputs
import Lifecycle
import ModelFormats
import Platform
import Serving

/// Artifacts made on the spot: linear models of 64 zeros, whose scores are all zero.
enum SmallArtifacts {
    static let spec =
        #"{"steps":[{"hashed_ngrams":{"analyzer":"byte","ngram_range":[1,3],"n_features":64,"alternate_sign":true,"lowercase":false,"norm":"l2"}}]}"#

    static func liblinear(spec: String = spec) throws -> Artifact {
        let zeros = String(repeating: "0 \n", count: 64)
        let model = """
            solver_type L2R_L2LOSS_SVC_DUAL
            nr_class 2
            label 1 -1
            nr_feature 64
            bias -1
            w
            \(zeros)
            """
        let golden = #"{"decision":[0],"text_b64":"R0VUIC8K"}"# + "\n"
        let parts: [(ArtifactManifest.File.Role, String, String)] = [
            (.model, "v.model", model), (.featurizer, "spec.json", spec),
            (.golden, "golden.jsonl", golden),
        ]
        let manifest = ArtifactManifest(
            format: "liblinear",
            files: parts.map { role, name, text in
                ArtifactManifest.File(
                    role: role, name: name, bytes: text.utf8.count,
                    sha256: ContentHash.sha256(Array(text.utf8)))
            }, labels: [:], threshold: 0, goldenSource: .own)
        return Artifact(
            manifestBytes: manifest.bytes,
            files: Dictionary(uniqueKeysWithValues: parts.map { ($0.1, Array($0.2.utf8)) }),
            signatures: [])
    }

    /// What serves a deployment of this one artifact.
    static func set(of record: AcceptedRecord, _ artifact: Artifact) throws -> ServingSet {
        let version = LoadedVersion(
            deployed: record.deployment.stable,
            scorer: try ScorerLoader.load(
                artifact, as: ArtifactManifest(parsing: artifact.manifestBytes)))
        guard
            let set = try ServingSet(
                deployment: record.deployment, loaded: [version], inputTopic: "in",
                partitionCount: 1, input: InputSettings(), loadedMs: 0)
        else {
            throw SwerveError(.invalid, act: "making a set", reason: "no stable version")
        }
        return set
    }
}
