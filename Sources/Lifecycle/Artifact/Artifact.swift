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
