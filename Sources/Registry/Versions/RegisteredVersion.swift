package import Lifecycle

/// A version as the registry lists it.
package struct RegisteredVersion: Sendable, Equatable {
    package let reference: VersionReference
    package let digest: Digest
    /// All files of the artifact together.
    package let bytes: Int
    package let facts: CatalogueFacts
    package let metadata: VersionMetadata
    /// By name.
    package let aliases: [AliasName]
    /// Nil where the deployment does not name it.
    package let role: DeploymentRole?
    /// Nil while it may be deployed.
    package let archival: Archival?
    package let signers: [ArtifactSigner]

    /// As deployments name it.
    package var deployed: DeployedVersion {
        DeployedVersion(version: reference.version, digest: digest)
    }
}
