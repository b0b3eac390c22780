package import Lifecycle

/// A model as the registry lists it.
package struct ModelSummary: Sendable, Equatable {
    package let name: ModelName
    /// Archived ones among them.
    package let versions: Int
    package let archived: Int
    /// The highest version number; 0 where there is none yet.
    package let newest: Int
    /// When that one was registered, ISO 8601 UTC.
    package let newestAt: String?
    /// Nil where no version was ever promoted.
    package let deployment: Deployment?
    /// By name.
    package let aliases: [AliasEntry]
}
