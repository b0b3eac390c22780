import Fleet
import Judge
package import Lifecycle
import Registry

/// Runs rollouts: a tick a second for each that is active, until it is stopped.
///
/// Blocking; one thread, which the caller gives.
package final class RolloutLoop {
    private let desk: RolloutDesk
    private let model: ModelName?
    private let labels: (any RolloutLabels)?
    private let tell: (RolloutNews) -> Void
    /// The rollout that it runs, where a model is named: another one's is another loop's.
    private var own: Int64?
    private var executors: [ModelName: RolloutExecutor] = [:]
    /// What was told of each model last, so that a fault that stays is told once.
    private var faults: [ModelName?: SwerveError] = [:]
    private var waits = RolloutWaits()
    /// Who each active model's rollout waits for, by the last tick.
    private var stragglers: [ModelName: [String]] = [:]
    private let clock: @Sendable () -> Int64

    /// - Parameters:
    ///   - model: nil runs those of all models, also those that begin later.
    ///   - labels: of the named model.
    ///   - clock: one that only goes forward, wall-clock milliseconds.
    package init(
        at desk: RolloutDesk, of model: ModelName? = nil, labels: (any RolloutLabels)? = nil,
        clock: @escaping @Sendable () -> Int64 = FleetListener.steadyClock(),
        tell: @escaping (RolloutNews) -> Void
    ) {
        self.clock = clock
        self.labels = model == nil ? nil : labels
        self.desk = desk
        self.model = model
        self.tell = tell
    }

    /// - Parameter isStopped: asked some times a second.
    /// - Returns: once it is stopped; where a model is named, also once its rollout is over: which
    ///   one that was.
    /// - Throws: `.notFound` where a model is named that has no active one; where the status topic
    ///   cannot be read for a reason that waiting does not mend.
    @discardableResult
    package func run(
        isStopped: () throws(SwerveError) -> Bool
    ) throws(SwerveError) -> Int64? {
        if let model {
            own = try desk.active(of: model, act: "running the rollout of \(model)").stored.id
        }
        let groups = try desk.brokers.expectedGroups()
        let listener = FleetListener(
            feed: try desk.brokers.statusFeed(), expecting: groups, nowMs: clock)
        defer { listener.close() }
        // A tick may look for brokers that are away for a minute, so that comes behind listening.
        while try !isStopped() {
            let nextMs = listener.nowMs + Self.tickMs
            while listener.nowMs < nextMs, try !isStopped() {
                tellWaits(listener)
                try listener.listen(milliseconds: FleetListener.pollMs)
            }
            tellWaits(listener)
            if try isStopped() { return own }
            guard tick(listener, groups) else { return own }
        }
        return own
    }

    private func tellWaits(_ listener: FleetListener) {
        let nowMs = listener.nowMs
        let progress = listener.watcher.progress(of: model, nowMs: nowMs)
        let all = waits.take(
            progress, absence: listener.absence, stragglers, nowMs: nowMs)
        for news in all { tell(news) }
    }

    /// - Returns: false where the named model's rollout is over.
    func tick(_ listener: FleetListener, _ groups: [String]) -> Bool {
        do throws(SwerveError) {
            let marks = try desk.registry.activeRollouts()
            if let own, let other = marks.first(where: { $0.model == model && $0.id != own }) {
                try tellEnd(of: own, before: other)
                return false
            }
            let models = marks.map(\.model)
            stragglers = stragglers.filter { models.contains($0.key) }
            for active in models where model == nil || model == active {
                tick(active, listener, groups)
            }
            let isLeft = try announcePending()
            guard let model else { return true }
            return models.contains(model) || isLeft
        } catch {
            tellFault(error, of: model)
            return true
        }
    }

    /// That another rollout has taken the place of the one that it runs; nothing where that one was
    /// over before, which was told.
    private func tellEnd(of own: Int64, before other: RolloutMark) throws(SwerveError) {
        guard let stored = try desk.registry.rollout(own),
            try RolloutRecord(stored).state.phase == .superseded
        else { return }
        let acts = try desk.registry.rollout(other.id)?.isObserved == false
        tell(
            .told(
                other.model, rollout: own, atMs: desk.nowMs, event: "superseded",
                detail: "by rollout \(other.id), which \(acts ? "acts" : "observes")"))
    }

    /// Announces what acting rollouts committed while the brokers did not answer: also of one that
    /// has ended since, which nothing else would tell the workers of.
    ///
    /// - Returns: whether something is left to be announced.
    func announcePending() throws(SwerveError) -> Bool {
        guard let pending = try desk.unannouncedModel(model) else { return false }
        if let fault = try desk.announcePending(pending) { tellFault(fault, of: pending) }
        return try desk.unannouncedModel(model) != nil
    }

    private func tick(_ active: ModelName, _ listener: FleetListener, _ groups: [String]) {
        let executor =
            executors[active]
            ?? RolloutExecutor(of: active, at: desk, labels: labels) { [weak self] in self?.pass($0)
            }
        executors[active] = executor
        let registry = desk.registry.id
        do throws(SwerveError) {
            let goesOn = try executor.tick { deployment in
                let sight = RolloutSight(
                    listener.watcher, of: deployment, registry: registry, groups: groups,
                    nowMs: listener.nowMs)
                stragglers[active] = sight.stragglers
                return sight
            }
            if !goesOn { executors[active] = nil }
        } catch {
            tellFault(error, of: active)
        }
    }

    private func pass(_ news: RolloutNews) {
        switch news {
        case .fault(let model, let error): tellFault(error, of: model)
        case .noted, .waits: tell(news)
        case .told(let model, _, _, _, _):
            faults[model] = nil
            tell(news)
        }
    }

    /// Tells a fault, unless it is the one that was told last.
    private func tellFault(_ error: SwerveError, of model: ModelName?) {
        guard faults.updateValue(error, forKey: model) != error else { return }
        tell(.fault(model, error))
    }

    private static let tickMs: Int64 = 1_000
}
