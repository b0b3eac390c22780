package import Lifecycle

extension Registry {
    /// What is wanted of `model`; nil where no version was ever promoted.
    ///
    /// - Throws: `.notFound` for a model that is not registered.
    package func deployment(of model: ModelName) throws(SwerveError) -> Deployment? {
        try read("reading the deployment of \(model)") { transaction in
            try transaction.models.require(model)
            return try transaction.deployments.one(model)
        }
    }

    /// All deployments, by model.
    package func deployments() throws(SwerveError) -> [Deployment] {
        let found = try read("reading the deployments") { try $0.deployments.all() }
        return found.values.sorted { $0.model < $1.model }
    }

    /// Carries an order out: epoch, state, history and announcement in one transaction.
    ///
    /// - Parameter accepted: sees the announcement as it will travel; where it throws, nothing is
    ///   changed.
    /// - Returns: the deployment after it.
    /// - Throws: `.refused` for an epoch that moved on and for changes that make no sense,
    ///   `.notFound` for models and versions that do not exist; what `accepted` throws.
    package func change(
        _ order: ChangeOrder, accepted: (Announcement) throws(SwerveError) -> Void = { _ in }
    ) throws(SwerveError) -> Deployment {
        try audited(order.act, order.note.signed(by: order.signing)) { transaction, held in
            try transaction.carryOut(order, held, accepted)
        }
    }

    /// Carries an order out as `change` does, and takes all of it back: what it would come to.
    ///
    /// Nothing is signed.
    /// - Parameter key: the name of one that would sign, which is held against the registry; nil
    ///   for none.
    /// - Throws: as `change`.
    package func tryOut(
        _ order: ChangeOrder, signedBy key: ModelName?,
        accepted: (Announcement) throws(SwerveError) -> Void = { _ in }
    ) throws(SwerveError) -> Deployment {
        try order.note.check(act: order.act)
        return try trial(order.act) { transaction in
            if let key { try transaction.keys.requireSigner(key, role: .promote) }
            return try transaction.carryOut(
                order, try transaction.audit.ready(order.note), accepted)
        }
    }
}

/// What an order is held against.
extension RegistryTransaction {
    /// Writes down what an order makes of the deployment.
    ///
    /// - Parameter note: the order's, as the audit chain takes it.
    func carryOut(
        _ order: ChangeOrder, _ note: ChangeNote,
        _ accepted: (Announcement) throws(SwerveError) -> Void
    ) throws -> Deployment {
        try models.require(order.model)
        let current = try deployments.one(order.model)
        let next = try next(after: current, order)
        let step = DeploymentStep(order, from: current, to: next, note: note)
        try accepted(try step.save(in: self))
        return next
    }

    /// The deployment after an order, with all that speaks against the order.
    func next(after current: Deployment?, _ order: ChangeOrder) throws -> Deployment {
        switch order.what {
        case .change(let change):
            try changed(current, change, order)
        case .renew:
            try renewed(current, above: 0, order)
        case .adopt(let takeover):
            try renewed(
                current, above: max(takeover.adoption?.epoch ?? 0, takeover.above), order)
        }
    }

    /// - Throws: `.refused` where the deployment is at another epoch than was decided upon.
    func requireEpoch(of order: ChangeOrder, _ epoch: Int64) throws(SwerveError) {
        guard let expected = order.expectedEpoch, expected != epoch else { return }
        let model = order.model
        throw SwerveError(
            .refused, act: act,
            reason: "epoch \(expected) was expected, \(model) is at epoch \(epoch)",
            problem: Problem(.epochMoved, [.model: "\(model)", .epoch: "\(epoch)"]))
    }

    private func changed(
        _ current: Deployment?, _ change: DeploymentChange<Int>, _ order: ChangeOrder
    ) throws -> Deployment {
        let (model, epoch) = (order.model, current?.epoch ?? 0)
        try requireEpoch(of: order, epoch)
        try checkRoom(above: epoch)
        let next = try resolved(change, model: model)
            .applied(to: current, model: model, freshSalt: order.freshSalt)
        if !order.isForced { try checkContract(change, after: current) }
        try witness.requireDeployment(
            model, current, versions: (next.versions + (current?.versions ?? [])).map(\.version))
        return next
    }

    /// The same state under an epoch above its own and above `epoch`.
    private func renewed(
        _ current: Deployment?, above epoch: Int64, _ order: ChangeOrder
    ) throws -> Deployment {
        guard let current else {
            throw SwerveError(
                .refused, act: act, reason: "this registry never promoted a version of it",
                remedy: "register a version and promote it first")
        }
        try witness.requireDeployment(
            order.model, current, versions: current.versions.map(\.version))
        let highest = max(current.epoch, epoch)
        try checkRoom(above: highest)
        return Deployment(
            model: order.model, epoch: highest + 1, stable: current.stable,
            candidate: current.candidate, previous: current.previous, salt: current.salt,
            settings: current.settings)
    }

    private func checkRoom(above epoch: Int64) throws(SwerveError) {
        guard epoch < RegistryBounds.epochs.upperBound else {
            throw SwerveError(
                .refused, act: act, reason: "there is no epoch above \(epoch)",
                remedy: "remove the control topic's record of that epoch")
        }
    }

    /// The change with what the registry knows of its version.
    ///
    /// - Throws: `.notFound` for a version that is not there, `.refused` for an archived one.
    func resolved(
        _ change: DeploymentChange<Int>, model: ModelName
    ) throws -> DeploymentChange<DeployedVersion> {
        try change.map { number in
            let reference = VersionReference(model: model, version: number)
            let found = try search.version(reference).deployed
            try archive.requireUnarchived(reference)
            return found
        }
    }

    /// The compatibility gate: what begins to decide records reads, does and says what the stable
    /// version does.
    ///
    /// A rollback goes to what was live before, and passes.
    private func checkContract(
        _ change: DeploymentChange<Int>, after current: Deployment?
    ) throws {
        guard let number = change.wantedVersion, let current else { return }
        let stable = try versions.contract(current.model, current.stable.version)
        let wanted = try versions.contract(current.model, number)
        let differences = wanted.differences(from: stable)
        guard !differences.isEmpty else { return }
        throw SwerveError(
            .refused, act: act, reason: differences.joined(separator: "; "),
            problem: Problem(
                .contractDiffers,
                [.model: "\(current.model)", .version: "\(current.model)@\(number)"]))
    }
}
