package import Lifecycle

/// A version as the registry lists it.
package struct RegisteredVersion: Sendable, Equatable, Codable {
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

/// What the registry keeps of a version's artifact beside it.
package struct CatalogueFacts: Sendable, Equatable, Codable {
    /// As the manifest says: `liblinear`.
    package let format: String
    package let threshold: Double
    /// Whose the golden scores are: `self` or `supplied`.
    package let golden: String
    /// What the scorer said of itself.
    package let scorer: VersionFacts
}

/// What a version's scorer says of itself, kept so that lists, searches and the compatibility gate
/// open no artifact; nil where it is not known.
package struct VersionFacts: Sendable, Equatable, Codable {
    /// As predictions print them, in the model's class order.
    package var labels: [String]?
    /// `classification`, `regression`, `one-class`.
    package var task: String?
    /// What it reads: `text`, `fields`, `dense`, `sparse`, or several joined by `+`.
    package var inputView: String?
    /// How many features its model has.
    package var features: Int?

    package init(
        labels: [String]? = nil, task: String? = nil, inputView: String? = nil,
        features: Int? = nil
    ) {
        self.labels = labels
        self.task = task
        self.inputView = inputView
        self.features = features
    }
}

/// What a version is in its model's deployment.
package enum DeploymentRole: String, Sendable, CaseIterable, Codable {
    case stable
    /// The candidate, by its mode.
    case canary, shadow
    case previous
}

/// That a version was put away: who, when, why, and whether its files are gone.
package struct Archival: Sendable, Equatable, Codable {
    /// Wall clock, ISO 8601 UTC.
    package let at: String
    package let by: String
    package let reason: String
    /// When gc removed its files; nil while they are there.
    package let collectedAt: String?
}

/// A key that stands for an artifact, and since when; listed here, verified elsewhere.
package struct ArtifactSigner: Sendable, Equatable, Codable {
    package let key: String
    /// Wall clock, ISO 8601 UTC.
    package let at: String
}
