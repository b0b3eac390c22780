import Lifecycle
import Registry

/// A look at the control topic before a change is made.
extension OutboxRelay {
    /// Holds what the control topic says now against the next announcement of `model`.
    ///
    /// A look and no more: who speaks in between is found by `drain`, with the change committed.
    /// - Throws: `.refused` where another registry, or another copy of this one, speaks for the
    ///   model; where the topic cannot be read.
    func requireRoom(for model: ModelName) throws(SwerveError) {
        let there = try standing()[model]
        guard there.authority != nil, let header = there.header else { return }
        let own = try registry.deployment(of: model)?.epoch ?? 0
        // An adoption that is still to be announced holds for the next announcement as well.
        let pending = try registry.pendingPublications().first { $0.model == model }
        let obstacle = PublicationRule.obstacle(
            to: model, epoch: own + 1, adoption: pending?.adoption, by: registry.id, over: header,
            isIssued: try isIssued(there, of: model))
        guard let obstacle else { return }
        guard obstacle.problem?.kind == .topicSpokenFor else { throw obstacle }
        throw SwerveError(
            obstacle.code, act: obstacle.act, reason: obstacle.reason,
            problem: Problem(.registryNotSpeaking, [.model: "\(model)", .path: registry.path]))
    }
}
