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

    package init(version: RegisteredVersion, artifact: Artifact) {
        self.version = version
        self.artifact = artifact
    }
}

/// An artifact by its digest alone, as workers know it.
package struct BundleRequest: Codable, Sendable, Equatable {
    package let digest: Digest

    package init(digest: Digest) { self.digest = digest }
}

package struct BundleResult: Codable, Sendable, Equatable {
    /// Those that have it as a version, by name; none where that is not known.
    package let models: [ModelName]
    /// Not held against its digest.
    package let artifact: Artifact

    package init(models: [ModelName], artifact: Artifact) {
        self.models = models
        self.artifact = artifact
    }
}

/// Two versions side by side, of one model or of two.
package struct DiffRequest: Codable, Sendable, Equatable {
    /// What `top` may be at most.
    package static let topMax = 1_000

    package let before: VersionSelector
    package let after: VersionSelector
    /// How many of the weights that changed most are told, from 0 on.
    package let top: Int

    package init(before: VersionSelector, after: VersionSelector, top: Int) {
        self.before = before
        self.after = after
        self.top = top
    }
}

package struct DiffResult: Codable, Sendable, Equatable {
    package let diff: ArtifactDiff
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
    /// What an answer before had reached, NAME@V; nil begins.
    package let after: VersionReference?
    /// How many versions are checked at most; nil for all of the scope.
    package let limit: Int?

    package init(scope: Scope, after: VersionReference? = nil, limit: Int? = nil) {
        self.scope = scope
        self.after = after
        self.limit = limit
    }
}

package struct VerifyResult: Codable, Sendable, Equatable {
    /// In the order in which they were made.
    package let checks: [RegistryVerifier.Check]
    package let counts: RegistryVerifier.Counts
    /// Where more is to be checked: the next request's `after`.
    package let next: VersionReference?

    package init(
        checks: [RegistryVerifier.Check], counts: RegistryVerifier.Counts,
        next: VersionReference? = nil
    ) {
        self.checks = checks
        self.counts = counts
        self.next = next
    }
}
