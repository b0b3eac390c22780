package import Lifecycle

/// What a plan is held against where a rollout starts: what cannot be seen in the plan alone.
package struct PlanFacts: Sendable {
    /// Labels that count as alerts.
    package var alertLabels: [String]
    package var stableLabels: [String]
    package var candidateLabels: [String]
    /// Alerts a record of the stable version at present, 0 … 1; nil where it has scored nothing
    /// that anybody knows of.
    package var alertRate: Double?

    package init(
        alertLabels: [String], stableLabels: [String], candidateLabels: [String],
        alertRate: Double? = nil
    ) {
        self.alertLabels = alertLabels
        self.stableLabels = stableLabels
        self.candidateLabels = candidateLabels
        self.alertRate = alertRate
    }
}

extension RolloutPlan {
    /// Refuses what could judge nothing on these versions and this traffic.
    ///
    /// - Throws: `SwerveError.refused`.
    package func check(_ facts: PlanFacts, act: String) throws(SwerveError) {
        let ofAlerts = judge.guards.filter {
            $0.isEnforced && ($0.source == .alerts || $0.source == .incidents)
        }
        guard let first = ofAlerts.first else { return }
        for (version, labels) in [
            ("stable version", facts.stableLabels), ("candidate", facts.candidateLabels),
        ] where !facts.alertLabels.contains(where: labels.contains) {
            let alerts = facts.alertLabels.map { "'\($0.shortened(to: 40))'" }
            throw SwerveError(
                .refused, act: act,
                reason: "the \(version) has no label that is an alert "
                    + "(\(alerts.joined(separator: ", "))), and \(first.name) counts alerts",
                remedy: "name the labels that are alerts in the settings, or do not enforce "
                    + TreeReader.choice(ofAlerts.map(\.name)))
        }
        guard let rate = facts.alertRate else { return }
        for rule in ofAlerts where rule.source == .alerts && !namedAbs.contains(rule.name) {
            guard rule.abs > rate / Self.absPart else { continue }
            throw SwerveError(
                .refused, act: act,
                reason: "\(rule.name) allows \(Rate.text(rule.abs)) in 10,000 records on top, more "
                    + "than a fifth of the stable version's present alerts, \(Rate.text(rate)) in "
                    + "10,000",
                remedy: "name abs for it in the plan: at most \(Rate.exact(rate / Self.absPart)) "
                    + "for a fifth, or a larger one that is meant")
        }
    }

    /// Above one of so many parts of the alert rate, `abs` would hide what `rel` is to find.
    private static let absPart = 5.0

    /// What the margins come to at the present rate, one line each, and which steps may end without
    /// a look at them: told before a rollout starts.
    package func marginLines(alertRate: Double?) -> [String] {
        guardLines(alertRate) + unjudgedLines
    }

    /// Steps that may end before the judge has ended a block, in which no guard fails.
    private var unjudgedLines: [String] {
        steps.enumerated().filter { _, step in
            step.require == .noFail && step.minPairs <= 0 && step.minMs < JudgeSettings.blockMs
        }.map { index, _ in
            "step \(index + 1) may end with nothing judged: the judge speaks every "
                + "\(PlanDuration.text(JudgeSettings.blockMs)), and it asks for less time and for no "
                + "pairs; raise min or min_pairs"
        }
    }

    private func guardLines(_ alertRate: Double?) -> [String] {
        judge.guards.filter(\.isEnforced).map { rule in
            let limit = "\(rule.name): \(rule.limitText)"
            if rule.source.isLabels {
                return limit + (rule.isRequired ? "; waits for labels" : "; where there are labels")
                    + " (it is run with some)"
            }
            guard rule.source == .alerts, let rate = alertRate else { return limit }
            let allowed = rule.rel * rate + rule.abs
            let end = rule.kind == .up ? rate + allowed : max(0, rate - allowed)
            return limit + "; at present \(Rate.text(rate)) in 10,000 alert, "
                + (rule.kind == .up ? "at most" : "at least") + " \(Rate.text(end)) may"
        }
    }
}
