package import Lifecycle
package import Registry

/// An artifact that was put together and proved to load, not yet in a registry.
package struct PreparedArtifact: Sendable {
    package let artifact: Artifact
    package let manifest: ArtifactManifest
    package let digest: Digest
    package let goldenInputs: Int
    package let facts: VersionFacts
}
