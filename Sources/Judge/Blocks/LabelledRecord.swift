/// A record whose label is known, as the guards of labels count it: a value of a few bytes.
package struct LabelledRecord: Sendable, Equatable {
    package let isAttack: Bool
    /// Whether each version calls it something else.
    package let isStableWrong: Bool
    package let isCandidateWrong: Bool

    package init(isAttack: Bool, isStableWrong: Bool, isCandidateWrong: Bool) {
        self.isAttack = isAttack
        self.isStableWrong = isStableWrong
        self.isCandidateWrong = isCandidateWrong
    }

    /// In the order 00, 01, 10, 11 of its table.
    package var outcome: Int { (isStableWrong ? 2 : 0) + (isCandidateWrong ? 1 : 0) }
}

extension LabelFeedback {
    /// All of them together.
    package init(_ records: some Sequence<LabelledRecord>) {
        self.init()
        for record in records {
            if record.isAttack { attack.count(record) } else { normal.count(record) }
        }
    }
}
