package import Lifecycle

/// A name for a version, and who gave it.
package struct AliasEntry: Sendable, Equatable {
    package let model: ModelName
    package let alias: AliasName
    package let version: Int
    /// Wall clock, ISO 8601 UTC.
    package let at: String
    package let by: String
}
