package import Lifecycle
import Platform

/// Artifacts by digest on the worker's own disk, so that a restart needs no registry.
///
/// A damaged entry is fetched again, and so is one that the caller does not accept: its signatures,
/// which lie beside the files, may have become more at the source. Shared by the slots of a host:
/// files are written whole and never change. Loader thread only.
package struct ArtifactCache: Sendable {
    /// An artifact that came from the source, for `keep`.
    package struct Fetched: Sendable {
        package let artifact: Artifact
        /// Whether the cache had an entry of it that would not do.
        let isReplacing: Bool
        /// Which file of that entry is damaged, in words; nil for none.
        let damage: String?

        func isSame(as other: Fetched) -> Bool {
            artifact.manifestBytes == other.artifact.manifestBytes
        }
    }

    private let folder: ArtifactFolder
    private let source: any ArtifactSource

    package init(folder: String, source: any ArtifactSource) throws(SwerveError) {
        self.folder = try ArtifactFolder(state: folder)
        self.source = source
    }

    /// Hands the artifact to `load`, from the cache where it is whole and accepted, else from the
    /// source.
    ///
    /// `load` holds the files against the manifest; only where it fails is it asked whether the
    /// cache is to blame, so that nothing is hashed twice.
    /// - Parameters:
    ///   - isCancelled: whether nobody wants it any more.
    ///   - accept: throws where the artifact's signatures do not do; nothing of it is used then.
    /// - Returns: what `load` made, and the artifact where it came from the source: `keep` it when
    ///   nobody waits.
    /// - Throws: as the source, `accept` and `load` do; `.invalid` when the source gives other
    ///   bytes than the digest's.
    package func load<Loaded>(
        _ digest: Digest, isCancelled: @escaping @Sendable () -> Bool = { false },
        accept: (Artifact) throws(SwerveError) -> Void,
        load: (Artifact) throws(SwerveError) -> Loaded
    ) throws(SwerveError) -> (loaded: Loaded, fetched: Fetched?) {
        if let cached = folder.cached(digest), (try? accept(cached)) != nil {
            do throws(SwerveError) {
                return (try load(cached), nil)
            } catch {
                if folder.isWhole(cached) { throw error }
            }
        }
        let isReplacing = folder.hasEntry(digest)
        let damage = isReplacing ? folder.damage(digest) : nil
        let fetched: Artifact
        do throws(SwerveError) {
            fetched = try source.artifact(digest, isCancelled: isCancelled)
        } catch {
            guard let damage else { throw error }
            throw SwerveError(
                error.code, act: error.act, reason: "\(error.reason) (and \(damage))",
                remedy: error.remedy, problem: error.problem)
        }
        guard ContentHash.sha256(fetched.manifestBytes) == digest else {
            throw SwerveError(
                .invalid, act: "fetching artifact \(digest.short)",
                reason:
                    "its manifest has digest \(ContentHash.sha256(fetched.manifestBytes).short)",
                remedy: "check the registry: swerve verify")
        }
        try accept(fetched)
        return (
            try load(fetched),
            Fetched(artifact: fetched, isReplacing: isReplacing, damage: damage)
        )
    }

    /// Writes an artifact that came from the source, unless another slot of the host has or does.
    ///
    /// - Throws: `.system` for a full disk and the like.
    package func keep(_ fetched: Fetched) throws(SwerveError) {
        try folder.keep(fetched.artifact, isReplacing: fetched.isReplacing)
    }
}
