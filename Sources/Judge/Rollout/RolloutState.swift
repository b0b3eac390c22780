package import Lifecycle

/// Where a rollout stands: with the plan, all that its controller knows.
package struct RolloutState: Sendable, Equatable {
    package enum Phase: String, Sendable, CaseIterable {
        case running, gate, paused, held
        /// For one tick: the candidate is stable, and the bake is asked for next.
        case promoted
        case baking, completed
        case rolledBack = "rolled-back"
        case aborted, superseded

        /// Whether nothing follows it.
        package var isFinal: Bool {
            switch self {
            case .completed, .rolledBack, .aborted, .superseded: true
            case .running, .gate, .paused, .held, .promoted, .baking: false
            }
        }
    }

    package var phase: Phase
    /// Which step of the plan, from 0.
    package var step: Int
    /// The version that was stable at the beginning, and the one on trial.
    package let stable: Int
    package let candidate: Int
    /// The deployment's epoch that is expected.
    package var epoch: Int64
    /// Both versions' settings and the alert labels, as one text.
    package var settings: String
    /// How many comparisons of this rollout have begun.
    package var comparisons: Int64
    /// Of the step, in milliseconds: exposure, and wall clock in which it ran.
    package var elapsedMs: Int64 = 0
    package var wallMs: Int64 = 0
    /// Of the present comparison; those before the step began.
    package var pairs: Int64 = 0
    package var pairsBefore: Int64 = 0
    package var lastMs: Int64?
    /// What the deployment has.
    package var mode: Candidate.Mode
    package var share: Share
    package var reason: String?
    /// Where a paused or held rollout goes on: `running` or `baking`.
    package var resumeTo: Phase?
    /// Whether somebody resumed although a guard of this comparison has failed.
    package var isAcknowledged = false

    /// Whether the candidate has been promoted: what is undone then is the promotion.
    package var isPromoted: Bool { phase == .promoted || phase == .baking || resumeTo == .baking }

    /// Whether only the clocks, and the pairs that the judge counts, are others than in `other`.
    package func isSameBesidesClocks(as other: RolloutState) -> Bool {
        var copy = self
        copy.elapsedMs = other.elapsedMs
        copy.wallMs = other.wallMs
        copy.lastMs = other.lastMs
        copy.pairs = other.pairs
        return copy == other
    }

    /// The same, waiting at its step for a plan to be signed; in the bake, as it is.
    package var waitingForSignature: RolloutState {
        guard phase == .running || phase == .gate else { return self }
        var next = self
        next.phase = .gate
        next.reason = Reason.signature
        return next
    }

    package var isWaitingForSignature: Bool { phase == .gate && reason == Reason.signature }

    package var isFrozen: Bool { phase == .held && reason == Reason.frozen }

    /// Reasons that decide what follows.
    package enum Reason {
        static let frozen = "frozen"
        static let approval = "approval"
        static let blackout = "blackout"
        static let signature = "signature"
        static let inconclusive = "inconclusive"
        static let noData = "no-data"
        static let guardFailed = "a guard failed"
        static let byHand = "by hand"
        package static let changedByHand = "changed by hand"
    }
}

/// The deployment as a rollout sees it.
package struct RolloutDeployment: Sendable, Equatable {
    package struct Trial: Sendable, Equatable {
        package var version: Int
        package var mode: Candidate.Mode
        package var share: Share

        package init(version: Int, mode: Candidate.Mode, share: Share) {
            self.version = version
            self.mode = mode
            self.share = share
        }
    }

    package var epoch: Int64
    package var stable: Int
    package var candidate: Trial?
    /// As `RolloutState.settings`.
    package var settings: String
    /// Whether the salt is another than that of the comparison at hand.
    package var isSaltChanged = false

    package init(epoch: Int64, stable: Int, candidate: Trial? = nil, settings: String) {
        self.epoch = epoch
        self.stable = stable
        self.candidate = candidate
        self.settings = settings
    }

    /// - Parameters:
    ///   - versions: those whose settings count: the rollout's stable version and candidate.
    ///   - salt: of the comparison at hand; nil before it began.
    package init(_ deployment: Deployment, versions: [Int], salt: UInt32?) {
        let candidate = deployment.candidate.map {
            Trial(version: $0.deployed.version, mode: $0.mode, share: $0.share)
        }
        let own: [JSONValue] = versions.sorted().map { deployment.settings[$0].json }
        let settings: JSONValue = [
            "alerts": .array(deployment.settings.alerts.map { .string($0) }),
            "versions": .array(own),
        ]
        self.init(
            epoch: deployment.epoch, stable: deployment.stable.version, candidate: candidate,
            settings: settings.text)
        isSaltChanged = salt.map { $0 != deployment.salt } ?? false
    }
}

/// What the judge and the fleet say at a tick.
package struct RolloutJudged: Sendable, Equatable {
    package var verdict: CanaryJudge.Verdict
    /// Of the present comparison.
    package var pairs: Int64
    /// Whether the fleet has converged on the epoch that is expected.
    package var isConverged: Bool
    /// Whether a block with pairs of the present comparison is over: before, nothing was judged.
    package var hasJudged: Bool
    /// The guard that failed, for the event.
    package var failedGuard: String?

    package init(
        verdict: CanaryJudge.Verdict, pairs: Int64, isConverged: Bool, hasJudged: Bool = true,
        failedGuard: String? = nil
    ) {
        self.verdict = verdict
        self.pairs = pairs
        self.isConverged = isConverged
        self.hasJudged = hasJudged
        self.failedGuard = failedGuard
    }
}
