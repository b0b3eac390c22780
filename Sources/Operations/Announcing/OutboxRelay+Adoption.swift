package import Lifecycle
import Platform
package import Registry

/// Taking over what stands on the control topic.
extension OutboxRelay {
    /// What came of it.
    package struct Adopted: Sendable, Equatable {
        package let deployment: Deployment
        package let publications: [Publication]
        /// The epoch of a record that was passed over; workers that believe it ignore the new one.
        package let disregarded: Int64?
    }

    /// Takes the topic's record of `model` over: the present state under an epoch above it.
    ///
    /// A record that the trust refuses was believed by nobody: it is passed over, and the next
    /// epoch of this registry follows.
    /// - Parameter isForced: passes the record over, whosever it is: for workers that do not
    ///   believe it.
    /// - Throws: `.refused` where there is nothing to take over, or no epoch above it.
    package func adopt(
        _ model: ModelName, note: ChangeNote, signing: DeploymentSigning? = nil,
        isForced: Bool = false
    ) throws(SwerveError) -> Adopted {
        let lock = try acquireLock()
        defer { lock.release() }
        let takeover = try takeover(model, try standing()[model], isForced: isForced)
        let deployment = try registry.change(
            ChangeOrder(.adopt(takeover), of: model, note: note, signing: signing),
            believedBy: trust)
        let publications = try drainLocked(
            first: model, disregarded: takeover.disregarded == nil ? nil : model)
        return Adopted(
            deployment: deployment, publications: publications,
            disregarded: takeover.disregarded?.epoch)
    }

    private func takeover(
        _ model: ModelName, _ standing: TopicStanding.Entry, isForced: Bool
    ) throws(SwerveError) -> DeploymentTakeover {
        let act = "adopting \(model)"
        guard let newest = standing.newestHeader else {
            throw SwerveError(
                .refused, act: act, reason: "the control topic has no record of it to take over",
                problem: Problem(.nothingToAdopt, [.model: "\(model)"]))
        }
        var found = DeploymentTakeover()
        if isForced || standing.refusal != nil { found.disregarded = Self.adoption(newest) }
        let authority =
            isForced ? newest : standing.header
        if let there = authority, try !isOwn(model, there, standing.authority) {
            if isForced { return found }
            guard there.schema <= ControlRecord.schema else {
                throw PublicationRule.newerSchema(model, there)
            }
            let own = try registry.deployment(of: model)?.epoch ?? 0
            guard there.epoch - own <= Int64(Limits.epochLeap) else {
                throw implausible(model, there, own: own)
            }
            found.adoption = Self.adoption(there)
        } else if isForced || standing.refusal == nil {
            let own = try registry.deployment(of: model)?.epoch ?? 0
            throw SwerveError(
                .refused, act: act,
                reason: "the control topic's record is this registry's own, at epoch "
                    + "\(newest.epoch) of \(own)",
                problem: Problem(.adoptedAlready, [.model: "\(model)"]))
        }
        return found
    }

    /// Whether the record is one that this registry wrote.
    private func isOwn(
        _ model: ModelName, _ there: TopicRecordHeader, _ announcement: Announcement?
    ) throws(SwerveError) -> Bool {
        let own = try registry.deployment(of: model)?.epoch ?? 0
        guard there.registry == registry.id, there.epoch <= own else { return false }
        // The same epoch with another content is a second copy of this registry.
        return try !registry.pendingPublications().contains { pending in
            pending.model == model && pending.epoch == there.epoch
                && pending.announcement != announcement
        }
    }

    private static func adoption(_ there: TopicRecordHeader) -> PendingPublication.Adoption {
        PendingPublication.Adoption(registry: there.registry, epoch: there.epoch)
    }

    private func implausible(
        _ model: ModelName, _ there: TopicRecordHeader, own: Int64
    ) -> SwerveError {
        return SwerveError(
            .refused, act: "adopting \(model)",
            reason: "the control topic's record has epoch \(there.epoch), this registry \(own): no "
                + "honest history leads there, and hardly an epoch is left above it; workers that "
                + "believe it follow none below",
            problem: Problem(
                hasTrust ? .epochBelieved : .epochImplausible, [.model: "\(model)"]))
    }
}
