package import Lifecycle

/// A rollout as the registry keeps it: what is in the documents is the judge's room to say.
package struct StoredRollout: Sendable, Equatable {
    package let id: Int64
    package let model: ModelName
    package let candidate: Int
    /// Whether it judges and tells, and never acts.
    package let isObserved: Bool
    package let plan: JSONValue
    package let state: JSONValue
    /// Of the comparison at hand; nil where there is none.
    package let salt: UInt32?
    /// Nil before the first block's end.
    package let judged: RolloutJudgement?
    /// The plan as somebody signed it last; nil where nobody did.
    package let mandate: SignedMandate?
    /// One more with each change.
    package let revision: Int64
    /// Who started it, when and why.
    package let note: ChangeNote
    /// Nil while it is active.
    package let endedAt: String?

    package var mark: RolloutMark { RolloutMark(id: id, model: model, revision: revision) }
}

/// What the judge knows, and what it said at the end of a block.
package struct RolloutJudgement: Sendable, Equatable {
    package let judge: JSONValue
    package let report: JSONValue

    package init(judge: JSONValue, report: JSONValue) {
        self.judge = judge
        self.report = report
    }
}

/// Which rollout, and how often it was changed.
package struct RolloutMark: Sendable, Hashable {
    package let id: Int64
    package let model: ModelName
    package let revision: Int64
}

/// Something that a rollout told the world.
package struct RolloutEntry: Sendable, Equatable, Codable {
    package let number: Int64
    /// Wall clock, ISO 8601 UTC.
    package let at: String
    package let by: String
    package let event: String
    package let detail: String
    /// Of the deployment that came with it; nil where none did.
    package let epoch: Int64?
}

/// The same before it is written.
package struct RolloutTelling: Sendable, Equatable {
    package let event: String
    package let detail: String

    package init(_ event: String, _ detail: String) {
        self.event = event
        self.detail = detail
    }
}

/// A rollout that begins.
package struct RolloutStart: Sendable {
    package let model: ModelName
    package let candidate: Int
    package let isObserved: Bool
    package let plan: JSONValue
    package let state: JSONValue
    /// Of the comparison at hand, where no order comes with it.
    package let salt: UInt32?
    package let note: ChangeNote
    package let tellings: [RolloutTelling]
    /// How its plan is signed; nil leaves it unsigned.
    package let mandate: MandateSigning?

    package init(
        of model: ModelName, candidate: Int, isObserved: Bool, plan: JSONValue, state: JSONValue,
        salt: UInt32?, note: ChangeNote, tellings: [RolloutTelling], mandate: MandateSigning? = nil
    ) {
        self.model = model
        self.candidate = candidate
        self.isObserved = isObserved
        self.plan = plan
        self.state = state
        self.salt = salt
        self.note = note
        self.tellings = tellings
        self.mandate = mandate
    }
}

/// What becomes of a rollout that somebody has read.
package struct RolloutChange: Sendable {
    /// As it was read.
    package let mark: RolloutMark
    package let state: JSONValue
    /// Of the comparison at hand, where no order comes with it.
    package let salt: UInt32?
    /// Nil leaves what is there.
    package let judged: RolloutJudgement?
    /// Whether what was judged is of another comparison, and goes where nothing new comes.
    package let forgetsJudged: Bool
    package let isOver: Bool
    package let note: ChangeNote
    package let tellings: [RolloutTelling]
    /// How its plan is signed anew; nil leaves it as it is.
    package let mandate: MandateSigning?

    package init(
        of mark: RolloutMark, state: JSONValue, salt: UInt32?, judged: RolloutJudgement? = nil,
        forgetsJudged: Bool = false, isOver: Bool, note: ChangeNote,
        tellings: [RolloutTelling] = [], mandate: MandateSigning? = nil
    ) {
        self.mark = mark
        self.state = state
        self.salt = salt
        self.judged = judged
        self.forgetsJudged = forgetsJudged
        self.isOver = isOver
        self.note = note
        self.tellings = tellings
        self.mandate = mandate
    }
}
