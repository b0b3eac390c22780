package import Fleet
package import Lifecycle
import Registry

/// A change of a model's deployment, as whoever uses a `Backend` asks for it.
package struct ChangeRequest: Codable, Sendable, Equatable {
    package let model: ModelName
    package let change: DeploymentChange<VersionSelector.Choice>
    package var terms: ChangeTerms

    package init(
        model: ModelName, change: DeploymentChange<VersionSelector.Choice>, terms: ChangeTerms
    ) {
        self.model = model
        self.change = change
        self.terms = terms
    }
}

/// A change of what a deployed version decides by.
package struct SettingsChangeRequest: Codable, Sendable, Equatable {
    package let model: ModelName
    /// Nil for the stable one.
    package let version: VersionSelector.Choice?
    /// What is named goes on top of what was set or, with `isReset`, of what the artifact says.
    package let settings: VersionSettings
    package let isReset: Bool
    /// Names of classes to take away from those that there are, the others staying; not together
    /// with names in `settings`, which take the place of all.
    package let removedLabels: [String]
    package let terms: ChangeTerms

    package init(
        model: ModelName, version: VersionSelector.Choice?, settings: VersionSettings,
        isReset: Bool, removedLabels: [String] = [], terms: ChangeTerms
    ) {
        self.model = model
        self.version = version
        self.settings = settings
        self.isReset = isReset
        self.removedLabels = removedLabels
        self.terms = terms
    }
}

/// On what condition a change is made, and how far it is followed.
package struct ChangeTerms: Codable, Sendable, Equatable {
    /// When the change is announced.
    package enum Announcing: String, CaseIterable, Codable, Sendable {
        /// At once; nothing is changed where no broker answers.
        case now
        /// By a later command: brokers are not looked for.
        case later
    }

    /// For the fleet to serve the change.
    package struct Waiting: Codable, Sendable, Equatable {
        package let timeoutMs: Int64
        /// Those that are waited for; none are those that the configuration expects, else all that
        /// were heard.
        package let groups: [String]

        package init(timeoutMs: Int64, groups: [String] = []) {
            self.timeoutMs = timeoutMs
            self.groups = groups
        }
    }

    /// The epoch that was decided upon, 0 for "never promoted"; nil takes any.
    package var expectedEpoch: Int64?
    /// Whether a version may begin that reads, does or says something else than the stable one.
    package var isForced = false
    /// For the history.
    package var reason = ""
    package var announcing = Announcing.now
    /// Nil does not wait.
    package var waiting: Waiting?
    /// Tells what the change would come to, and changes nothing; nil makes it.
    package var trial: ChangeTrial?

    package init() {}
}

/// A change that is only looked at.
package struct ChangeTrial: Codable, Sendable, Equatable {
    /// The name of the key that would sign it, which signs nothing; nil for none, and where the
    /// backend knows it.
    package var key: String?

    package init(key: String? = nil) { self.key = key }
}

/// What a change would come to.
package struct ChangeOutlook: Codable, Sendable, Equatable {
    /// As it is now; nil where no version was ever promoted.
    package let before: Deployment?
    /// Slots that are heard, which would take it up; nil where that is not known.
    package let liveSlots: Int?
}

/// What came of a change.
package struct ChangeResult: Codable, Sendable, Equatable {
    /// As it is now; of a trial as it would be.
    package let deployment: Deployment
    /// When the registry had the change, wall clock; nil where nothing was changed.
    package let committedAtMs: Int64?
    /// Why nothing had to be changed; nil where something was.
    package let already: String?
    /// Whether the control topic is known to have it.
    package let isAnnounced: Bool
    /// Why not; nil where it is, or was not to be.
    package let fault: SwerveError?
    /// What the one who asked should know.
    package internal(set) var warnings: [ChangeWarning]
    /// What became of other models' changes that were not announced yet.
    package internal(set) var others: PendingAnnouncements?
    /// How waiting ended; nil where nobody waited.
    package internal(set) var convergence: ConvergenceResult?
    /// What it would change; nil where it was made.
    package private(set) var trial: ChangeOutlook?

    init(_ outcome: Promoter.Outcome, of order: ChangeOrder, warnings: [ChangeWarning]) {
        deployment = outcome.deployment
        committedAtMs = outcome.committedAtMs
        already = outcome.already.map { words in
            let now = outcome.isNewlyAnnounced ? "; it was not announced yet, and is now" : ""
            return "\(order.act): \(words)\(now)"
        }
        isAnnounced = outcome.isAnnounced
        fault = outcome.fault
        self.warnings = outcome.committedAtMs == nil ? [] : warnings
        others = PendingAnnouncements(
            of: outcome.publications.filter { $0.model != outcome.deployment.model })
    }

    /// - Parameter already: why nothing would have to be changed.
    init(
        trying outlook: ChangeOutlook, to deployment: Deployment, already: String?,
        warnings: [ChangeWarning]
    ) {
        self.deployment = deployment
        self.already = already
        self.warnings = warnings
        committedAtMs = nil
        isAnnounced = false
        fault = nil
        trial = outlook
    }
}

/// A doubt about a change that was made.
package enum ChangeWarning: Codable, Sendable, Equatable {
    /// The candidate becomes stable, and no slot compared it with the stable version.
    case comparedNothing(candidate: Int, stable: Int)
    /// The candidate becomes stable, and what was compared is not known.
    case comparisonsUnknown(candidate: Int)
    /// A slot has seen an epoch for which it ignores what was announced.
    case slotAhead(slot: String, epoch: Int64)
    /// Which epochs the slots have seen is not known.
    case slotsUnheard
}

/// How waiting for the fleet ended.
package struct ConvergenceResult: Codable, Sendable, Equatable {
    package enum Verdict: Codable, Sendable, Equatable {
        case converged
        /// A slot cannot serve it.
        case rejected(slot: String, reason: String)
        /// A later epoch is served already.
        case overtaken(epoch: Int64)
        /// Not within the time.
        case waiting
    }

    package let verdict: Verdict
    /// Who does not serve it yet.
    package let stragglers: [String]
    /// Groups that are gone while another is there, a line each.
    package let unawaited: [String]
    /// The first poll under the epoch by the last slot, wall clock of that slot; nil where unknown.
    package let convergedAtMs: Int64?

    /// What the heartbeats are worth that were counted, and which were not.
    package let heartbeats: HeartbeatStanding

    init(_ outcome: ConvergenceWait.Outcome, _ heartbeats: HeartbeatStanding) {
        self.heartbeats = heartbeats
        verdict =
            switch outcome.verdict {
            case .converged: .converged
            case .rejected(let slot, let reason): .rejected(slot: "\(slot)", reason: reason)
            case .overtaken(let epoch): .overtaken(epoch: epoch)
            case .waiting: .waiting
            }
        stragglers = outcome.stragglers
        unawaited = outcome.unawaited
        convergedAtMs = outcome.convergedAtMs
    }
}
