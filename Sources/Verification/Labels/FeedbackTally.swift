package import Judge

/// What labels that were drawn at random say of a pair of versions, as the judge takes it: a value.
///
/// Cumulative: each tally is made of all labels so far.
package struct FeedbackTally: Sendable, Equatable {
    /// Whether each version alerts on a record; nil where it has no score.
    package struct Verdicts: Sendable, Equatable {
        package let stable: Bool?
        package let candidate: Bool?

        package init(stable: Bool?, candidate: Bool?) {
            self.stable = stable
            self.candidate = candidate
        }
    }

    /// By whether the stable version is wrong and whether the candidate is: 00, 01, 10, 11.
    package private(set) var normal: [Int64] = [0, 0, 0, 0]
    package private(set) var attack: [Int64] = [0, 0, 0, 0]
    /// Records of which one of the two says nothing: they are left out.
    package private(set) var unscored = 0

    package init() {}

    /// - Parameter isAttack: whether the label is one of an alert.
    package mutating func add(isAttack: Bool, _ verdicts: Verdicts) {
        guard let stable = verdicts.stable, let candidate = verdicts.candidate else {
            unscored += 1
            return
        }
        let outcome = LabelledRecord(isAttack: isAttack, stable, candidate).outcome
        if isAttack { attack[outcome] += 1 } else { normal[outcome] += 1 }
    }

    /// What the judge's guards of labels take.
    package var feedback: LabelFeedback? {
        guard let normal = LabelCounts(normal), let attack = LabelCounts(attack) else { return nil }
        return LabelFeedback(normal: normal, attack: attack)
    }
}

extension LabelledRecord {
    /// - Parameters: whether the label is one of an alert, and whether each version alerts.
    init(isAttack: Bool, _ stable: Bool, _ candidate: Bool) {
        self.init(
            isAttack: isAttack, isStableWrong: stable != isAttack,
            isCandidateWrong: candidate != isAttack)
    }
}
