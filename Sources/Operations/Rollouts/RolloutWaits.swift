import Fleet
import Lifecycle

/// What running rollouts wait for, told once where it takes longer than a moment: a value.
///
/// Nobody who has just started a loop, or forgot a service, should look at a silent terminal.
struct RolloutWaits {
    /// What one model's rollout waits for, or all of them.
    private struct Wait {
        let sinceMs: Int64
        var isTold = false
    }

    private var waits: [ModelName?: Wait] = [:]

    /// - Parameters:
    ///   - progress: how far the status topic was read.
    ///   - absence: why the brokers do not answer; nil where they do, as far as that is known.
    ///   - stragglers: who of the fleet does not serve what each active model's rollout asks for;
    ///     empty where all do.
    ///   - nowMs: a clock that only goes forward.
    /// - Returns: what is to be told now.
    mutating func take(
        _ progress: FleetWatcher.Progress, absence: String? = nil,
        _ stragglers: [ModelName: [String]], nowMs: Int64
    ) -> [RolloutNews] {
        if case .reading(let fault) = progress {
            waits = waits.filter { $0.key == nil }
            let words = "the brokers: the status topic is not read to its end yet"
            guard told(nil, nowMs: nowMs) else { return [] }
            return [.waits(nil, words + (fault.map { ": \($0)" } ?? ""))]
        }
        if let absence {
            // What the workers say is not heard either, and no fault of theirs.
            waits = waits.filter { $0.key == nil }
            // They were waited for as long as that is known.
            guard told(nil, nowMs: nowMs, patienceMs: 0) else { return [] }
            return [.waits(nil, "the brokers, which do not answer: \(absence)")]
        }
        let waiting = stragglers.filter { !$0.value.isEmpty }
        waits = waits.filter { entry in entry.key.map { waiting[$0] != nil } ?? false }
        var news: [RolloutNews] = []
        for (model, names) in waiting.sorted(by: { $0.key < $1.key })
        where told(model, nowMs: nowMs) {
            news.append(.waits(model, "the workers: \(Convergence.named(names))"))
        }
        return news
    }

    /// Whether it is the time to tell of a wait; begins it where there was none.
    private mutating func told(
        _ model: ModelName?, nowMs: Int64, patienceMs: Int64 = patienceMs
    ) -> Bool {
        var wait = waits[model] ?? Wait(sinceMs: nowMs)
        defer { waits[model] = wait }
        guard !wait.isTold, nowMs - wait.sinceMs >= patienceMs else { return false }
        wait.isTold = true
        return true
    }

    /// A fleet that loads a version, and brokers that elect a leader, take as long at most mostly.
    static let patienceMs: Int64 = 3_000
}
