/// Where a worker gets artifacts from; called on its loader thread, may block.
package protocol ArtifactSource: Sendable {
    /// The artifact with `digest`, as stored; the caller verifies it.
    ///
    /// - Throws: `.unavailable` for a passing fault (worth a retry with backoff); anything else is
    ///   final for this digest.
    func artifact(_ digest: Digest) throws(SwerveError) -> Artifact
}
