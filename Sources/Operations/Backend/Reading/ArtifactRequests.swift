package import Catalogue
package import Lifecycle
package import Registry

/// A version with its files.
package struct ArtifactRequest: Codable, Sendable, Equatable {
    package let version: VersionSelector

    package init(version: VersionSelector) { self.version = version }
}

package struct ArtifactResult: Codable, Sendable, Equatable {
    package let version: RegisteredVersion
    /// Not held against its digest: who loads or writes it does that.
    package let artifact: Artifact
}

/// Digests and self-tests, computed anew.
package struct VerifyRequest: Codable, Sendable, Equatable {
    package enum Scope: Codable, Sendable, Equatable {
        /// Everything, and the file itself.
        case all
        case model(ModelName)
        case version(VersionSelector)
    }

    package let scope: Scope

    package init(scope: Scope) { self.scope = scope }
}

package struct VerifyResult: Codable, Sendable, Equatable {
    /// In the order in which they were made.
    package let checks: [RegistryVerifier.Check]
    package let counts: RegistryVerifier.Counts
}
