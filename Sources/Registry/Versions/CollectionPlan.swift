package import Lifecycle

/// What gc would remove: the files of archived versions that nothing else needs.
package struct CollectionPlan: Sendable, Equatable {
    /// A version whose files go.
    package struct Entry: Sendable, Equatable {
        package let reference: VersionReference
        package let digest: Digest
        /// All its files together, those shared among several counted for each.
        package let bytes: Int64
        package let archivedAt: String
    }

    /// An archived version whose files stay.
    package struct Kept: Sendable, Equatable {
        package let reference: VersionReference
        package let reason: String
    }

    package let entries: [Entry]
    package let kept: [Kept]
    /// Stored files that no artifact needs afterwards, and their bytes.
    package let files: Int
    package let bytes: Int64
}
