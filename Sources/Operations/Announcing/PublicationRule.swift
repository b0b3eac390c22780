import Lifecycle
import Platform
import Registry

/// Whether a deployment may be announced over what the control topic says now.
///
/// A pure rule, tested by a table: the first word on a model is free; after that a registry may
/// replace what it issued itself and garbage, and anything else only where it was adopted: another
/// registry's record, and one of another copy of itself. What no worker believes is no word at all.
enum PublicationRule: Equatable {
    case publish
    /// The topic has these very bytes: published before a crash, or asked for again.
    case alreadyThere
    case refuse(SwerveError)

    /// - Parameters:
    ///   - isIssued: whether the record that counts is this registry's own, as
    ///     `OutboxRelay.isIssued` says.
    ///   - fault: why workers would refuse the announcement itself; nil where they would not, as
    ///     far as is known here.
    init(
        _ pending: PendingPublication, by registry: String, over standing: TopicStanding.Entry,
        isIssued: Bool, fault: SwerveError? = nil, nowMs: Int64
    ) {
        guard standing.newest != pending.announcement else {
            self = .alreadyThere
            return
        }
        if let expiry = pending.expiresAtMs, nowMs >= expiry {
            self = .refuse(Self.expired(pending, at: expiry))
            return
        }
        if let fault {
            self = .refuse(fault)
            return
        }
        // Ours, with something that nobody believes on top of it.
        guard let authority = standing.authority, authority != pending.announcement,
            let there = standing.header
        else {
            self = .publish
            return
        }
        let obstacle = Self.obstacle(
            to: pending.model, epoch: pending.epoch, adoption: pending.adoption, by: registry,
            over: there, isIssued: isIssued)
        self = obstacle.map { .refuse($0) } ?? .publish
    }

    /// Why the record that counts may not be replaced; nil where it may.
    ///
    /// - Parameters:
    ///   - epoch: of the announcement, which may be still to come.
    ///   - adoption: whose record it may replace.
    static func obstacle(
        to model: ModelName, epoch: Int64, adoption: PendingPublication.Adoption?,
        by registry: String, over there: TopicRecordHeader, isIssued: Bool
    ) -> SwerveError? {
        guard there.schema <= ControlRecord.schema else { return newerSchema(model, there) }
        let isAdopted = adoption?.registry == there.registry && there.epoch <= adoption?.epoch ?? 0
        guard !isIssued, !isAdopted else { return nil }
        return SwerveError(
            .refused, act: "announcing \(model) epoch \(epoch)",
            reason: words(there, epoch: epoch, by: registry),
            problem: Problem(.topicSpokenFor, [.model: "\(model)"]))
    }

    /// Whose record it is that this registry does not know.
    private static func words(
        _ there: TopicRecordHeader, epoch: Int64, by registry: String
    ) -> String {
        guard there.registry == registry else {
            return "the control topic's record is registry \(there.registry)'s, at epoch "
                + "\(there.epoch); this one is \(registry)"
        }
        guard there.epoch <= epoch else {
            return "the control topic is at epoch \(there.epoch) of this registry already: the "
                + "registry was restored from a backup, or somebody else wrote it"
        }
        return "the control topic has epoch \(there.epoch) of this registry with another content: "
            + "there are two copies of it, or somebody else wrote it"
    }

    static func newerSchema(_ model: ModelName, _ there: TopicRecordHeader) -> SwerveError {
        SwerveError(
            .refused, act: "announcing \(model)",
            reason: "the control topic's record has schema \(there.schema), this swerve knows "
                + "\(ControlRecord.schema)",
            problem: Problem(.topicNewer, [.model: "\(model)"]))
    }

    private static func expired(_ pending: PendingPublication, at expiry: Int64) -> SwerveError {
        unbelievable(
            pending,
            "its signature was good until \(Timestamp.text(ofMs: expiry)); workers would refuse "
                + "it now")
    }

    /// An announcement that is not to be believed as it is.
    static func unbelievable(_ pending: PendingPublication, _ reason: String) -> SwerveError {
        SwerveError(
            .refused, act: "announcing \(pending.model) epoch \(pending.epoch)", reason: reason,
            problem: Problem(.announcementUnbelievable, [.model: "\(pending.model)"]))
    }
}
