import Judge
import Lifecycle
import Registry

/// Says a person's word to a rollout.
///
/// Whoever else changes rollout or deployment at the same moment does not refuse it: it is said
/// again to what there is then, until it is in or the rollout is over.
struct RolloutSpeaker {
    let desk: RolloutDesk

    /// What came of a word.
    struct Said {
        /// False where the rollout was so already, and nothing was changed.
        let isNew: Bool
        /// Why what is committed is not announced; nil where it is, or nothing was to be.
        let fault: SwerveError?
    }

    /// - Throws: `.refused` where the phase does not allow the word, `.notFound` where the model
    ///   never had a rollout.
    func say(
        _ word: RolloutWord, to model: ModelName, reason: String
    ) throws(SwerveError) -> Said {
        var moved: SwerveError?
        for _ in 0..<Self.tries {
            do throws(SwerveError) {
                return try sayOnce(word, to: model, reason: reason)
            } catch {
                guard error.isRolloutConflict else { throw error }
                moved = error
            }
        }
        throw SwerveError(
            .unavailable, act: "saying \(word.rawValue) to the rollout of \(model)",
            reason: "others change it all the time" + (moved.map { ": \($0.reason)" } ?? ""))
    }

    private func sayOnce(
        _ word: RolloutWord, to model: ModelName, reason: String
    ) throws(SwerveError) -> Said {
        let act = "saying \(word.rawValue) to the rollout of \(model)"
        guard let record = try desk.newest(of: model) else {
            throw SwerveError(
                .notFound, act: act, reason: "\(model) never had one",
                problem: Problem(.rolloutNotFound, [.model: "\(model)"]))
        }
        let deployment = try desk.deployment(of: model, act: act)
        let before = try adoptAndRecordEnd(record, deployment)
        guard !record.controller.isSo(word, before) else { return Said(isNew: false, fault: nil) }
        let outcome =
            record.stored.isObserved
            ? try observed(word, record, before, act)
            : try record.controller.obey(word, before)
        // Whoever is here can say it again with a key.
        if desk.hand == nil, record.stored.mandate != nil, outcome.action != nil {
            throw RolloutDesk.keyMissing(model)
        }
        var step = RolloutDesk.Step(
            record: record, state: outcome.state, action: outcome.action, deployment: deployment)
        step.tellings =
            [RolloutTelling(word.rawValue, reason)]
            + RolloutTelling.all(from: record.state, to: outcome.state)
        step.reason = [word.rawValue, reason].filter { !$0.isEmpty }.joined(separator: ": ")
        return Said(isNew: true, fault: try desk.write(step))
    }

    /// Has the plan of the active rollout signed anew, over the deployment that there is.
    ///
    /// - Throws: `.refused` for a controller's key, and where the rollout observes or is over.
    func sign(_ model: ModelName, reason: String) throws(SwerveError) {
        let act = "signing the plan of the rollout of \(model)"
        let record = try desk.active(of: model, act: act)
        guard !record.stored.isObserved else { throw Self.observes(record, act) }
        guard let hand = desk.hand else {
            throw SwerveError(
                .refused, act: act, reason: "there is no key to sign it with",
                problem: Problem(.rolloutKeyMissing, [.model: "\(model)"]))
        }
        let deployment = try desk.deployment(of: model, act: act)
        let state = try adoptAndRecordEnd(record, deployment)
        guard !state.phase.isFinal else {
            throw SwerveError(
                .refused, act: act,
                reason: "the rollout is \(state.phase.rawValue) (\(state.reason ?? "by hand"))")
        }
        var step = RolloutDesk.Step(
            record: record, state: state, action: nil, deployment: deployment)
        step.mandate = try desk.mandate(
            by: hand, record.plan, of: model, (state.stable, state.candidate),
            at: deployment.epoch)
        step.tellings =
            [
                RolloutTelling(
                    "signed",
                    [hand.signing.signer.keyName, reason]
                        .filter { !$0.isEmpty }.joined(separator: ": "))
            ]
            + RolloutTelling.all(from: record.state, to: state)
        _ = try desk.write(step)
    }

    /// The state over the deployment that there is, with clocks that stand still: a word is no
    /// watching.
    ///
    /// Where that has ended the rollout, the end is written.
    private func adoptAndRecordEnd(
        _ record: RolloutRecord, _ deployment: Deployment
    ) throws(SwerveError) -> RolloutState {
        let state = record.state
        guard deployment.epoch != state.epoch, !state.phase.isFinal else { return state }
        let judged = RolloutJudged(verdict: .running, pairs: state.pairs, isConverged: false)
        var next = record.controller.seen(
            state, nowMs: state.lastMs ?? desk.nowMs, record.seen(deployment), judged)
        next.lastMs = state.lastMs
        guard next.phase.isFinal else { return next }
        // What somebody did has ended it: the word is refused by that.
        var step = RolloutDesk.Step(
            record: record, state: next, action: nil, deployment: deployment)
        step.tellings = RolloutTelling.all(from: state, to: next)
        _ = try desk.write(step)
        return next
    }

    /// A rollout that never acts has nothing to take back, and nothing to go on with.
    private func observed(
        _ word: RolloutWord, _ record: RolloutRecord, _ state: RolloutState, _ act: String
    ) throws(SwerveError) -> RolloutController.Outcome {
        var outcome = try record.controller.obey(word, state)
        switch word {
        case .pause, .resume: break
        case .abort:
            outcome.state.epoch = state.epoch
            outcome.action = nil
        case .approve, .skip, .promote: throw Self.observes(record, act)
        }
        return outcome
    }

    private static func observes(_ record: RolloutRecord, _ act: String) -> SwerveError {
        let model = record.stored.model
        return SwerveError(
            .refused, act: act, reason: "it observes and never acts",
            problem: Problem(
                .rolloutObserves,
                [.model: "\(model)", .version: "\(model)@\(record.stored.candidate)"]))
    }

    /// Each means that another one was faster, and so that somebody came on.
    private static let tries = 100
}
