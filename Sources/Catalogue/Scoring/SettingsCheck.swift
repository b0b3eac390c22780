package import Lifecycle
package import Registry
import Scoring

/// Settings of a version against the version itself, before a deployment gets them.
package enum SettingsCheck {
    /// Loads the version as a worker does, under `settings`.
    ///
    /// - Returns: what decides then.
    /// - Throws: where a label names a class that the model does not have, two would be called the
    ///   same, or the version does not load.
    package static func effective(
        _ settings: VersionSettings, of version: RegisteredVersion, in registry: Registry
    ) throws(SwerveError) -> Effective {
        let artifact = try registry.artifact(version.digest)
        do throws(SwerveError) {
            let scorer = try OfflineScorer.load(artifact, settings: settings)
            return Effective(threshold: scorer.threshold, labels: scorer.labels)
        } catch {
            throw error.during("changing the settings of \(version.reference)")
        }
    }

    /// What a version decides by: its artifact's words with the settings on top.
    package struct Effective: Sendable, Equatable {
        package let threshold: Double
        /// As predictions print them, in the model's class order.
        package let labels: [String]
    }
}
