package import Lifecycle

/// A version as the registry lists it.
package struct RegisteredVersion: Sendable, Equatable {
    package let reference: VersionReference
    package let digest: Digest
    /// All files of the artifact together.
    package let bytes: Int
    package let metadata: VersionMetadata

    /// As deployments name it.
    package var deployed: DeployedVersion {
        DeployedVersion(version: reference.version, digest: digest)
    }
}
