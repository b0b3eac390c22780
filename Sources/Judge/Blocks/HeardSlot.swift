import Lifecycle

/// A slot as the judge knows it: what it said last, and what has come since its last votes.
struct HeardSlot: Sendable, Equatable {
    var last: SlotCounts
    var votes = Votes()

    /// Samples since the slot voted last.
    struct Votes: Sendable, Equatable {
        var stableTime = Sum()
        var candidateTime = Sum()
        var scoreDifference = Sum()

        /// What came between two records of one incarnation.
        mutating func add(_ newer: SlotCounts, since older: SlotCounts) {
            stableTime.add(newer.stableLogMicros, since: older.stableLogMicros)
            candidateTime.add(newer.candidateLogMicros, since: older.candidateLogMicros)
            scoreDifference.add(newer.scoreDifference, since: older.scoreDifference)
        }
    }

    /// Of numbers: how many, and what they come to.
    struct Sum: Sendable, Equatable {
        var count = 0.0
        var total = 0.0

        var mean: Double { total / count }

        mutating func add(_ newer: Moments, since older: Moments) {
            count += Double(newer.count - older.count)
            total += Double(newer.count) * newer.mean - Double(older.count) * older.mean
        }
    }
}

extension HeardSlot {
    /// Of each version, for one vote.
    private static let latencySamples = 16.0
    private static let scorePairs = 30.0

    /// Whether the candidate is too slow here; nil before there are enough new samples of each
    /// version, which are used up by the vote.
    mutating func voteOnTime(ratioLog: Double, isReversed: Bool) -> Bool? {
        let stable = votes.stableTime
        let candidate = votes.candidateTime
        guard stable.count >= Self.latencySamples, candidate.count >= Self.latencySamples else {
            return nil
        }
        votes.stableTime = Sum()
        votes.candidateTime = Sum()
        let difference = candidate.mean - stable.mean
        return (isReversed ? -difference : difference) > ratioLog
    }

    /// Whether the candidate's scores lie too far from the stable version's here.
    mutating func voteOnScore(limit: Double) -> Bool? {
        let difference = votes.scoreDifference
        guard difference.count >= Self.scorePairs else { return nil }
        votes.scoreDifference = Sum()
        return difference.mean.magnitude > limit
    }
}
