package import Lifecycle

/// What a registration came to.
package struct Registration: Sendable, Equatable {
    /// What became of a version that was put away, when its artifact was registered again.
    package enum Revival: String, Sendable {
        /// It was archived, and no longer is.
        case unarchived
        /// Its files were gone, and are stored again; it is not archived either.
        case stored
    }

    package let version: VersionReference
    package let digest: Digest
    /// False where the model had this artifact already: then `version` is that one, and its note,
    /// metrics, tags and lineage stay as they were.
    package let isNew: Bool
    /// Nil for a new version and for one that was there whole.
    package let revival: Revival?
}
