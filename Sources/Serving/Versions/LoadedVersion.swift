package import Lifecycle
package import Scoring

/// A scorer: a version loaded, verified, warmed and ready.
///
/// Immutable.
package final class LoadedVersion: Sendable {
    package let deployed: DeployedVersion
    package let scorer: Scorer

    package init(deployed: DeployedVersion, scorer: Scorer) {
        self.deployed = deployed
        self.scorer = scorer
    }
}
