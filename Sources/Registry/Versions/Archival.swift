/// That a version was put away: who, when, why, and whether its files are gone.
package struct Archival: Sendable, Equatable {
    /// Wall clock, ISO 8601 UTC.
    package let at: String
    package let by: String
    package let reason: String
    /// When gc removed its files; nil while they are there.
    package let collectedAt: String?
}
