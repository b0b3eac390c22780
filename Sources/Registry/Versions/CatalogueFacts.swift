/// What the registry keeps of a version's artifact beside it.
package struct CatalogueFacts: Sendable, Equatable {
    /// As the manifest says: `liblinear`.
    package let format: String
    package let threshold: Double
    /// Whose the golden scores are: `self` or `supplied`.
    package let golden: String
    /// What the scorer said of itself.
    package let scorer: VersionFacts
}
