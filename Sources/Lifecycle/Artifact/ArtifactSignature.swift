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
