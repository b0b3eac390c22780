package import Lifecycle
import Platform

/// Who scores under one epoch, as far as counting goes.
package struct Lineup: Sendable, Equatable {
    package struct Entry: Sendable, Equatable {
        package let deployed: DeployedVersion
        package let settings: VersionSettings
        /// In the order of the model's classes.
        package let labels: [String]
        /// Of the distribution of its scores; empty where none is kept.
        package let scoreBounds: [Double]

        package init(
            deployed: DeployedVersion, settings: VersionSettings, labels: [String],
            scoreBounds: [Double] = []
        ) {
            self.scoreBounds = scoreBounds
            self.deployed = deployed
            self.settings = settings
            self.labels = labels
        }
    }

    package let stable: Entry
    package let candidate: Entry?
    /// The candidate's; nil without one.
    package let mode: Candidate.Mode?
    package let share: Share?
    package let salt: UInt32
    /// The labels that count as alerts.
    package let alerts: [String]

    package init(
        stable: Entry, candidate: Entry? = nil, mode: Candidate.Mode? = nil, share: Share? = nil,
        salt: UInt32, alerts: [String] = DeploymentSettings.alertsDefault
    ) {
        self.stable = stable
        self.candidate = candidate
        self.mode = mode
        self.share = share
        self.salt = salt
        self.alerts = alerts
    }

    /// Which comparison the candidate is in; nil without one.
    package var comparisonID: String? {
        guard let candidate else { return nil }
        let text = VersionComparison.identity(
            candidate: candidate.deployed.digest, stable: stable.deployed.digest, salt: salt,
            alerts: alerts, candidateSettings: candidate.settings,
            stableSettings: stable.settings)
        return VersionComparison.id(ofIdentity: text)
    }

    /// Whether a comparison under `earlier` goes on under this one.
    ///
    /// It does over a widening, a narrowing, and between canary and shadow: the same two versions
    /// say the same of records drawn by the same salt. Other settings of either version begin it
    /// anew, since they change what the two would say.
    package func continues(_ earlier: Lineup) -> Bool {
        candidate != nil && candidate == earlier.candidate && stable == earlier.stable
            && salt == earlier.salt && alerts == earlier.alerts
    }
}
