import Judge
package import Lifecycle
import Platform
import Registry

/// Rollouts, and the loop that runs them.
extension FileBackend {
    package func startRollout(
        _ request: RolloutStartRequest
    ) throws(SwerveError) -> RolloutStartResult {
        let brokers = try brokers()
        try brokers.requireNamed()
        let registry = try opened()
        let starter = RolloutStarter(
            desk: try desk(registry, brokers, holdsMs: request.holdsMs))
        let started = try starter.start(
            request, candidate: try number(request.version, of: request.model, in: registry))
        return RolloutStartResult(
            standing: try standing(started.begun, registry), isNew: started.isNew,
            margins: started.margins, warnings: started.warnings,
            superseded: started.superseded, alertRate: started.alertRate, fault: started.fault)
    }

    package func sayToRollout(
        _ request: RolloutWordRequest
    ) throws(SwerveError) -> RolloutWordResult {
        let brokers = try brokers()
        try brokers.requireNamed()
        let registry = try opened()
        let said = try RolloutSpeaker(desk: try desk(registry, brokers))
            .say(request.word, to: request.model, reason: request.reason)
        return RolloutWordResult(
            standing: try newest(of: request.model, in: registry), isNew: said.isNew,
            fault: said.fault)
    }

    package func signRollout(
        _ request: RolloutSignRequest
    ) throws(SwerveError) -> RolloutStanding {
        let brokers = try brokers()
        let registry = try opened()
        try RolloutSpeaker(desk: try desk(registry, brokers, holdsMs: request.holdsMs))
            .sign(request.model, reason: request.reason)
        return try newest(of: request.model, in: registry)
    }

    package func rollout(_ request: RolloutRequest) throws(SwerveError) -> RolloutStanding {
        try newest(of: request.model, in: try readable())
    }

    /// Runs rollouts until it is stopped, or the named model's is over.
    ///
    /// No request: it is a process of this machine, beside the registry.
    /// - Returns: the one of the named model that it has run, as it is then.
    package func runRollouts(
        of model: ModelName?, labels: (any RolloutLabels)? = nil,
        isStopped: () throws(SwerveError) -> Bool,
        hear: @escaping (RolloutNews) -> Void
    ) throws(SwerveError) -> RolloutStanding? {
        let brokers = try brokers()
        try brokers.requireNamed()
        let registry = try opened()
        let loop = RolloutLoop(
            at: try loopDesk(registry, brokers), of: model, labels: labels, tell: hear)
        guard let id = try loop.run(isStopped: isStopped),
            let stored = try registry.rollout(id)
        else { return nil }
        return try standing(stored, registry)
    }

    private func desk(
        _ registry: Registry, _ brokers: any Brokers, holdsMs: Int64? = nil
    ) throws(SwerveError) -> RolloutDesk {
        if let holdsMs, !RolloutTerms.holdsMs.contains(holdsMs) {
            throw SwerveError(
                .usage, act: "signing a rollout",
                reason: "\(holdsMs) ms are not between a minute and 90 days")
        }
        let hand = try signing(brokers.controlTopicName).map { signing throws(SwerveError) in
            try RolloutHand(signing, in: registry, planMs: holdsMs, moment: caller.moment)
        }
        let moment = caller.moment
        return RolloutDesk(
            registry: registry, brokers: brokers, author: caller.author, hand: hand
        ) { moment?.atMs ?? WallClock.nowMs }
    }

    /// A loop's: with no key but a controller's.
    ///
    /// Another's that is configured for other commands is no obstacle while all rollouts observe:
    /// it is left alone.
    private func loopDesk(
        _ registry: Registry, _ brokers: any Brokers
    ) throws(SwerveError) -> RolloutDesk {
        let desk = try desk(registry, brokers)
        guard let hand = desk.hand, !hand.isController else { return desk }
        for mark in try registry.activeRollouts() {
            guard try registry.rollout(mark.id)?.isObserved == true else {
                throw hand.unfitForLoop
            }
        }
        return RolloutDesk(registry: registry, brokers: brokers, author: caller.author)
    }

    private func newest(
        of model: ModelName, in registry: Registry
    ) throws(SwerveError) -> RolloutStanding {
        guard let stored = try registry.rollout(of: model) else {
            throw SwerveError(
                .notFound, act: "reading the rollout of \(model)", reason: "it never had one",
                problem: Problem(.rolloutNotFound, [.model: "\(model)"]))
        }
        return try standing(stored, registry)
    }

    private func standing(
        _ stored: StoredRollout, _ registry: Registry
    ) throws(SwerveError) -> RolloutStanding {
        RolloutStanding(stored, try registry.entries(of: stored.id))
    }
}
