import Fleet
import Judge
import Lifecycle
import Operations

/// A rollout in marks and words; what its documents say where they can be read.
struct RolloutLook {
    let standing: RolloutStanding
    let plan: RolloutPlan?
    let state: RolloutState?

    init(_ standing: RolloutStanding) {
        self.standing = standing
        let plan = try? RolloutPlan(standing.plan, act: "reading a plan")
        let state = try? RolloutState(standing.state, act: "reading a rollout")
        if let plan, let state, plan.fits(state) {
            (self.plan, self.state) = (plan, state)
        } else {
            (self.plan, self.state) = (nil, nil)
        }
    }

    var stable: String { state.map { "\($0.stable)" } ?? "?" }

    var mark: StateMark {
        guard let state else { return StateMark(.bad, "unreadable") }
        switch state.phase {
        case .running: return StateMark(.moving, "running")
        case .gate: return StateMark(.doubtful, "at a gate")
        case .paused: return StateMark(.doubtful, "paused")
        case .held:
            return StateMark(state.isFrozen ? .bad : .doubtful, state.isFrozen ? "frozen" : "held")
        case .promoted, .baking: return StateMark(.moving, state.phase.rawValue)
        case .completed: return StateMark(.well, "completed")
        case .rolledBack: return StateMark(.bad, "rolled back")
        case .aborted, .superseded: return StateMark(.idle, state.phase.rawValue)
        }
    }

    /// Whether it goes on only with a person's word.
    var waitsForSomebody: Bool {
        guard let state else { return true }
        return [.gate, .paused, .held].contains(state.phase)
    }

    /// What it does or waits for, in one sentence.
    var waits: String {
        guard let plan, let state else { return "Its documents cannot be read." }
        let reason = state.reason.map { " (\($0))" } ?? ""
        switch state.phase {
        case .running:
            let step = plan.steps[state.step]
            let pairs = max(0, state.pairs - state.pairsBefore)
            return "Step \(state.step + 1) of \(plan.steps.count), \(state.mode.rawValue) at "
                + "\(state.share): \(Figures.duration(state.elapsedMs)) of "
                + "\(Figures.duration(step.minMs)), \(Figures.grouped(pairs)) of "
                + "\(Figures.grouped(step.minPairs)) pairs."
        case .gate:
            return "Step \(state.step + 1) of \(plan.steps.count) is done and waits\(reason)."
        case .paused: return "Paused\(reason): somebody has to resume it."
        case .held: return "Held\(reason): somebody has to decide."
        case .promoted: return "Promoted; the bake begins next."
        case .baking:
            return
                "Bakes: \(Figures.duration(state.elapsedMs)) of \(Figures.duration(plan.bake.ms)), "
                + "the version before shadows it."
        case .completed, .rolledBack, .aborted, .superseded: return "Over\(reason)."
        }
    }

    /// Phase and step, without what counts on every second: it is read out where it changes.
    var news: String {
        guard let state else { return mark.words }
        return
            "rollout \(mark.words), step \(state.step + 1), \(state.mode.rawValue) at \(state.share)"
    }

    /// The steps as a short row of boxes; words are beside it.
    var track: HTML {
        guard let plan, let state else { return HTML() }
        let count = plan.steps.count
        var marks = HTML()
        for place in 0..<count {
            let kind: HTML =
                place < state.step || state.isPromoted || state.phase == .completed
                ? "done" : place == state.step && !state.phase.isFinal ? "here" : "ahead"
            marks +=
                "<rect class=\"step-\(kind)\" x=\"\(place * 16)\" y=\"1\" width=\"13\" height=\"10\" rx=\"2\"/>"
        }
        return """
            <svg class="track" width="\(count * 16)" height="12" role="img" \
            aria-label="step \(state.step + 1) of \(count)">\(marks)</svg>
            """
    }

    /// The words that its phase allows, as its controller says.
    var allowed: [RolloutWord] {
        guard let plan, let state else { return [] }
        let controller = RolloutController(plan)
        return RolloutWord.allCases.filter { word in
            do throws(SwerveError) {
                _ = try controller.obey(word, state)
                return true
            } catch {
                return false
            }
        }
    }

    /// The plan, with where it is.
    var steps: HTML {
        guard let plan, let state else { return HTML() }
        var items = HTML()
        let skips = standing.skips(ofSteps: plan.steps.count)
        for (place, step) in plan.steps.enumerated() {
            let isHere = place == state.step && !state.isPromoted && !state.phase.isFinal
            let isDone = place < state.step || state.isPromoted || state.phase == .completed
            let current: HTML = isHere ? " aria-current=\"step\"" : ""
            let kind: HTML = isHere ? "here" : isDone ? "done" : "ahead"
            let done: HTML = skips.steps.contains(place) ? "skipped" : "done"
            let word: HTML = isHere ? "now" : isDone ? done : "ahead"
            let gate = step.gate == .manual ? ", then somebody approves" : ""
            items += """
                <li class="step step-is-\(kind)"\(current)><strong>\(step.mode.rawValue) \(step.share.description)\
                </strong> <span class="step-word">\(word)</span><span class="quiet">at least \
                \(Figures.duration(step.minMs)) and \(Figures.grouped(step.minPairs)) pairs; needs \
                \(step.require.rawValue)\(gate)</span>\
                \(isHere ? progress(step, state) : HTML())</li>

                """
        }
        if plan.bake.ms > 0 {
            let isHere = state.isPromoted && !state.phase.isFinal
            let current: HTML = isHere ? " aria-current=\"step\"" : ""
            let kind: HTML = isHere ? "here" : state.phase == .completed ? "done" : "ahead"
            let done: HTML = skips.hasBake ? "skipped" : "done"
            let word: HTML = isHere ? "now" : state.phase == .completed ? done : "ahead"
            items += """
                <li class="step step-is-\(kind)"\(current)><strong>bake</strong> \
                <span class="step-word">\(word)</span><span class="quiet">the version before shadows \
                \(plan.bake.share.description) for \(Figures.duration(plan.bake.ms))</span></li>

                """
        }
        return "<ol class=\"steps\">\n\(items)</ol>\n"
    }

    private func progress(_ step: RolloutPlan.Step, _ state: RolloutState) -> HTML {
        let pairs = max(0, state.pairs - state.pairsBefore)
        return [
            Self.meter("time", state.elapsedMs, step.minMs, Figures.duration),
            Self.meter("pairs", pairs, step.minPairs) { Figures.grouped($0) },
        ].joined()
    }

    private static func meter(
        _ name: String, _ value: Int64, _ whole: Int64, _ format: (Int64) -> String
    ) -> HTML {
        let percent = whole > 0 ? min(100, Int(Double(value) / Double(whole) * 100)) : 100
        return """
            <span class="meter"><span>\(name)</span><span class="meter-words">\(format(value)) of \
            \(format(whole))</span><svg width="100%" height="6" role="img" \
            aria-label="\(percent) % of the \(name)"><rect class="meter-ground" width="100%" height="6" rx="3"/>\
            <rect class="meter-part" width="\(percent)%" height="6" rx="3"/></svg></span>
            """
    }
}
