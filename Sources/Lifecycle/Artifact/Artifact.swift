/// An artifact in memory: the manifest's exact bytes and its files, unverified until loaded.
package struct Artifact: Sendable {
    package let manifestBytes: [UInt8]
    /// By name; the manifest says which belong.
    package let files: [String: [UInt8]]
    /// Who stands for it, for any model; no digest covers them.
    package let signatures: [ArtifactSignature]

    package init(
        manifestBytes: [UInt8], files: [String: [UInt8]], signatures: [ArtifactSignature] = []
    ) {
        self.manifestBytes = manifestBytes
        self.files = files
        self.signatures = signatures
    }
}

/// Somebody stands for an artifact as a version of a model; see `SignedMessage.artifact`.
///
/// Unchecked: whoever trusts a key holds the signature against it.
package struct ArtifactSignature: Sendable, Equatable {
    /// The model that the signer meant; the same files may serve another one unsigned.
    package let model: ModelName
    package let signature: RecordSignature

    package init(model: ModelName, signature: RecordSignature) {
        self.model = model
        self.signature = signature
    }
}

/// Where a worker gets artifacts from; called on its loader thread, may block.
package protocol ArtifactSource: Sendable {
    /// The artifact with `digest`, as stored; the caller verifies it.
    ///
    /// - Throws: `.unavailable` for a passing fault (worth a retry with backoff); anything else is
    ///   final for this digest.
    func artifact(_ digest: Digest) throws(SwerveError) -> Artifact
}
