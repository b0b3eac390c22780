package import Lifecycle

/// What a person may say to a rollout.
package enum RolloutWord: String, Sendable, Codable, CaseIterable {
    case pause, resume, approve, skip, promote, abort
}

/// Abort works in every phase that is not final; the others where they mean something, else they
/// are refused, and nothing changes.
extension RolloutController {
    /// - Throws: `.refused` where the phase does not allow the word.
    package func obey(_ word: RolloutWord, _ state: RolloutState) throws(SwerveError) -> Outcome {
        try refuseFinal(word.rawValue, state)
        switch word {
        case .abort:
            return retreat(
                state, state.isPromoted ? .rolledBack : .aborted, RolloutState.Reason.byHand)
        case .pause: return (try paused(state), nil)
        case .resume: return (try resumed(state), nil)
        case .promote:
            guard !state.isPromoted else {
                throw Self.refusal(word.rawValue, state, "it is promoted already")
            }
            return promote(state)
        case .approve:
            try refuseFrozen(word.rawValue, state)
            guard state.phase == .gate, state.reason == RolloutState.Reason.approval else {
                throw Self.refusal(word.rawValue, state, "no step waits for approval")
            }
            return advance(state)
        case .skip:
            try refuseFrozen(word.rawValue, state)
            guard state.phase != .promoted else {
                throw Self.refusal(word.rawValue, state, "the bake has not begun")
            }
            return state.isPromoted ? bakeSkipped(state) : advance(state)
        }
    }

    /// Whether a rollout is already as a word asks it to be: saying it changes nothing then.
    package func isSo(_ word: RolloutWord, _ state: RolloutState) -> Bool {
        switch word {
        case .pause: state.phase == .paused
        case .resume: state.phase == .running || state.phase == .baking
        case .promote: state.isPromoted || state.phase == .completed
        case .abort: state.phase == .aborted || state.phase == .rolledBack
        // Each is of one step, and the next one may wait for the same word.
        case .approve, .skip: false
        }
    }

    /// Why a word that nobody knows is refused: what the phase refuses comes first.
    package func refusal(ofUnknown name: String, _ state: RolloutState) -> SwerveError {
        do throws(SwerveError) {
            try refuseFinal(name, state)
            try refuseFrozen(name, state)
        } catch {
            return error
        }
        let known = RolloutWord.allCases.map(\.rawValue)
        let nearest = NearestWord.find(name, among: known)
        return SwerveError(
            .refused, act: Self.act(name, state),
            reason: "unknown word \(name.shortened(to: 40))",
            remedy: nearest.map { "did you mean \($0)?" }
                ?? "words are \(known.joined(separator: ", "))")
    }

    private func refuseFinal(_ name: String, _ state: RolloutState) throws(SwerveError) {
        guard state.phase.isFinal else { return }
        throw Self.refusal(
            name, state, "the rollout is \(state.phase.rawValue)",
            remedy: "a new rollout starts from what is deployed now")
    }

    private func refuseFrozen(_ name: String, _ state: RolloutState) throws(SwerveError) {
        guard state.isFrozen else { return }
        throw Self.refusal(name, state, "a guard failed: resume, promote or abort")
    }

    private func paused(_ state: RolloutState) throws(SwerveError) -> RolloutState {
        guard [.running, .gate, .baking].contains(state.phase) else {
            throw Self.refusal("pause", state, "it is \(state.phase.rawValue)")
        }
        var next = state
        next.phase = .paused
        next.reason = RolloutState.Reason.byHand
        next.resumeTo = state.phase == .baking ? .baking : .running
        return next
    }

    private func resumed(_ state: RolloutState) throws(SwerveError) -> RolloutState {
        guard state.phase == .paused || state.phase == .held else {
            throw Self.refusal("resume", state, "it is \(state.phase.rawValue)")
        }
        let target = state.resumeTo ?? .running
        let wasFrozen = state.reason == RolloutState.Reason.frozen
        var next = state
        if state.phase == .held, target == .running {
            next = fresh(state)
            if !wasFrozen { next.step = step(of: state) }
        }
        next.phase = target
        next.reason = nil
        next.resumeTo = nil
        next.isAcknowledged = state.isAcknowledged || wasFrozen
        return next
    }

    /// The last step of the mode at hand whose share is not above the one at hand; where there is
    /// none, the step before the first of that mode.
    private func step(of state: RolloutState) -> Int {
        let ofMode = plan.steps.indices.filter { plan.steps[$0].mode == state.mode }
        guard let first = ofMode.first else { return state.step }
        return ofMode.last { plan.steps[$0].share <= state.share } ?? max(0, first - 1)
    }

    private func bakeSkipped(_ state: RolloutState) -> Outcome {
        var next = state
        next.phase = .completed
        next.reason = "the bake was skipped by hand"
        next.resumeTo = nil
        return asking(next, for: .drop)
    }

    private static func act(_ word: String, _ state: RolloutState) -> String {
        "saying \(word.shortened(to: 40)) to the rollout of version \(state.candidate)"
    }

    private static func refusal(
        _ word: String, _ state: RolloutState, _ reason: String, remedy: String = ""
    ) -> SwerveError {
        SwerveError(.refused, act: act(word, state), reason: reason, remedy: remedy)
    }
}
