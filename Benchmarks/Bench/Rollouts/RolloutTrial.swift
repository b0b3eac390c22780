import Judge
import Lifecycle

/// What the rollouts of one row have in common.
struct RolloutTrialTerms: Sendable {
    /// Records a second of the stream, and of the log whose clients come.
    var rate = 400.0
    var loggedRate = 0.0335
    /// Which part of the records scanners send.
    var attackShare = 0.02
    /// How many times as slow the candidate is.
    var slower = 1.0
}

/// One rollout by the standard plan, from its start to its end or until it waits for a person: the
/// judge and the controller that `swerve rollout run` runs, over a simulated fleet and clock.
struct RolloutTrial {
    enum End: String, CaseIterable {
        /// Promoted, and the bake ended well.
        case completed
        /// Before its promotion; after it.
        case rolledBack = "rolled_back"
        case rolledBackLate = "rolled_back_late"
        /// Waits for a person.
        case held
    }

    struct Outcome {
        var end: End
        /// Which guard failed, or why it is held.
        var why: String
        /// From the start until the promotion, or until the end without one; simulated.
        var seconds: Int
        /// Records that both versions had scored by then.
        var pairs: Int64
    }

    private let controller = RolloutController(.standard)
    private var fleet: SimulatedFleet
    private var deployment: RolloutDeployment
    private var state: RolloutState
    private var judge: CanaryJudge?
    private var report: JudgeReport?
    private var nowMs: Int64
    private let startMs: Int64
    private var convergesAtMs: Int64 = 0
    private var promotion: (seconds: Int, pairs: Int64)?

    private static let (stable, candidate) = (1, 2)
    private static let convergenceMs: Int64 = 3_000

    init(_ traffic: SampledTraffic, _ terms: RolloutTrialTerms, seed: UInt64) {
        var numbers = SeededNumbers(seed: seed)
        // At any hour of a day.
        startMs = 1_764_000_000_000 + Int64(numbers.below(86_400)) * 1_000
        nowMs = startMs
        fleet = SimulatedFleet(traffic, terms, numbers)
        deployment = RolloutDeployment(epoch: 1, stable: Self.stable, settings: "s")
        let outcome = controller.start(over: deployment, candidate: Self.candidate)
        state = outcome.state
        apply(outcome.action)
    }

    mutating func run() -> Outcome {
        while true {
            nowMs += 1_000
            let isReversed = deployment.stable == Self.candidate
            prepareJudge(isReversed)
            fleet.tick(nowMs: nowMs, share: deployment.candidate?.share, isReversed: isReversed)
            report = judge?.tick(nowMs: nowMs, fleet.slots) ?? report
            let judged = RolloutJudged(
                verdict: judge?.verdict ?? .running, pairs: judge?.pairs ?? 0,
                isConverged: nowMs >= convergesAtMs, hasJudged: (judge?.blocks ?? 0) > 0,
                failedGuard: judge?.reason)
            let next = controller.tick(state, nowMs: nowMs, deployment, judged)
            if next.state.phase == .promoted {
                promotion = (seconds: seconds, pairs: judge?.pairs ?? 0)
            }
            state = next.state
            apply(next.action)
            if let end { return outcome(end) }
        }
    }

    private var seconds: Int { Int((nowMs - startMs) / 1_000) }

    private var end: End? {
        switch state.phase {
        case .completed: .completed
        case .rolledBack, .aborted, .superseded: promotion == nil ? .rolledBack : .rolledBackLate
        case .held, .gate, .paused: .held
        case .running, .promoted, .baking: nil
        }
    }

    private func outcome(_ end: End) -> Outcome {
        Outcome(
            end: end, why: end == .held ? undecided : judge?.reason ?? state.reason ?? "",
            seconds: promotion?.seconds ?? seconds, pairs: promotion?.pairs ?? judge?.pairs ?? 0)
    }

    /// Why it waits, and the guards that have not passed.
    private var undecided: String {
        let open = report?.guards.filter { $0.rule.isNeeded && !$0.hasPassed }.map(\.rule.name)
        return ([state.reason ?? ""] + (open ?? [])).joined(separator: " ")
    }

    /// As the executor of rollouts does it.
    private mutating func prepareJudge(_ isReversed: Bool) {
        guard deployment.candidate != nil else {
            judge = nil
            return
        }
        let number = Int(clamping: state.comparisons)
        if let judge, judge.number == number, judge.isReversed == isReversed { return }
        let id = "comparison-\(number)"
        fleet.begin(comparison: id)
        judge = CanaryJudge(
            controller.plan.judge, comparison: id, number: number, isReversed: isReversed)
    }

    private mutating func apply(_ action: RolloutAction?) {
        guard let action else { return }
        deployment.epoch = action.expect + 1
        convergesAtMs = nowMs + Self.convergenceMs
        switch action.act {
        case .set(let mode, let share, let version):
            deployment.candidate = RolloutDeployment.Trial(
                version: version, mode: mode, share: share)
        case .promote(let version):
            deployment.stable = version
            deployment.candidate = nil
        case .shadowPrevious(let version, let share):
            deployment.candidate = RolloutDeployment.Trial(
                version: version, mode: .shadow, share: share)
        case .drop: deployment.candidate = nil
        case .rollback(let version):
            deployment.stable = version
            deployment.candidate = nil
        }
    }
}
