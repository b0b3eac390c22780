import FoundationEssentials
import GRDB
package import Lifecycle

extension Registry {
    /// What is wanted of `model`; nil where no version was ever promoted.
    ///
    /// - Throws: `.notFound` for a model that is not registered.
    package func deployment(of model: ModelName) throws(SwerveError) -> Deployment? {
        let act = "reading the deployment of \(model)"
        return try read(act) { db in
            try Self.requireModel(model, in: db, act: act)
            return try DeploymentRows.one(model, in: db, act: act)
        }
    }

    /// All deployments, by model.
    package func deployments() throws(SwerveError) -> [Deployment] {
        let act = "reading the deployments"
        let found = try read(act) { db in try DeploymentRows.all(in: db, act: act) }
        return found.values.sorted { $0.model < $1.model }
    }

    /// Carries an order out: epoch, state, history and announcement in one transaction.
    ///
    /// - Returns: the deployment after it.
    /// - Throws: `.refused` for an epoch that moved on and for changes that make no sense,
    ///   `.notFound` for models and versions that do not exist.
    package func change(_ order: ChangeOrder) throws(SwerveError) -> Deployment {
        try audited(order.act, order.note.signed(by: order.signing)) { db, held in
            try Self.requireModel(order.model, in: db, act: order.act)
            let current = try DeploymentRows.one(order.model, in: db, act: order.act)
            let next = try Self.next(
                after: current, order,
                witness: AuditWitness(db: db, registry: id, act: order.act))
            try save(DeploymentStep(order, from: current, to: next, note: held), in: db)
            return next
        }
    }

    /// The deployment after an order, with all that speaks against the order.
    static func next(
        after current: Deployment?, _ order: ChangeOrder, witness: AuditWitness
    ) throws -> Deployment {
        switch order.what {
        case .change(let change):
            try changed(current, change, order, witness)
        case .renew:
            try renewed(current, above: 0, order, witness)
        case .adopt(let takeover):
            try renewed(current, above: takeover.adoption?.epoch ?? 0, order, witness)
        }
    }

    private static func changed(
        _ current: Deployment?, _ change: DeploymentChange<Int>, _ order: ChangeOrder,
        _ witness: AuditWitness
    ) throws -> Deployment {
        let (db, act, model) = (witness.db, witness.act, order.model)
        if let expected = order.expectedEpoch, expected != current?.epoch ?? 0 {
            throw SwerveError(
                .refused, act: act,
                reason: "epoch \(expected) was expected, \(model) is at epoch "
                    + "\(current?.epoch ?? 0)",
                problem: Problem(
                    .epochMoved, [.model: "\(model)", .epoch: "\(current?.epoch ?? 0)"]))
        }
        try checkRoom(above: current?.epoch ?? 0, act: act)
        let next = try resolved(change, model: model, in: db, act: act)
            .applied(to: current, model: model, freshSalt: order.freshSalt)
        if !order.isForced { try checkContract(change, after: current, in: db, act: act) }
        try witness.requireDeployment(
            model, current, versions: (next.versions + (current?.versions ?? [])).map(\.version))
        return next
    }

    /// The same state under an epoch above its own and above `epoch`.
    private static func renewed(
        _ current: Deployment?, above epoch: Int64, _ order: ChangeOrder, _ witness: AuditWitness
    ) throws -> Deployment {
        guard let current else {
            throw SwerveError(
                .refused, act: witness.act,
                reason: "this registry never promoted a version of it",
                remedy: "register a version and promote it first")
        }
        try witness.requireDeployment(
            order.model, current, versions: current.versions.map(\.version))
        let highest = max(current.epoch, epoch)
        try checkRoom(above: highest, act: witness.act)
        return Deployment(
            model: order.model, epoch: highest + 1, stable: current.stable,
            candidate: current.candidate, previous: current.previous, salt: current.salt,
            settings: current.settings)
    }

    private static func checkRoom(above epoch: Int64, act: String) throws(SwerveError) {
        guard epoch < RegistryBounds.epochs.upperBound else {
            throw SwerveError(
                .refused, act: act, reason: "there is no epoch above \(epoch)",
                remedy: "remove the control topic's record of that epoch")
        }
    }

    /// The change with what the registry knows of its version.
    static func resolved(
        _ change: DeploymentChange<Int>, model: ModelName, in db: Database, act: String
    ) throws -> DeploymentChange<DeployedVersion> {
        try change.map { number in
            let reference = VersionReference(model: model, version: number)
            let found = try version(reference, in: db, act: act).deployed
            try requireDeployable(reference, in: db, act: act)
            return found
        }
    }

    /// Writes a step down: audit entry, history, outbox, and the deployment itself.
    private func save(_ step: DeploymentStep, in db: Database) throws {
        let head = try AuditLog.append(
            step.order.auditAct, model: step.model, note: step.note, details: step.auditDetails,
            registry: id, in: db, act: step.order.act)
        let announcement = try announcement(of: step, auditHead: head, in: db)
        // `before` is the announcement that was, and so null for the first alone.
        try db.execute(
            sql: """
                INSERT INTO deployment_history
                    (model, epoch, before, after, changed_by, changed_at, reason)
                SELECT ?1, ?2, (SELECT after FROM deployment_history
                    WHERE model = ?1 AND epoch = ?3), ?4, ?5, ?6, ?7
                """,
            arguments: [
                step.model.description, step.after.epoch, step.before?.epoch,
                String(decoding: announcement.value, as: UTF8.self), step.note.by, step.note.at,
                step.note.reason,
            ])
        let adoption = step.order.takeover.adoption
        try db.execute(
            sql: """
                INSERT INTO outbox
                    (model, epoch, record, signature, adopted_registry, adopted_epoch)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                step.model.description, step.after.epoch, Data(announcement.value),
                announcement.signature, adoption?.registry, adoption?.epoch,
            ])
        try DeploymentRows.save(step.after, isFirst: step.before == nil, in: db)
    }

    /// The control record of a step as it will travel, read back as workers will read it.
    private func announcement(
        of step: DeploymentStep, auditHead: Digest, in db: Database
    ) throws -> Announcement {
        let act = step.order.act
        let record = ControlRecord(
            registry: id, deployment: step.after, issuedAt: step.note.at, issuedBy: step.note.by,
            reason: step.note.reason, auditHead: auditHead, expiresAtMs: try step.order.expiry()
        ).bytes
        guard record.count <= Limits.controlRecordBytes else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "a control record of \(record.count) bytes, the limit is "
                    + "\(Limits.controlRecordBytes)")
        }
        let key = Array(step.model.description.utf8)
        // The pair of what the workers do: what cannot be read back is not announced.
        guard try ControlRecord(key: key, value: record).deployment == step.after else {
            throw SwerveError(.system, act: act, reason: "the control record does not read back")
        }
        let signature = try step.order.signing.map { signing in
            try Self.signature(
                over: SignedMessage.controlRecord(
                    topic: signing.topic, registry: id, key: key, value: record),
                by: signing.signer, role: .promote, in: db, act: act)
        }
        return Announcement(value: record, signature: signature?.description)
    }
}
