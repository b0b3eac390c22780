package import Lifecycle

/// What a registration came to.
package struct Registration: Sendable, Equatable {
    package let version: VersionReference
    package let digest: Digest
    /// False where the model had this artifact already: then `version` is that one, and its note,
    /// metrics and tags stay as they were.
    package let isNew: Bool
}
