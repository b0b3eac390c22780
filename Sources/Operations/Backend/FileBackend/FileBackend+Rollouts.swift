import Judge
package import Lifecycle
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
            desk: desk(registry, brokers),
            isSigning: try signing(brokers.controlTopicName) != nil)
        let started = try starter.start(
            request, candidate: try number(request.version, of: request.model, in: registry))
        return RolloutStartResult(
            standing: try standing(started.begun, registry), isNew: started.isNew,
            margins: started.margins, alertRate: started.alertRate, fault: started.fault)
    }

    package func sayToRollout(
        _ request: RolloutWordRequest
    ) throws(SwerveError) -> RolloutWordResult {
        let brokers = try brokers()
        try brokers.requireNamed()
        let registry = try opened()
        let fault = try RolloutSpeaker(desk: desk(registry, brokers))
            .say(request.word, to: request.model, reason: request.reason)
        return RolloutWordResult(
            standing: try newest(of: request.model, in: registry), fault: fault)
    }

    package func rollout(_ request: RolloutRequest) throws(SwerveError) -> RolloutStanding {
        try newest(of: request.model, in: try readable())
    }

    /// Runs rollouts until it is stopped, or the named model's is over.
    ///
    /// No request: it is a process of this machine, beside the registry.
    /// - Returns: the named model's as it is then.
    package func runRollouts(
        of model: ModelName?, labels: (any RolloutLabels)? = nil,
        isStopped: () throws(SwerveError) -> Bool,
        hear: @escaping (RolloutNews) -> Void
    ) throws(SwerveError) -> RolloutStanding? {
        let brokers = try brokers()
        try brokers.requireNamed()
        let registry = try opened()
        let loop = RolloutLoop(
            at: desk(registry, brokers), of: model, labels: labels, hear: hear)
        try loop.run(isStopped: isStopped)
        guard let model else { return nil }
        return try newest(of: model, in: registry)
    }

    private func desk(_ registry: Registry, _ brokers: any Brokers) -> RolloutDesk {
        RolloutDesk(registry: registry, brokers: brokers, author: caller.author)
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
