import Catalogue
import Fleet
import Judge
import Lifecycle
import Platform
import Registry

/// Starts a rollout: holds its plan against versions and traffic, and writes it with the deployment
/// that its first step asks for.
struct RolloutStarter {
    let desk: RolloutDesk

    struct Started {
        let begun: StoredRollout
        /// Nil where the same runs already.
        let isNew: Bool
        let margins: [String]
        /// What whoever wrote the plan may not have meant.
        var warnings: [String] = []
        /// What ended with it; nil where none was active.
        var superseded: SupersededRollout?
        let alertRate: Double?
        let fault: SwerveError?
    }

    private var registry: Registry { desk.registry }

    func start(_ request: RolloutStartRequest, candidate: Int) throws(SwerveError) -> Started {
        let reference = VersionReference(model: request.model, version: candidate)
        let act = "starting a rollout of \(reference)"
        let plan =
            if let tree = request.plan {
                try PlanReader.plan(tree, name: request.planName)
            } else {
                RolloutPlan.standard
            }
        let deployment = try desk.deployment(of: request.model, act: act)
        // A version that is not there is told as such, whatever else would speak against it.
        _ = try registry.version(reference)
        try requireSense(reference, over: deployment, isObserved: request.isObserved, act)
        let heard = try heard(of: deployment, candidate, plan)
        let rate = heard.alertRate
        try plan.check(try facts(reference, over: deployment, rate), act: act)
        if !request.isObserved {
            try plan.check(
                replayIn: try registry.version(reference).metadata.tags, of: reference,
                against: deployment.stable.version, act: act)
        }
        let active = try desk.newest(of: request.model)
            .flatMap { $0.stored.endedAt == nil ? $0 : nil }
        let margins = plan.marginLines(alertRate: rate)
        if let active, active.plan == plan, active.stored.candidate == candidate,
            active.stored.isObserved == request.isObserved
        {
            return Started(
                begun: active.stored, isNew: false, margins: margins, alertRate: rate, fault: nil)
        }
        let isSame = deployment.candidate?.deployed.version == candidate
        let known =
            active.flatMap { active in
                isSame && active.stored.candidate == candidate
                    && active.state.epoch == deployment.epoch ? active.state.pairs : nil
            }
        let (state, action) = try beginning(
            plan, candidate: candidate, over: deployment, pairs: heard.pairs ?? known ?? 0,
            isObserved: request.isObserved)
        var warnings: [String] = []
        if !request.isObserved {
            warnings = plan.backwardLines(
                behind: isSame ? seen(deployment, candidate).candidate : nil)
        }
        if heard.pairs == nil, known == nil {
            warnings.append(
                "the status topic was not read to its end in time: what the comparison has already "
                    + "counts for the pairs of the first step, too")
        }
        let ended = active.map(SupersededRollout.init)
        let start = RolloutStart(
            of: request.model, candidate: candidate, isObserved: request.isObserved,
            plan: plan.json, state: state.json, salt: deployment.comparisonSalt,
            note: desk.note(request.reason),
            tellings: RolloutTelling.all(from: nil, to: state)
                + (ended.map { [RolloutTelling("supersedes", $0.words)] } ?? []),
            mandate: try action == nil ? nil : mandate(plan, of: request.model, state))
        let (begun, fault) = try desk.begin(
            start, action, over: deployment,
            superseding: active.map { superseded($0, by: candidate) })
        return Started(
            begun: begun, isNew: true, margins: margins, warnings: warnings, superseded: ended,
            alertRate: rate, fault: fault)
    }

    // MARK: What is refused

    private func requireSense(
        _ version: VersionReference, over deployment: Deployment, isObserved: Bool, _ act: String
    ) throws(SwerveError) {
        let objects: [Problem.Object: String] = [
            .model: "\(version.model)", .version: "\(version)",
        ]
        guard deployment.stable.version != version.version else {
            throw SwerveError(
                .refused, act: act, reason: "it is the stable version",
                remedy: "name another version")
        }
        guard !isObserved else {
            guard deployment.candidate?.deployed.version == version.version else {
                throw SwerveError(
                    .refused, act: act,
                    reason: "it is neither canary nor shadow, so there is nothing to observe",
                    problem: Problem(.candidateNotOnTrial, objects))
            }
            return
        }
        let isTrusted = try desk.brokers.trust(isNeeded: true) != nil
        guard !isTrusted || desk.hand != nil else {
            throw SwerveError(
                .refused, act: act,
                reason: "workers have a trust file, and would believe nothing that a rollout "
                    + "announces whose plan nobody signed",
                problem: Problem(.rolloutUnsigned, objects))
        }
    }

    /// The plan as the person signs it who starts it; nil where nobody signs.
    private func mandate(
        _ plan: RolloutPlan, of model: ModelName, _ state: RolloutState
    ) throws(SwerveError) -> MandateSigning? {
        guard let hand = desk.hand else { return nil }
        return try desk.mandate(
            by: hand, plan, of: model, (state.stable, state.candidate), at: state.epoch)
    }

    // MARK: What it is held against

    private func facts(
        _ candidate: VersionReference, over deployment: Deployment, _ rate: Double?
    ) throws(SwerveError) -> PlanFacts {
        let stable = VersionReference(
            model: candidate.model, version: deployment.stable.version)
        return PlanFacts(
            alertLabels: deployment.settings.alerts,
            stableLabels: try labels(of: stable, deployment.settings[stable.version]),
            candidateLabels: try labels(of: candidate, deployment.settings[candidate.version]),
            alertRate: rate)
    }

    /// As predictions print them.
    private func labels(
        of version: VersionReference, _ settings: VersionSettings
    ) throws(SwerveError) -> [String] {
        let found = try registry.version(version)
        if settings.labels == nil, let labels = found.facts.scorer.labels { return labels }
        return try SettingsCheck.effective(settings, of: found, in: registry).labels
    }

    /// What the slots have counted by now.
    private struct Heard {
        /// Alerts a record of the stable version since they serve it; nil where the status topic is
        /// not read to its end in time, or nothing was scored.
        var alertRate: Double?
        /// Of the comparison that the candidate is in already, as a new judge counts them; 0 where
        /// it is in none, nil where the topic is not read to its end in time.
        var pairs: Int64?
    }

    private func heard(
        of deployment: Deployment, _ candidate: Int, _ plan: RolloutPlan
    ) throws(SwerveError) -> Heard {
        let isSame = deployment.candidate?.deployed.version == candidate
        let comparison = isSame ? deployment.comparisonID : nil
        let groups = try desk.brokers.expectedGroups()
        let listener = FleetListener(feed: try desk.brokers.statusFeed(), expecting: groups)
        defer { listener.close() }
        guard try listener.reachEnd(timeoutMs: desk.brokers.readingMs) else {
            return Heard(pairs: comparison == nil ? 0 : nil)
        }
        let records = (listener.watcher.lastRecords(of: deployment.model) ?? [])
            .filter { groups.isEmpty || groups.contains($0.group) }
        var pairs: Int64 = 0
        if let comparison {
            var judge = CanaryJudge(plan.judge, comparison: comparison)
            _ = judge.tick(
                nowMs: desk.nowMs, records.map { SlotCounts($0, judging: comparison) })
            pairs = judge.pairs
        }
        return Heard(alertRate: Self.alertRate(records, of: deployment), pairs: pairs)
    }

    private static func alertRate(
        _ records: [StatusRecord], of deployment: Deployment
    ) -> Double? {
        let alerts = deployment.settings.alerts
        var sums = (alerts: Int64(0), records: Int64(0))
        for record in records {
            guard let counts = record.versions?["\(deployment.stable.version)"],
                counts.isSensible
            else { continue }
            for (label, count) in counts.labels {
                sums.records = StatusCount.sum(sums.records, count)
                if alerts.contains(label) { sums.alerts = StatusCount.sum(sums.alerts, count) }
            }
        }
        return sums.records > 0 ? Double(sums.alerts) / Double(sums.records) : nil
    }

    // MARK: The beginning

    private func seen(_ deployment: Deployment, _ candidate: Int) -> RolloutDeployment {
        RolloutDeployment(
            deployment, versions: [deployment.stable.version, candidate],
            salt: deployment.comparisonSalt)
    }

    /// - Parameter pairs: of the comparison that the candidate is in already.
    private func beginning(
        _ plan: RolloutPlan, candidate: Int, over deployment: Deployment, pairs: Int64,
        isObserved: Bool
    ) throws(SwerveError) -> RolloutController.Outcome {
        let controller = RolloutController(plan)
        let seen = seen(deployment, candidate)
        let outcome = controller.start(over: seen, candidate: candidate, pairs: pairs)
        guard isObserved, let trial = seen.candidate else { return outcome }
        // As if somebody had changed it by hand: at the step that the deployment is at.
        var state = outcome.state
        state.epoch = deployment.epoch
        state.mode = trial.mode
        state.share = trial.share
        state.phase = .held
        state.reason = RolloutState.Reason.changedByHand
        return (try controller.obey(.resume, state).state, nil)
    }

    private func superseded(_ active: RolloutRecord, by candidate: Int) -> RolloutChange {
        var state = active.state
        state.phase = .superseded
        state.reason = "another rollout began, of version \(candidate)"
        return RolloutChange(
            of: active.stored.mark, state: state.json, salt: active.stored.salt, isOver: true,
            note: desk.note(),
            tellings: RolloutTelling.all(from: active.state, to: state))
    }
}
