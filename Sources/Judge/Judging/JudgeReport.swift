package import Lifecycle

/// What the judge found at the end of a block.
package struct JudgeReport: Sendable, Equatable {
    /// Which block ended: ten seconds of the judge's clock since 1970.
    package let block: Int64
    /// Ended blocks with pairs, of this comparison, as are all counts here.
    package let blocks: Int64
    package let pairs: Int64
    package let shed: Int64
    package let rebased: Int64
    /// Whether enough of the share's records were pairs for anything to pass.
    package let isCovered: Bool
    package let verdict: CanaryJudge.Verdict
    /// The enforced guard that failed first.
    package let reason: String?
    package let guards: [GuardReport]
    let failBlocks: Int
    let passBlocks: Int
    let coverage: Double
    /// Slots whose workers are too old to be judged, and slots whose counts cannot be.
    package let oldSlots: Int
    package let refusedSlots: Int

    package struct GuardReport: Sendable, Equatable {
        package let rule: Guard
        package let counts: Outcomes
        /// Blocks in which the guard's table was not empty.
        package let blocks: Int
        /// Natural logarithms of the evidence that harm is above, and below, what is allowed; and
        /// from where on it is proof.
        package let logFail: Double
        package let logPass: Double
        package let failNeeds: Double
        package let passNeeds: Double
        /// Records that say as much as one independent one; nil is infinite: too few blocks.
        package let failEffect: Double?
        package let passEffect: Double?
        /// Of which the interval is found, where somebody looks at it: it takes far longer than all
        /// that the verdict needs.
        let evidence: Evidence
        /// Which part of all flips lies in the fullest cell, 0 … 1.
        package let fullestCellShare: Double?
        package let hasFailed: Bool
        package let hasPassed: Bool
    }
}

extension JudgeReport.GuardReport {
    /// The interval of the net change a record; -1 … 1 where nothing is known.
    package var bounds: (low: Double, high: Double) { evidence.bounds() }

    /// Records, units or votes.
    package var records: Double { counts.total }

    /// The net harm a record so far; nil without any.
    package var change: Double? {
        records > 0 ? counts.sum(of: Guard.harm(rule.kind)) / records : nil
    }

    /// The harm a record that is allowed, by what the stable version has called bad so far; nil
    /// for votes, whose limit is of another kind, and without records.
    package var allowance: Double? {
        guard rule.kind != .votes, records > 0 else { return nil }
        return rule.rel * (counts.n10 + counts.n11) / records + rule.abs
    }

    /// Records that are still needed for a pass, should they come as those so far; nil where
    /// nothing speaks for a pass yet, 0 where the evidence is there.
    package var forecast: Double? {
        guard logPass > 0 else { return nil }
        return max(0, records * (passNeeds / logPass - 1))
    }
}

extension JudgeReport {
    /// Pairs still needed until all required guards have the evidence for a pass, by the slowest
    /// of those on records; nil where one has nothing for it yet.
    package var forecast: Double? {
        var most = 0.0
        for report in guards where report.rule.isNeeded {
            guard let missing = report.forecast, report.records > 0 else { return nil }
            // In pairs, whatever the guard's own unit is.
            most = max(most, missing / report.records * Double(pairs))
        }
        return most
    }

    /// The report as cases of acceptance compare it: `{"block", "blocks", "pairs", …}`.
    package var outcome: JSONValue {
        var told: [String: JSONValue] = [:]
        for report in guards { told[report.rule.name] = report.outcome }
        return [
            "block": .int(block), "blocks": .int(blocks), "pairs": .int(pairs),
            "shed": .int(shed), "rebased": .int(rebased), "covered": .bool(isCovered),
            "verdict": .string(verdict.rawValue), "reason": reason.map { .string($0) } ?? .null,
            "guards": .object(told),
        ]
    }
}

extension JudgeReport.GuardReport {
    package var outcome: JSONValue {
        let bounds = bounds
        return [
            "n": .array(counts.list.map { .int(Int64(exactly: $0.rounded()) ?? .max) }),
            "blocks": .int(Int64(blocks)), "log_e_fail": .double(logFail),
            "log_e_pass": .double(logPass),
            "phi_fail": failEffect.map { .double($0) } ?? .null, "low": .double(bounds.low),
            "high": .double(bounds.high), "failed": .bool(hasFailed), "passed": .bool(hasPassed),
        ]
    }
}
