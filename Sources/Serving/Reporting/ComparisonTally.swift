package import Scoring

/// Candidate against stable on the records of the batch at hand that both scored.
///
/// Allocates nothing after its start.
package struct ComparisonTally: Sendable {
    package private(set) var records: Int64 = 0
    /// By the stable version's class, then the candidate's.
    package private(set) var pairs: [Int64]
    package private(set) var difference = MomentSums()
    package var shed: Int64 = 0
    private let candidateClasses: Int

    package init(stableClasses: Int, candidateClasses: Int) {
        self.candidateClasses = candidateClasses
        pairs = Array(repeating: 0, count: stableClasses * candidateClasses)
    }

    /// Both scored a record; where one's score is not finite there is nothing to compare.
    @inline(__always)
    package mutating func note(stable: Verdict, candidate: Verdict) {
        guard stable.isFinite, candidate.isFinite else { return }
        records += 1
        // Without classes on either side there is no pair.
        let pair = stable.classIndex * candidateClasses + candidate.classIndex
        if pair < pairs.count { pairs[pair] += 1 }
        difference.add(candidate.score - stable.score)
    }

    package mutating func reset() {
        records = 0
        shed = 0
        for index in pairs.indices { pairs[index] = 0 }
        difference.reset()
    }
}
