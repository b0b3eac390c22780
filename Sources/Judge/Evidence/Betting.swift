import Glibc

/// The evidence itself: what a gambler would have won who bets on each record's excess.
extension Evidence {
    /// Of each side of the interval that is shown.
    static let boundLevel = 0.025
    /// Of the largest bet that cannot go bankrupt.
    private static let betShare = 0.95
    private static let bisections = 60

    /// Bets as parts of the largest, and the logarithms of their weights, which sum to 1.
    private static let bets: [(step: Double, logWeight: Double)] = {
        let weights = (0..<21).map { 1 / Double($0 + 1) }
        let sum = weights.reduce(0, +)
        return weights.enumerated().map { (exp2(-Double($0) / 2), log($1 / sum)) }
    }()

    /// The natural logarithm of the evidence that the harm is above the allowance.
    package func logFail(_ level: Double) -> Double { logFail(effect: designEffect(level)) }

    /// The natural logarithm of the evidence that the harm is below the allowance.
    package func logPass(_ level: Double) -> Double { logPass(effect: designEffect(level)) }

    func logFail(effect: Double) -> Double {
        logEvidence(excess, 1, Self.betShare / -excess.smallest, effect)
    }

    func logPass(effect: Double) -> Double {
        logEvidence(excess, -1, Self.betShare / excess.largest, effect)
    }

    /// ln Σ_j w_j · exp(Σ_i n_i · ln(1 ± λ_j z_i) / φ): over the bets λ_j with their weights, and
    /// over the outcomes i with their counts and excesses.
    ///
    /// With φ = 1 and a mean excess that is at most 0 (at least, for −), it comes to ln(1/ε) with a
    /// probability of ε at most, over all looks together.
    ///
    /// - Parameters:
    ///   - sign: 1 bets on an excess above 0, −1 below.
    ///   - effect: φ; where it is infinite, nothing is known.
    private func logEvidence(
        _ excess: Outcomes, _ sign: Double, _ largestBet: Double, _ effect: Double
    ) -> Double {
        guard effect.isFinite else { return 0 }
        var top = -Double.infinity
        var gains: [Double] = []
        gains.reserveCapacity(Self.bets.count)
        for bet in Self.bets {
            let stake = sign * largestBet * bet.step
            let gain =
                counts.sum(of: excess, as: { log1p(stake * $0) }) / effect + bet.logWeight
            gains.append(gain)
            top = max(top, gain)
        }
        var sum = 0.0
        for gain in gains { sum += exp(gain - top) }
        return top + log(sum)
    }

    /// The net change a record and the interval around it, `boundLevel` on each side, that holds
    /// at all looks together; -1 … 1 where nothing is known.
    package func bounds() -> (low: Double, high: Double) {
        let records = counts.total
        guard records > 0 else { return (-1, 1) }
        let harm = Guard.harm(kind)
        let mean = counts.sum(of: harm) / records
        let effect = designEffect(Self.boundLevel)
        return (
            bound(-1, 1, from: mean, harm, effect), bound(1, -1, from: mean, harm, effect)
        )
    }

    /// The outermost change that the evidence does not refute, between the mean and `end`.
    private func bound(
        _ end: Double, _ sign: Double, from mean: Double, _ harm: Outcomes, _ effect: Double
    ) -> Double {
        let bar = log(1 / Self.boundLevel)
        func refutes(_ change: Double) -> Bool {
            let largestBet = Self.betShare / (1 + Swift.abs(change))
            return logEvidence(harm.map { $0 - change }, sign, largestBet, effect) >= bar
        }
        guard refutes(end) else { return end }
        var outside = end
        var inside = mean
        for _ in 0..<Self.bisections {
            let middle = (outside + inside) / 2
            if refutes(middle) { outside = middle } else { inside = middle }
        }
        return outside
    }
}

extension Outcomes {
    /// The sum over the outcomes of count times what `transform` makes of `value`; outcomes that
    /// never came cost nothing.
    fileprivate func sum(of value: Outcomes, as transform: (Double) -> Double) -> Double {
        var sum = 0.0
        if n00 != 0 { sum += n00 * transform(value.n00) }
        if n01 != 0 { sum += n01 * transform(value.n01) }
        if n10 != 0 { sum += n10 * transform(value.n10) }
        if n11 != 0 { sum += n11 * transform(value.n11) }
        return sum
    }
}
