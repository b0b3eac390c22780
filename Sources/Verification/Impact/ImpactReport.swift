/// One decision of a version or under an epoch, with what another version says of it.
package struct ImpactedRecord: Sendable, Equatable {
    package enum Correction: String, Sendable, Equatable {
        /// None is needed, or none can be made.
        case none
        /// It has one already.
        case stands
        /// One would be written.
        case due
        /// One was written now.
        case written
    }

    package let answer: StandingAnswer
    /// Whether the record had a prediction before, by the same or under the same.
    package let isAgain: Bool
    /// Nil where no other version was asked.
    package let rescored: RescoredVerdict?
    package let correction: Correction
}

/// A record that was refused, with what another version says of it.
package struct ImpactedLetter: Sendable, Equatable {
    package let source: StreamPlace
    /// Where the dead letter stands.
    package let at: StreamPlace
    package let code: String
    package let epoch: Int64
    /// Nil where no other version was asked, or the letter does not have the record.
    package let rescored: ScoreOpinion?
}

/// What stands on the topic of corrections, and what was added or would be.
package struct CorrectionCounts: Sendable, Equatable {
    package let topic: String
    /// Whether they were written, and not only counted.
    package let isApplied: Bool
    /// Predictions that have the correction already.
    package internal(set) var standing: Int64 = 0
    /// Predictions that need one.
    package internal(set) var due: Int64 = 0
    /// Those among them that have another one, by another version or under other settings.
    package internal(set) var replacing: Int64 = 0
    /// Those among these whose prediction the version agrees with: what they do is to take the
    /// earlier correction back.
    package internal(set) var retracting: Int64 = 0
    /// Those that are due though one claims to be by this version under these settings: it does
    /// not say what that version says, so this command did not write it.
    package internal(set) var deviating: Int64 = 0
    /// Acknowledged by the brokers.
    package internal(set) var written: Int64 = 0
    /// Records on the topic that are no corrections of these predictions.
    package internal(set) var foreign: Int64 = 0
    /// Where the topic is still to be made: how many partitions it needs.
    package internal(set) var missingPartitions: Int?

    package init(topic: String, isApplied: Bool) {
        self.topic = topic
        self.isApplied = isApplied
    }
}

/// What a version or an epoch did: a value, to be told to people and programs.
package struct ImpactReport: Sendable, Equatable {
    package let selection: ImpactSelection
    package internal(set) var counts = ImpactCounts()
    package internal(set) var others = AnswerReader.Others()
    /// Nil where no other version was asked.
    package internal(set) var rescored: RescoreCounts?
    package internal(set) var corrections: CorrectionCounts?
    /// The first whose verdict would be another.
    package internal(set) var examples: [ImpactedRecord] = []
    /// What was not looked at, or is gone.
    package internal(set) var notes: [String] = []
    package internal(set) var durationS = 0.0

    package init(_ selection: ImpactSelection) { self.selection = selection }

    static let examplesMax = 20
    static let exampleBytesMax = 65_536
}
