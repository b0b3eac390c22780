import Judge
package import Lifecycle
import Registry

/// What happens while rollouts run.
package enum RolloutNews: Sendable, Equatable {
    /// Something that the rollout told the world, with the time of the wall clock.
    case told(ModelName, atMs: Int64, event: String, detail: String)
    /// What keeps it from going on for now, or from being announced.
    /// Without a model where it keeps all of them from going on.
    case fault(ModelName?, SwerveError)
    /// What there is to know of the labels.
    case noted(ModelName, String)
    /// What it waits for, once; without a model what all of them wait for.
    case waits(ModelName?, String)
}

/// Runs one model's rollout: a tick takes what clock, registry, fleet and judge say, and writes
/// what follows.
///
/// It keeps nothing that the registry has not, but for what the next write would add: clocks and
/// counts of the open block. So one that is killed at any point goes on where it was, and of two
/// at once the second one's transaction conflicts: it reads again, and goes on with what the first
/// one wrote. Blocking; one thread.
package final class RolloutExecutor {
    package let model: ModelName
    private let desk: RolloutDesk
    private let labels: (any RolloutLabels)?
    private let hear: (RolloutNews) -> Void
    private var portions: LabelPortions?
    /// As it was last read; nil before, and after every write.
    private var record: RolloutRecord?
    /// The record's state with the clocks of now.
    private var state: RolloutState?
    private var judge: CanaryJudge?
    private var chart = RolloutChart()
    /// Whether the registry's judge is of another comparison than the one at hand.
    private var isJudgeStale = false
    /// What an observing one said last that it would do; nil before the registry was asked.
    private var lastWould: String??
    /// What was asked for last in want of a signature.
    private var wanted: Wanted?

    private struct Wanted {
        let mandate: SignedMandate?
        let action: RolloutAction.Act?
        let fault: SwerveError
        /// Before it, the same is not tried again: each try looks for the control topic.
        let untilMs: Int64
    }

    package init(
        of model: ModelName, at desk: RolloutDesk, labels: (any RolloutLabels)? = nil,
        hear: @escaping (RolloutNews) -> Void = { _ in }
    ) {
        self.model = model
        self.labels = labels
        self.desk = desk
        self.hear = hear
    }

    /// One tick.
    ///
    /// - Parameter look: what the fleet says, asked about the deployment as the registry has it.
    /// - Returns: whether the rollout goes on: false where none is active any more.
    /// - Throws: where it cannot go on now: nothing was changed, and the next tick tries again.
    package func tick(_ look: (Deployment) -> RolloutSight) throws(SwerveError) -> Bool {
        guard let (record, before) = try read() else { return false }
        let deployment = try desk.deployment(of: model, act: "going on with its rollout")
        let sight = look(deployment)
        let nowMs = desk.nowMs
        prepareJudge(record, before, deployment)
        let feedback = feedback(on: deployment, nowMs: nowMs)
        let report = judge?.tick(nowMs: nowMs, sight.counts, feedback: feedback)
        if let report { chart.add(report) }
        let judged = RolloutJudged(
            verdict: judge?.verdict ?? .running, pairs: judge?.pairs ?? 0,
            isConverged: sight.isConverged && deployment.epoch == before.epoch,
            hasJudged: (judge?.blocks ?? 0) > 0, failedGuard: judge?.reason)
        var next = Next(
            record.controller.tick(before, nowMs: nowMs, record.seen(deployment), judged))
        if record.stored.isObserved {
            next = try observed(next, record, before, nowMs: nowMs, deployment, judged, report)
        } else if next.action == nil, let again = try desk.overdue(deployment, before) {
            next.action = again
            next.state.epoch = deployment.epoch + 1
            next.tellings.append(
                RolloutTelling(
                    "again", "epoch \(deployment.epoch) was announced too late: it is signed anew"))
        }
        let events = RolloutEvent.events(
            from: before, to: next.state, failedGuard: failure(judged, report))
        let tellings = next.tellings + events.map { RolloutTelling($0.name, $0.detail ?? "") }
        // How an ended one was judged last is kept.
        let forgets = isJudgeStale && report == nil && !next.state.phase.isFinal
        guard
            next.action != nil || report != nil || forgets || !tellings.isEmpty
                || !next.state.isSameBesidesClocks(as: before)
        else {
            state = next.state
            return true
        }
        var step = RolloutDesk.Step(
            record: record, state: next.state, action: next.action, deployment: deployment)
        step.judged = report.flatMap { report in
            judge.map {
                RolloutJudgement(
                    judge: $0.json,
                    report: RolloutWords.document(report, chart, atMs: nowMs))
            }
        }
        step.forgetsJudged = forgets
        step.tellings = tellings
        step.reason = next.state.phase == .rolledBack ? failure(judged, report) ?? "" : ""
        guard next.action != nil else { return try write(step) }
        let seen = record.controller.seen(
            before, nowMs: nowMs, record.seen(deployment), judged)
        return try act(step, else: seen, before)
    }

    /// Writes a step with what it asks of the deployment.
    ///
    /// Where workers would not believe that, the rollout waits for somebody's signature as it does
    /// for an approval: what it would do it tries again with a later tick.
    /// - Parameter seen: the state where nothing is done.
    private func act(
        _ step: RolloutDesk.Step, else seen: RolloutState, _ before: RolloutState
    ) throws(SwerveError) -> Bool {
        let mandate = step.record.stored.mandate
        var fault = wanted.flatMap { wanted in
            let isSame = wanted.mandate == mandate && wanted.action == step.action?.act
            return isSame && desk.nowMs < wanted.untilMs ? wanted.fault : nil
        }
        var isNews = false
        if fault == nil {
            do throws(SwerveError) {
                return try write(step)
            } catch {
                guard error.isForWantOfSignature else { throw error }
                fault = error
                let last = wanted
                wanted = Wanted(
                    mandate: mandate, action: step.action?.act, fault: error,
                    untilMs: desk.nowMs + Self.signaturePauseMs)
                // The words may have the time of the try: they alone are no news.
                isNews =
                    last?.mandate != mandate || last?.action != step.action?.act
                    || last?.fault.problem?.kind != error.problem?.kind
                if isNews { hear(.fault(model, error)) }
            }
        }
        var waiting = step
        waiting.action = nil
        waiting.state = seen.waitingForSignature
        waiting.reason = ""
        waiting.tellings = RolloutSpeaker.tellings(from: before, to: waiting.state)
        if isNews {
            let telling = RolloutTelling("unsigned", fault?.reason ?? "")
            let last = try desk.registry.entries(of: step.record.stored.id, newest: Self.looked)
                .last { $0.event == telling.event }
            if last?.detail != telling.detail { waiting.tellings.append(telling) }
        }
        guard
            waiting.judged != nil || waiting.forgetsJudged || !waiting.tellings.isEmpty
                || !waiting.state.isSameBesidesClocks(as: before)
        else {
            state = waiting.state
            return true
        }
        return try write(waiting)
    }

    /// What becomes of a rollout at a tick.
    private struct Next {
        var state: RolloutState
        var action: RolloutAction?
        var tellings: [RolloutTelling] = []

        init(_ outcome: RolloutController.Outcome) { (state, action) = outcome }
    }

    private func write(_ step: RolloutDesk.Step) throws(SwerveError) -> Bool {
        do throws(SwerveError) {
            let fault = try desk.write(step)
            if let would = step.tellings.last(where: { $0.event == Self.would }) {
                lastWould = .some(would.detail)
            }
            for telling in step.tellings {
                hear(
                    .told(
                        model, atMs: desk.nowMs, event: telling.event, detail: telling.detail))
            }
            if let fault { hear(.fault(model, fault)) }
        } catch {
            // The next tick finds out why.
            guard error.isRolloutConflict else { throw error }
            lastWould = nil
        }
        record = nil
        return !step.state.phase.isFinal
    }

    // MARK: Reading

    /// The active rollout, and its state with the clocks of now; nil where there is none.
    private func read() throws(SwerveError) -> (RolloutRecord, RolloutState)? {
        let mark = try desk.registry.activeRollouts().first { $0.model == model }
        if let record, let state, record.stored.mark == mark { return (record, state) }
        record = nil
        guard mark != nil, let found = try desk.newest(of: model), found.stored.endedAt == nil
        else { return nil }
        record = found
        state = found.state
        take(found)
        return (found, found.state)
    }

    private func take(_ found: RolloutRecord) {
        judge = nil
        chart = RolloutChart()
        isJudgeStale = false
        if labels == nil, let rule = found.plan.waitsForLabels {
            hear(
                .fault(
                    model,
                    SwerveError(
                        .unavailable, act: "judging by \(rule.name)",
                        reason: "it counts labels, and nobody reads any here",
                        remedy: "run it with a file or a topic of labels")))
        }
        guard let judged = found.stored.judged else { return }
        do throws(SwerveError) {
            let act = "reading the judge of rollout \(found.stored.id)"
            let read = try CanaryJudge(judged.judge, act: act)
            // Of another plan it would judge by other margins.
            guard read.settings == found.plan.judge else { return }
            judge = read
            chart = RolloutChart(judged.report["chart"])
        } catch {
            hear(
                .fault(
                    model,
                    SwerveError(
                        error.code, act: error.act,
                        reason: "\(error.reason); its comparison begins anew")))
        }
    }

    // MARK: Judging

    /// The judge of the comparison that the deployment has: the one at hand where it is that one,
    /// else a new one, since nothing that was counted for another counts for it.
    private func prepareJudge(
        _ record: RolloutRecord, _ state: RolloutState, _ deployment: Deployment
    ) {
        let pair = [deployment.stable.version, deployment.candidate?.deployed.version]
        let own = state.isLate ? [state.candidate, state.stable] : [state.stable, state.candidate]
        guard pair == own, let id = deployment.comparisonID else {
            judge = nil
            isJudgeStale = record.stored.judged != nil
            return
        }
        let number = Int(clamping: state.comparisons)
        if let judge, judge.comparison == id, judge.number == number,
            judge.isReversed == state.isLate
        {
            return
        }
        isJudgeStale = record.stored.judged != nil
        judge = CanaryJudge(
            record.plan.judge, comparison: id, number: number, isReversed: state.isLate)
        chart = RolloutChart()
    }

    /// What the labels say of the pair so far; nil where nobody reads them, or not yet.
    private func feedback(on deployment: Deployment, nowMs: Int64) -> LabelFeedback? {
        guard let labels, let judge else { return nil }
        for note in labels.news() { hear(.noted(model, note)) }
        guard let records = labels.records(on: deployment) else { return nil }
        var portions =
            portions.flatMap { $0.isFor(judge) ? $0 : nil }
            ?? LabelPortions(for: judge, known: records.count)
        let wasBehind = portions.isBehind
        let feedback = portions.feedback(records, nowMs: nowMs, counted: judge.lastFeedback)
        self.portions = portions
        if portions.isBehind, !wasBehind {
            hear(
                .noted(
                    model,
                    "there are fewer labels than were counted already: none is handed to the judge "
                        + "until all of those are here again"))
        }
        return feedback
    }

    /// The guard that failed, with all that the judge says of it where a block has just ended.
    private func failure(_ judged: RolloutJudged, _ report: JudgeReport?) -> String? {
        guard let name = judged.failedGuard else { return nil }
        return report?.guards.first { $0.rule.name == name }?.line ?? name
    }

    // MARK: Observing

    /// The same for a rollout that never acts: what it would do is told, once, and a change by hand
    /// is followed as if its own step had made it.
    private func observed(
        _ decided: Next, _ record: RolloutRecord, _ before: RolloutState, nowMs: Int64,
        _ deployment: Deployment, _ judged: RolloutJudged, _ report: JudgeReport?
    ) throws(SwerveError) -> Next {
        var next = decided
        if let action = decided.action {
            next.state = record.controller.seen(
                before, nowMs: nowMs, record.seen(deployment), judged)
            next.action = nil
            let why = [decided.state.reason, judged.verdict == .fail ? judged.failedGuard : nil]
                .compactMap(\.self).joined(separator: ": ")
            next.tellings = try would(
                action.words + (why.isEmpty ? "" : " (\(why))"), record, failure(judged, report))
        }
        if next.state.phase == .held,
            next.state.reason == RolloutState.Reason.changedByHand
        {
            next.state = try record.controller.obey(.resume, next.state).state
        }
        return next
    }

    /// That it would do something, and the judge's words where a guard fails; nothing where it said
    /// the same last.
    private func would(
        _ detail: String, _ record: RolloutRecord, _ failure: String?
    ) throws(SwerveError) -> [RolloutTelling] {
        let last: String?
        if let lastWould {
            last = lastWould
        } else {
            last = try desk.registry.entries(of: record.stored.id, newest: Self.looked)
                .last { $0.event == Self.would }?.detail
            lastWould = .some(last)
        }
        guard last != detail else { return [] }
        let failed = failure.map { [RolloutTelling("failed", $0)] } ?? []
        return failed + [RolloutTelling(Self.would, detail)]
    }

    private static let would = "would"
    /// So many of the last events are looked through for what was told already, once a process.
    private static let looked = 50
    private static let signaturePauseMs: Int64 = 10_000
}
