package import Judge
package import Lifecycle
package import Registry

/// A rollout that is to begin.
package struct RolloutStartRequest: Codable, Sendable, Equatable {
    package let model: ModelName
    package let version: VersionSelector.Choice
    /// As people wrote it, decoded; nil for the standard plan.
    package let plan: JSONValue?
    /// Of the plan's file, for errors.
    package let planName: String
    /// Whether it judges and tells, and never acts.
    package let isObserved: Bool
    /// For the history.
    package let reason: String
    /// How long the plan holds where it is signed, in milliseconds; nil for what its steps may
    /// take.
    package let holdsMs: Int64?

    package init(
        model: ModelName, version: VersionSelector.Choice, plan: JSONValue? = nil,
        planName: String = "", isObserved: Bool = false, reason: String = "",
        holdsMs: Int64? = nil
    ) {
        self.model = model
        self.version = version
        self.plan = plan
        self.planName = planName
        self.isObserved = isObserved
        self.reason = reason
        self.holdsMs = holdsMs
    }
}

/// What people may ask for of a signed plan.
package enum RolloutTerms {
    /// How long it holds, in milliseconds: from a minute to 90 days.
    package static let holdsMs: ClosedRange<Int64> = 60_000...90 * 86_400_000
}

/// A plan of an active rollout that is to be signed anew.
package struct RolloutSignRequest: Codable, Sendable, Equatable {
    package let model: ModelName
    /// As of `RolloutStartRequest`.
    package let holdsMs: Int64?
    /// For the history.
    package let reason: String

    package init(model: ModelName, holdsMs: Int64? = nil, reason: String = "") {
        self.model = model
        self.holdsMs = holdsMs
        self.reason = reason
    }
}

/// What came of it.
package struct RolloutStartResult: Codable, Sendable, Equatable {
    package let standing: RolloutStanding
    /// False where the very same runs already.
    package let isNew: Bool
    /// What the plan's margins come to at the present rate, a line each.
    package let margins: [String]
    /// What whoever wrote the plan may not have meant, a line each; nil from an older hub.
    package let warnings: [String]?
    /// The rollout that ended with it; nil where none was active.
    package let superseded: SupersededRollout?
    /// Alerts a record of the stable version at present; nil where that is not known.
    package let alertRate: Double?
    /// Why the registry has its first step and the topic has not; nil where both have.
    package let fault: SwerveError?
}

/// A rollout that ended since another one began in its place.
package struct SupersededRollout: Codable, Sendable, Equatable {
    package let id: Int64
    package let isObserved: Bool
    /// Where it stood.
    package let phase: String

    init(_ active: RolloutRecord) {
        id = active.stored.id
        isObserved = active.stored.isObserved
        phase = active.state.phase.rawValue
    }

    /// As `rollout 1 (observes, running)`.
    package var words: String { "rollout \(id) (\(isObserved ? "observes" : "acts"), \(phase))" }
}

/// A word to a rollout: pause, resume, approve, skip, promote, abort.
package struct RolloutWordRequest: Codable, Sendable, Equatable {
    package let model: ModelName
    package let word: RolloutWord
    /// For the history.
    package let reason: String

    package init(model: ModelName, word: RolloutWord, reason: String = "") {
        self.model = model
        self.word = word
        self.reason = reason
    }
}

/// What came of it.
package struct RolloutWordResult: Codable, Sendable, Equatable {
    package let standing: RolloutStanding
    /// False where the rollout was so already, and nothing was changed.
    package let isNew: Bool
    /// Why the registry has what it asked for and the topic has not; nil where both have.
    package let fault: SwerveError?
}

/// How a model's newest rollout stands.
package struct RolloutRequest: Codable, Sendable, Equatable {
    package let model: ModelName

    package init(model: ModelName) { self.model = model }
}

/// A rollout as the registry has it, active or over.
///
/// Plan and state are the documents of the judge's room; the report is the judge's last: `verdict`,
/// `headline`, `lines`, `forecast_pairs`, `outcome`, `chart`.
package struct RolloutStanding: Codable, Sendable, Equatable {
    package let id: Int64
    package let model: ModelName
    package let candidate: Int
    package let isObserved: Bool
    package let plan: JSONValue
    package let state: JSONValue
    package let report: JSONValue?
    package let startedAt: String
    package let startedBy: String
    package let reason: String
    package let endedAt: String?
    /// Who signed its plan last, and how far that goes; nil where nobody did.
    package let signature: RolloutSignature?
    /// The newest of what it told, oldest of them first.
    package let entries: [RolloutEntry]

    init(_ stored: StoredRollout, _ entries: [RolloutEntry]) {
        id = stored.id
        model = stored.model
        candidate = stored.candidate
        isObserved = stored.isObserved
        plan = stored.plan
        state = stored.state
        report = stored.judged?.report
        startedAt = stored.note.at
        startedBy = stored.note.by
        reason = stored.note.reason
        endedAt = stored.endedAt
        signature = stored.mandate.flatMap(RolloutSignature.init)
        self.entries = entries
    }
}

/// A person's signature on a rollout's plan.
package struct RolloutSignature: Codable, Sendable, Equatable {
    /// The name of the key.
    package let by: String
    /// The deployment's epoch at that moment.
    package let fromEpoch: Int64
    /// Wall-clock milliseconds until which steps count, and retreats.
    package let expiresAtMs: Int64
    package let retreatUntilMs: Int64

    /// Nil where it cannot be read.
    init?(_ signed: SignedMandate) {
        guard let mandate = try? RolloutMandate(signed.text.utf8), let signer = signed.signer
        else { return nil }
        by = signer
        fromEpoch = mandate.fromEpoch
        expiresAtMs = mandate.expiresAtMs
        retreatUntilMs = mandate.retreatUntilMs
    }
}
