package import Lifecycle
package import Scoring

/// A loaded version under the settings of one deployment.
///
/// Immutable. A class, so that the hot path hands on one reference and not its parts.
package final class ServedVersion: Sendable {
    /// As the artifact has it; other deployments give it other settings.
    package let loaded: LoadedVersion
    package let settings: VersionSettings
    /// With the settings applied.
    package let scorer: Scorer

    /// - Throws: `.invalid` where the settings do not fit the model.
    package init(_ loaded: LoadedVersion, in deployment: Deployment) throws(SwerveError) {
        self.loaded = loaded
        settings = deployment.settings[loaded.deployed.version]
        guard settings.threshold != nil || settings.labels != nil else {
            scorer = loaded.scorer
            return
        }
        do throws(SwerveError) {
            scorer = try loaded.scorer.with(labels: settings.labels, threshold: settings.threshold)
        } catch {
            throw error.during(
                "applying the settings of \(deployment.model)@\(loaded.deployed.version)")
        }
    }

    package var deployed: DeployedVersion { loaded.deployed }

    package var lineupEntry: Lineup.Entry {
        Lineup.Entry(deployed: deployed, settings: settings, labels: scorer.labels)
    }
}
