package import Lifecycle

/// Rollouts: a state, the deployment that it asks for, and a signature on its plan are one
/// transaction.
extension Registry {
    /// The rollouts that are not over, by model.
    package func activeRollouts() throws(SwerveError) -> [RolloutMark] {
        try read("reading the rollouts") { try $0.rollouts.active() }
    }

    /// The newest rollout of a model, active or over; nil where it never had one.
    ///
    /// - Throws: `.notFound` for a model that is not registered.
    package func rollout(of model: ModelName) throws(SwerveError) -> StoredRollout? {
        try read("reading the rollout of \(model)") { transaction in
            try transaction.models.require(model)
            return try transaction.rollouts.newest(of: model)
        }
    }

    /// A rollout by its number; nil where there is none.
    package func rollout(_ id: Int64) throws(SwerveError) -> StoredRollout? {
        try read("reading rollout \(id)") { try $0.rollouts.one(id) }
    }

    /// The newest of what a rollout told, oldest of them first.
    package func entries(
        of rollout: Int64, newest: Int = 1_000
    ) throws(SwerveError) -> [RolloutEntry] {
        try read("reading the events of rollout \(rollout)") {
            try $0.rollouts.entries(of: rollout, newest: newest)
        }
    }

    /// Begins a rollout, and ends the one that it supersedes.
    ///
    /// - Parameters:
    ///   - order: what it asks of the deployment, with the epoch that it expects; nil where it only
    ///     observes.
    ///   - superseded: the end of the model's active one, as it was read; nil where there is none.
    ///   - accepted: as of `change`.
    /// - Throws: `.refused`, nothing being changed: with the problem `rolloutMoved` where another
    ///   began or changed meanwhile, `epochMoved` where the deployment did; what `change` throws.
    package func begin(
        _ start: RolloutStart, _ order: ChangeOrder?, superseding superseded: RolloutChange?,
        accepted: (Announcement) throws(SwerveError) -> Void = { _ in }
    ) throws(SwerveError) -> StoredRollout {
        let act = "starting a rollout of \(start.model)@\(start.candidate)"
        return try together(act, start.note, order, accepted) { transaction, deployment in
            if let superseded {
                try transaction.rollouts.require(superseded.mark)
                try transaction.rollouts.save(superseded, salt: superseded.salt, epoch: nil)
            }
            try transaction.rollouts.requireNone(of: start.model)
            let id = try transaction.rollouts.begin(
                start, salt: deployment.map(Self.salt) ?? start.salt, epoch: deployment?.epoch)
            try transaction.sign(start.mandate, for: id, of: start.model, start.note)
            guard let begun = try transaction.rollouts.one(id) else {
                throw transaction.edited("the rollout that was written is not there")
            }
            return begun
        }
    }

    /// Writes a rollout's next state, and the deployment that it asks for.
    ///
    /// - Parameters: as of `begin`.
    /// - Returns: how it is marked now, and the deployment where one was asked for.
    /// - Throws: as `begin`.
    @discardableResult
    package func change(
        _ change: RolloutChange, _ order: ChangeOrder? = nil,
        accepted: (Announcement) throws(SwerveError) -> Void = { _ in }
    ) throws(SwerveError) -> (mark: RolloutMark, deployment: Deployment?) {
        let act = "going on with the rollout of \(change.mark.model)"
        return try together(act, change.note, order, accepted) { transaction, deployment in
            try transaction.rollouts.require(change.mark)
            try transaction.rollouts.save(
                change, salt: deployment.map(Self.salt) ?? change.salt, epoch: deployment?.epoch)
            try transaction.sign(
                change.mandate, for: change.mark.id, of: change.mark.model, change.note)
            guard let mark = try transaction.rollouts.mark(of: change.mark.id) else {
                throw transaction.edited("the rollout that was written is not there")
            }
            return (mark, deployment)
        }
    }

    private static func salt(_ deployment: Deployment) -> UInt32? {
        deployment.candidate == nil ? nil : deployment.salt
    }

    /// Carries the order out, where there is one, and `body` in the same transaction.
    private func together<Value>(
        _ act: String, _ note: ChangeNote, _ order: ChangeOrder?,
        _ accepted: (Announcement) throws(SwerveError) -> Void,
        _ body: (RegistryTransaction, Deployment?) throws -> Value
    ) throws(SwerveError) -> Value {
        try note.check(act: act)
        guard let order else { return try write(act) { try body($0, nil) } }
        return try audited(order.act, order.note.signed(by: order.signing)) { transaction, held in
            let epoch = try transaction.deployments.one(order.model)?.epoch ?? 0
            try transaction.requireEpoch(of: order, epoch)
            return try body(transaction, try transaction.carryOut(order, held, accepted))
        }
    }
}
