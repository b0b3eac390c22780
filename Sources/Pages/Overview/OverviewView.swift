package import Fleet
import Lifecycle
package import Operations
package import Registry

/// A model as the overview shows it.
package struct ModelCard: Sendable {
    /// `Backend.models`.
    package var summary: ModelSummary
    /// `Backend.status` of the model, or the hub's own follower of the status topic; nil where the
    /// status topic cannot be read.
    package var fleet: FleetReport?
    /// `Backend.rollout` where it is active; nil where there is none.
    package var rollout: RolloutStanding?
    /// The newest of `Backend.history`.
    package var lastChange: HistoryEntry?

    package init(
        summary: ModelSummary, fleet: FleetReport? = nil, rollout: RolloutStanding? = nil,
        lastChange: HistoryEntry? = nil
    ) {
        self.summary = summary
        self.fleet = fleet
        self.rollout = rollout
        self.lastChange = lastChange
    }
}

/// What the overview is written of.
package struct OverviewView: Sendable {
    /// All models, by name: the page shows a part of them, and tells of the others what needs
    /// attention.
    package var models: [ModelCard]
    /// A part of a name that somebody looks for; empty shows all.
    package var search: String
    /// From 1 on.
    package var page: Int
    /// Why the status topic cannot be read; nil where it can.
    package var fleetFault: String?
    /// When the audit chain was verified last, and how many findings there were; nil before that.
    package var audit: AuditGlance?

    package init(
        models: [ModelCard], search: String = "", page: Int = 1, fleetFault: String? = nil,
        audit: AuditGlance? = nil
    ) {
        self.models = models
        self.search = search
        self.page = page
        self.fleetFault = fleetFault
        self.audit = audit
    }
}

/// The last verification of the audit chain in one line.
package struct AuditGlance: Sendable, Equatable {
    package var atMs: Int64
    package var findings: Int

    package init(atMs: Int64, findings: Int) {
        self.atMs = atMs
        self.findings = findings
    }
}
