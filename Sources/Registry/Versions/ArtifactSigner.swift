/// A key that stands for an artifact, and since when; listed here, verified elsewhere.
package struct ArtifactSigner: Sendable, Equatable {
    package let key: String
    /// Wall clock, ISO 8601 UTC.
    package let at: String
}
