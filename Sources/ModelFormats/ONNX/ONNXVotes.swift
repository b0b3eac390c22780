/// scikit-learn's decisions of one class against the rest, made of the pairs' decisions.
enum ONNXVotes {
    /// Votes, and a third of a vote by the sum of the decisions: v + s / (3 (|s| + 1)).
    static func shares(classes: Int) -> [ONNXFormula] {
        var votes = [ONNXFormula](repeating: ONNXFormula(0), count: classes)
        var sums = votes
        var pair = 0
        for one in 0..<classes {
            for other in (one + 1)..<max(classes, one + 1) {
                let isNegative = ONNXFormula(.isNegative(pair))
                votes[one].add(ONNXFormula(1))
                votes[one].add(isNegative, times: -1)
                votes[other].add(isNegative)
                sums[one].add(.decision(pair))
                sums[other].add(.decision(pair), times: -1)
                pair += 1
            }
        }
        return zip(votes, sums).map { vote, sum in
            let below = ONNXFormula(1).plus(ONNXFormula(.magnitude(sum))).times(3)
            return vote.plus(sum.divided(by: below))
        }
    }
}
