package import Lifecycle

/// A version as a check of the whole registry meets it; a bad row hides no other.
package struct VersionToCheck: Sendable, Equatable {
    /// What its row says, where the row is sound.
    package struct Content: Sendable, Equatable {
        package let digest: Digest
        /// Whether other versions have the same artifact.
        package let isShared: Bool
        /// Whether its files were removed by gc.
        package let isCollected: Bool
        /// What lists and searches go by; nil where there is no row.
        package let facts: StoredFacts?
    }

    /// The table `version_facts`; what a text should be and is not is nil.
    package struct StoredFacts: Sendable, Equatable {
        package let format: String?
        package let bytes: Int64?
        package let threshold: Double?
        package let golden: String?
        /// The scorer's, nil where the swerve that registered it did not tell.
        package let told: VersionFacts
    }

    package let reference: VersionReference
    package let content: Result<Content, SwerveError>
}
