package import Lifecycle
package import Scoring

/// A version that is ready to score: verified, warmed, and as its artifact has it or under the
/// settings of a deployment.
///
/// Immutable. A class, so that the hot path hands on one reference and not its parts.
package final class LoadedVersion: Sendable {
    package let deployed: DeployedVersion
    package let scorer: Scorer
    /// Of its artifact, as they were when it was loaded.
    package let signatures: [ArtifactSignature]
    /// Of the distribution of its scores (`ScoreBounds`); settings do not change them.
    package let scoreBounds: [Double]

    package init(
        deployed: DeployedVersion, scorer: Scorer, signatures: [ArtifactSignature] = [],
        scoreBounds: [Double] = []
    ) {
        self.scoreBounds = scoreBounds
        self.deployed = deployed
        self.scorer = scorer
        self.signatures = signatures
    }

    /// The same version with what the deployment's settings say of it; itself where they say
    /// nothing.
    ///
    /// - Throws: `.invalid` where the settings do not fit the model.
    package func applying(settingsOf deployment: Deployment) throws(SwerveError) -> LoadedVersion {
        let settings = deployment.settings[deployed.version]
        guard settings.changesScorer else { return self }
        do throws(SwerveError) {
            return LoadedVersion(
                deployed: deployed,
                scorer: try scorer.with(
                    labels: settings.labels, threshold: settings.threshold,
                    labelRule: settings.labelRule),
                scoreBounds: scoreBounds)
        } catch {
            throw error.during("applying the settings of \(deployment.model)@\(deployed.version)")
        }
    }
}
