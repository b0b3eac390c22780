package import Lifecycle
import Platform
package import Scoring

extension ScorerLoader {
    /// Builds the scorer of an artifact in memory.
    ///
    /// - Parameters:
    ///   - manifest: the artifact's own, or the same with other labels and threshold.
    ///   - isWideAllowed: as `build`.
    /// - Throws: as `load(_:sha256:read:)`, and `.invalid` where a file is missing.
    package static func load(
        _ artifact: Artifact, as manifest: ArtifactManifest, isWideAllowed: Bool = true
    ) throws(SwerveError) -> Scorer {
        try loadWithScores(artifact, as: manifest, isWideAllowed: isWideAllowed).scorer
    }

    /// The same, with the scores of the artifact's golden inputs.
    package static func loadWithScores(
        _ artifact: Artifact, as manifest: ArtifactManifest, isWideAllowed: Bool = true
    ) throws(SwerveError) -> (scorer: Scorer, goldenScores: [Double]) {
        try loadWithScores(manifest, isWideAllowed: isWideAllowed, sha256: ContentHash.sha256) {
            file throws(SwerveError) in
            guard let bytes = artifact.files[file.name] else {
                throw SwerveError(
                    .invalid, act: "loading an artifact", reason: "no file \(file.name)")
            }
            return bytes
        }
    }
}
