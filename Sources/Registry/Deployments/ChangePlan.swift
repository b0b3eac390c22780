package import Lifecycle

/// What there is to do for a change that somebody asks for.
package enum ChangePlan: Sendable {
    /// It changes the deployment.
    case change
    /// It is so already, for the reason told.
    case already(Deployment, String)
    /// It is so already, but what was announced is not signed as it is to be now.
    case renew

    package var isChange: Bool { if case .change = self { true } else { false } }
}

extension Registry {
    /// Holds an order against the registry, changing nothing.
    ///
    /// - Parameter nowMs: the wall clock, which a signature's expiry is held against.
    /// - Throws: what `change` would refuse.
    package func plan(_ order: ChangeOrder, nowMs: Int64) throws(SwerveError) -> ChangePlan {
        let model = order.model
        return try read(order.act) { transaction in
            try transaction.models.require(model)
            let current = try transaction.deployments.one(model)
            if let current, case .change(let change) = order.what {
                let past = try Self.past(of: current, in: transaction)
                let newest = try Self.announcement(of: current, in: transaction)
                let words = try transaction.resolved(change, model: model)
                    .alreadySo(in: current, after: past.before, isPending: !newest.isPublished)
                let isExpected =
                    order.expectedEpoch.map { $0 == current.epoch || past.epochs.contains($0) }
                    ?? true
                if let words, isExpected {
                    try transaction.witness.requireDeployment(
                        model, current, versions: current.versions.map(\.version))
                    guard let signing = order.signing else { return .already(current, words) }
                    let isSigned = try newest.isSigned(
                        as: signing, nowMs: nowMs, in: transaction)
                    return isSigned ? .already(current, words) : .renew
                }
            }
            _ = try transaction.next(after: current, order)
            return .change
        }
    }

    /// The state before the one that is, and the epochs from there on: those that somebody may
    /// have decided upon who asks for what is.
    private static func past(
        of current: Deployment, in transaction: RegistryTransaction
    ) throws -> (before: Deployment?, epochs: Set<Int64>) {
        var epochs: Set<Int64> = []
        for entry in try transaction.history.entries(of: current.model, newest: renewalsMax) {
            guard entry.after.isSameState(as: current) else { break }
            epochs.insert(entry.before?.epoch ?? 0)
            guard let before = entry.before, before.isSameState(as: current) else {
                return (entry.before, epochs)
            }
        }
        return (nil, epochs)
    }

    /// So often the same state is looked through for the one before it.
    private static let renewalsMax = 64

    private static func announcement(
        of current: Deployment, in transaction: RegistryTransaction
    ) throws -> StoredAnnouncement {
        let found = try transaction.outbox.announcement(current.model, epoch: current.epoch)
        guard let found else {
            throw SwerveError(
                .invalid, act: transaction.act,
                reason: "the outbox has no announcement of epoch \(current.epoch)",
                problem: Problem(
                    .announcementMissing,
                    [.model: "\(current.model)", .epoch: "\(current.epoch)"]))
        }
        return found
    }
}
