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
            let meaning = ScoreMeaning(scorer)
            return Effective(
                threshold: scorer.threshold, labels: scorer.labels, positive: meaning.positive,
                labelRule: meaning.labelRule)
        } catch {
            throw error.during("changing the settings of \(version.reference)")
        }
    }

    /// The names of a version's classes that stay when some are taken away.
    ///
    /// - Parameter present: as the deployment has them for the version.
    /// - Throws: `.notFound` for a name that no class has.
    package static func labels(
        without names: [String], under present: VersionSettings, of version: RegisteredVersion,
        in registry: Registry
    ) throws(SwerveError) -> [String: String] {
        // Without `??`, which forgets what the other side throws.
        let before =
            if let labels = present.labels {
                labels
            } else {
                try registry.manifest(version.digest).labels
            }
        var labels = before
        for name in names where labels.removeValue(forKey: name) == nil {
            let known = before.keys.sorted().joined(separator: ", ")
            throw SwerveError(
                .notFound, act: "changing the settings of \(version.reference)",
                reason: "no class is called '\(name.shortened(to: 80))'",
                remedy: before.isEmpty
                    ? "no class has a name of its own" : "the names are \(known.shortened(to: 400))"
            )
        }
        return labels
    }

    /// What a version decides by: its artifact's words with the settings on top.
    package struct Effective: Sendable, Equatable {
        package let threshold: Double
        /// As predictions print them, in the model's class order.
        package let labels: [String]
        /// As `ScoreMeaning` has them.
        package let positive: String?
        package let labelRule: LabelRule?
    }
}
