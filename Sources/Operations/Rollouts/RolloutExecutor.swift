import Judge
package import Lifecycle
import Registry

/// What happens while rollouts run.
package enum RolloutNews: Sendable, Equatable {
    /// Something that the rollout told the world, with the time of the wall clock.
    case told(ModelName, rollout: Int64, atMs: Int64, event: String, detail: String)
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
    private let tell: (RolloutNews) -> Void
    private var portions: LabelPortions?
    /// As it was last read; nil before, and after every write.
    private var record: RolloutRecord?
    /// The record's state with the clocks of now.
    private var state: RolloutState?
    private var judge: CanaryJudge?
    private var chart = RolloutChart()
    /// Whether the registry's judge is of another comparison than the one at hand.
    private var isJudgeStale = false
    private var lastWould = LastWould.unknown
    /// What was asked for last in want of a signature.
    private var wanted: Wanted?

    /// What an observing one said last that it would do; nil where it said nothing yet.
    private enum LastWould {
        /// The registry is to be asked.
        case unknown
        case known(String?)
    }

    private struct Wanted {
        let mandate: SignedMandate?
        let action: RolloutAction.Act?
        let fault: SwerveError
        /// Before it, the same is not tried again: each try looks for the control topic.
        let untilMs: Int64
    }

    package init(
        of model: ModelName, at desk: RolloutDesk, labels: (any RolloutLabels)? = nil,
        tell: @escaping (RolloutNews) -> Void = { _ in }
    ) {
        self.model = model
        self.labels = labels
        self.desk = desk
        self.tell = tell
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
        let known = Known(
            record: record, before: before, deployment: deployment, nowMs: nowMs, judged: judged,
            report: report)
        let step = step(try next(known), known)
        guard step.isWorthWriting(after: before) else {
            state = step.state
            return true
        }
        return step.action == nil ? try write(step) : try act(step, known)
    }

    /// What a tick decides by.
    private struct Known {
        let record: RolloutRecord
        let before: RolloutState
        let deployment: Deployment
        let nowMs: Int64
        let judged: RolloutJudged
        /// Where a block has just ended.
        let report: JudgeReport?

        /// The state where nothing is done.
        var seen: RolloutState {
            record.controller.seen(before, nowMs: nowMs, record.seen(deployment), judged)
        }

        /// The guard that failed, with all that the judge says of it where a block has just ended.
        var failure: String? {
            guard let name = judged.failedGuard else { return nil }
            return report?.guards.first { $0.rule.name == name }?.line ?? name
        }
    }

    /// What becomes of a rollout at a tick.
    private struct Next {
        var state: RolloutState
        var action: RolloutAction?
        var tellings: [RolloutTelling] = []

        init(_ outcome: RolloutController.Outcome) { (state, action) = outcome }
    }

    private func next(_ known: Known) throws(SwerveError) -> Next {
        let (record, deployment) = (known.record, known.deployment)
        var next = Next(
            record.controller.tick(
                known.before, nowMs: known.nowMs, record.seen(deployment), known.judged))
        if record.stored.isObserved { return try observed(next, known) }
        if next.action == nil, let again = try desk.overdue(deployment, known.before) {
            next.action = again
            next.state.epoch = deployment.epoch + 1
            next.tellings.append(
                RolloutTelling(
                    "again", "epoch \(deployment.epoch) was announced too late: it is signed anew"))
        }
        return next
    }

    /// The same as it is to be written, with what the judge said.
    private func step(_ next: Next, _ known: Known) -> RolloutDesk.Step {
        let report = known.report
        var step = RolloutDesk.Step(
            record: known.record, state: next.state, action: next.action,
            deployment: known.deployment)
        step.judged = report.flatMap { report in
            judge.map {
                RolloutJudgement(
                    judge: $0.json, report: JudgedDocument.json(report, chart, atMs: known.nowMs))
            }
        }
        // How an ended one was judged last is kept.
        step.forgetsJudged = isJudgeStale && report == nil && !next.state.phase.isFinal
        step.tellings =
            next.tellings
            + RolloutTelling.all(
                from: known.before, to: next.state, failedGuard: known.failure)
        step.reason = next.state.phase == .rolledBack ? known.failure ?? "" : ""
        return step
    }

    /// Writes a step with what it asks of the deployment.
    ///
    /// Where workers would not believe that, the rollout waits for somebody's signature as it does
    /// for an approval: what it would do it tries again with a later tick.
    private func act(_ step: RolloutDesk.Step, _ known: Known) throws(SwerveError) -> Bool {
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
                if isNews { tell(.fault(model, error)) }
            }
        }
        var waiting = step
        waiting.action = nil
        waiting.state = known.seen.waitingForSignature
        waiting.reason = ""
        waiting.tellings = RolloutTelling.all(from: known.before, to: waiting.state)
        if isNews {
            let telling = RolloutTelling("unsigned", fault?.reason ?? "")
            let last = try desk.registry.entries(of: step.record.stored.id, newest: Self.looked)
                .last { $0.event == telling.event }
            if last?.detail != telling.detail { waiting.tellings.append(telling) }
        }
        guard waiting.isWorthWriting(after: known.before) else {
            state = waiting.state
            return true
        }
        return try write(waiting)
    }

    private func write(_ step: RolloutDesk.Step) throws(SwerveError) -> Bool {
        do throws(SwerveError) {
            let fault = try desk.write(step)
            if let would = step.tellings.last(where: { $0.event == Self.would }) {
                lastWould = .known(would.detail)
            }
            for telling in step.tellings {
                tell(
                    .told(
                        model, rollout: step.record.stored.id, atMs: desk.nowMs,
                        event: telling.event, detail: telling.detail))
            }
            if let fault { tell(.fault(model, fault)) }
        } catch {
            // The next tick finds out why.
            guard error.isRolloutConflict else { throw error }
            lastWould = .unknown
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
            tell(
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
            tell(
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
        let own =
            state.isPromoted ? [state.candidate, state.stable] : [state.stable, state.candidate]
        guard pair == own, let id = deployment.comparisonID else {
            judge = nil
            isJudgeStale = record.stored.judged != nil
            return
        }
        let number = Int(clamping: state.comparisons)
        if let judge, judge.comparison == id, judge.number == number,
            judge.isReversed == state.isPromoted
        {
            return
        }
        isJudgeStale = record.stored.judged != nil
        judge = CanaryJudge(
            record.plan.judge, comparison: id, number: number, isReversed: state.isPromoted)
        chart = RolloutChart()
    }

    /// What the labels say of the pair so far; nil where nobody reads them, or not yet.
    private func feedback(on deployment: Deployment, nowMs: Int64) -> LabelFeedback? {
        guard let labels, let judge else { return nil }
        for note in labels.news() { tell(.noted(model, note)) }
        guard let records = labels.records(on: deployment) else { return nil }
        var portions =
            portions.flatMap { $0.isFor(judge) ? $0 : nil }
            ?? LabelPortions(for: judge, known: records.count)
        let wasBehind = portions.isBehind
        let feedback = portions.feedback(records, nowMs: nowMs, counted: judge.lastFeedback)
        self.portions = portions
        if portions.isBehind, !wasBehind {
            tell(
                .noted(
                    model,
                    "there are fewer labels than were counted already: none is handed to the judge "
                        + "until all of those are here again"))
        }
        return feedback
    }

    // MARK: Observing

    /// The same for a rollout that never acts: what it would do is told, once, and a change by hand
    /// is followed as if its own step had made it.
    private func observed(_ decided: Next, _ known: Known) throws(SwerveError) -> Next {
        var next = decided
        if let action = decided.action {
            next.state = known.seen
            next.action = nil
            let failed = known.judged.verdict == .fail ? known.judged.failedGuard : nil
            let why = [decided.state.reason, failed].compactMap(\.self).joined(separator: ": ")
            next.tellings = try would(action.summary + (why.isEmpty ? "" : " (\(why))"), known)
        }
        if next.state.phase == .held,
            next.state.reason == RolloutState.Reason.changedByHand
        {
            next.state = try known.record.controller.obey(.resume, next.state).state
        }
        return next
    }

    /// That it would do something, and the judge's words where a guard fails; nothing where it said
    /// the same last.
    private func would(_ detail: String, _ known: Known) throws(SwerveError) -> [RolloutTelling] {
        let last: String?
        switch lastWould {
        case .known(let said): last = said
        case .unknown:
            last = try desk.registry.entries(of: known.record.stored.id, newest: Self.looked)
                .last { $0.event == Self.would }?.detail
            lastWould = .known(last)
        }
        guard last != detail else { return [] }
        let failed = known.failure.map { [RolloutTelling("failed", $0)] } ?? []
        return failed + [RolloutTelling(Self.would, detail)]
    }

    private static let would = "would"
    /// So many of the last events are looked through for what was told already, once a process.
    private static let looked = 50
    private static let signaturePauseMs: Int64 = 10_000
}
