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
    /// - Parameters:
    ///   - isForced: passes the record over, whosever it is: for workers that do not believe it.
    ///   - above: an epoch that workers have seen, which the next one is to be above, whatever the
    ///     topic says; nil where none is known.
    /// - Throws: `.refused` where there is nothing to take over, or no epoch above it.
    package func adopt(
        _ model: ModelName, note: ChangeNote, signing: DeploymentSigning? = nil,
        isForced: Bool = false, above: Int64? = nil
    ) throws(SwerveError) -> Adopted {
        let lock = try acquireLock()
        defer { lock?.release() }
        let own = try registry.deployment(of: model)?.epoch ?? 0
        if let above, above > own, above - own > Int64(Limits.epochLeap) {
            throw implausible(model, "workers are said to have seen epoch \(above)", own: own)
        }
        var takeover = try takeover(
            model, try standing()[model], own: own, isForced: isForced,
            isAhead: above.map { $0 >= own } ?? false)
        takeover.above = above ?? 0
        let deployment = try registry.change(
            ChangeOrder(.adopt(takeover), of: model, note: note, signing: signing),
            believedBy: trust)
        let publications = try drainLocked(
            first: model, disregarded: takeover.disregarded == nil ? nil : model)
        return Adopted(
            deployment: deployment, publications: publications,
            disregarded: takeover.disregarded?.epoch)
    }

    /// - Parameters:
    ///   - own: the registry's epoch.
    ///   - isAhead: whether workers ignore that epoch, which is reason enough for another.
    private func takeover(
        _ model: ModelName, _ standing: TopicStanding.Entry, own: Int64, isForced: Bool,
        isAhead: Bool
    ) throws(SwerveError) -> DeploymentTakeover {
        var found = DeploymentTakeover()
        let isIssued = try isIssued(standing, of: model)
        if isForced {
            let isOwn = isIssued && standing.newest == standing.authority
            let passed = standing.newestHeader ?? (isIssued ? nil : standing.header)
            found.disregarded = isOwn ? nil : passed.map(Self.adoption)
        } else {
            if standing.refusal != nil {
                found.disregarded = standing.newestHeader.map(Self.adoption)
            }
            if let there = standing.header, !isIssued {
                guard there.schema <= ControlRecord.schema else {
                    throw PublicationRule.newerSchema(model, there)
                }
                guard there.epoch - own <= Int64(Limits.epochLeap) else {
                    throw implausible(
                        model, "the control topic's record has epoch \(there.epoch)", own: own)
                }
                found.adoption = Self.adoption(there)
            }
        }
        guard found.adoption == nil, found.disregarded == nil, !isAhead else { return found }
        let act = "adopting \(model)"
        guard let there = standing.header else {
            throw SwerveError(
                .refused, act: act, reason: "the control topic has no record of it to take over",
                problem: Problem(.nothingToAdopt, [.model: "\(model)"]))
        }
        throw SwerveError(
            .refused, act: act,
            reason: "the control topic's record is this registry's own, at epoch "
                + "\(there.epoch) of \(own)",
            problem: Problem(.adoptedAlready, [.model: "\(model)"]))
    }

    private static func adoption(_ there: TopicRecordHeader) -> PendingPublication.Adoption {
        PendingPublication.Adoption(registry: there.registry, epoch: there.epoch)
    }

    /// - Parameter what: says who has an epoch that is too high.
    private func implausible(_ model: ModelName, _ what: String, own: Int64) -> SwerveError {
        SwerveError(
            .refused, act: "adopting \(model)",
            reason: "\(what), this registry \(own): no honest history leads there, and hardly an "
                + "epoch is left above it; workers that believe it follow none below",
            problem: Problem(
                hasTrust ? .epochBelieved : .epochImplausible, [.model: "\(model)"]))
    }
}
