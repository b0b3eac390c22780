package import Fleet
package import Lifecycle
package import Operations
package import Registry

/// What a model's page is written of.
package struct ModelView: Sendable {
    package var model: ModelName
    /// `Backend.model`; nil where no version was ever promoted.
    package var deployment: Deployment?
    /// Newest first, a page's worth: those of `Backend.model` below `PageAddress.model`'s
    /// `versionsBelow`, `ModelPage.versionsMax` at most.
    package var versions: [RegisteredVersion]
    /// How many there are in all, and which number the newest has.
    package var versionCount: Int
    package var newestVersion: Int
    /// Whether there are lower numbers than those in `versions`.
    package var hasOlderVersions: Bool
    /// Newest first, a page's worth: those of `Backend.history` below `changesBelow`,
    /// `ModelPage.changesMax` at most.
    package var changes: [HistoryEntry]
    package var hasOlderChanges: Bool
    /// `Backend.aliases`.
    package var aliases: [AliasEntry]
    /// As `ModelCard.fleet`.
    package var fleet: FleetReport?
    /// `Backend.rollout`: the newest, active or over; nil where there never was one.
    package var rollout: RolloutStanding?
    /// Of the comparison at hand, oldest first; see `AlertRatePoint`.
    package var rates: [AlertRatePoint]
    /// Requests on which the two disagree; nil without a candidate.
    package var flips: FlipLook?
    /// Whether who looks may change the deployment: else no act is offered.
    package var mayChange: Bool
    /// From the address: what the lists begin below.
    package var versionsBelow: Int?
    package var changesBelow: Int64?

    package init(
        model: ModelName, deployment: Deployment?, versions: [RegisteredVersion],
        versionCount: Int, newestVersion: Int, hasOlderVersions: Bool = false,
        changes: [HistoryEntry] = [], hasOlderChanges: Bool = false, aliases: [AliasEntry] = [],
        fleet: FleetReport? = nil, rollout: RolloutStanding? = nil, rates: [AlertRatePoint] = [],
        flips: FlipLook? = nil, mayChange: Bool = false, versionsBelow: Int? = nil,
        changesBelow: Int64? = nil
    ) {
        self.model = model
        self.deployment = deployment
        self.versions = versions
        self.versionCount = versionCount
        self.newestVersion = newestVersion
        self.hasOlderVersions = hasOlderVersions
        self.changes = changes
        self.hasOlderChanges = hasOlderChanges
        self.aliases = aliases
        self.fleet = fleet
        self.rollout = rollout
        self.rates = rates
        self.flips = flips
        self.mayChange = mayChange
        self.versionsBelow = versionsBelow
        self.changesBelow = changesBelow
    }
}

/// How many of the records that each version scored in a span of time were alerts.
///
/// Once every some seconds the hub's follower of the status topic takes
/// `FleetReport.totals.versions` of the stable version and of the candidate, and the difference of
/// `scored` and of `labels`, summed over `deployment.settings.alerts`, to the time before is a
/// point; a difference below 0 (a worker began anew) is none. It keeps `AlertRatePoint.kept` of a
/// comparison, and joins two points to one where there are more.
package struct AlertRatePoint: Sendable, Equatable {
    /// The end of the span, wall clock.
    package var atMs: Int64
    package var stableRecords: Int64
    package var stableAlerts: Int64
    package var candidateRecords: Int64
    package var candidateAlerts: Int64

    package static let kept = 240

    package init(
        atMs: Int64, stableRecords: Int64, stableAlerts: Int64, candidateRecords: Int64,
        candidateAlerts: Int64
    ) {
        self.atMs = atMs
        self.stableRecords = stableRecords
        self.stableAlerts = stableAlerts
        self.candidateRecords = candidateRecords
        self.candidateAlerts = candidateAlerts
    }
}
