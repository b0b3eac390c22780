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

    /// Changes the deployment of `model`: epoch, state, history and announcement in one
    /// transaction.
    ///
    /// - Parameters:
    ///   - expectedEpoch: the epoch the caller decided upon; 0 is "never promoted".
    ///   - isForced: lets a version through that differs from the stable one in what it reads, does
    ///     or says.
    ///   - freshSalt: where a new candidate begins.
    ///   - signing: signs the announcement, in the transaction, as it will travel.
    /// - Throws: `.refused` for an epoch that moved on and for changes that make no sense,
    ///   `.notFound` for models and versions that do not exist.
    package func change(
        _ request: ChangeRequest, of model: ModelName, expectedEpoch: Int64? = nil,
        isForced: Bool = false, note: ChangeNote, freshSalt: UInt32,
        signing: DeploymentSigning? = nil
    ) throws(SwerveError) -> Deployment {
        let act = request.act(on: model)
        let note = note.signed(by: signing)
        return try audited(act, note) { db, held in
            try Self.requireModel(model, in: db, act: act)
            let current = try DeploymentRows.one(model, in: db, act: act)
            let next = try Self.next(
                after: current, request, of: model, expectedEpoch: expectedEpoch,
                isForced: isForced, freshSalt: freshSalt,
                witness: AuditWitness(db: db, registry: id, act: act))
            let expiry = try signing.map {
                try Self.expiry(of: note, validMs: $0.validMs, act: act)
            }
            try save(
                next, .deploy, after: current, note: held, signing: signing, expiry: expiry,
                in: db, act: act)
            return next
        }
    }

    /// Takes over the control topic's record of `model`: the present state again, under an epoch
    /// above the adopted one, announced over whatever that registry said up to that epoch.
    ///
    /// - Parameter disregarded: a record that is passed over, for the audit chain to tell.
    package func adopt(
        _ model: ModelName, _ adoption: PendingPublication.Adoption?,
        disregarding disregarded: PendingPublication.Adoption? = nil, note: ChangeNote,
        signing: DeploymentSigning? = nil
    ) throws(SwerveError) -> Deployment {
        try renew(
            model, .adopt, act: "adopting \(model)", above: adoption?.epoch ?? 0, note: note,
            signing: signing,
            takeover: DeploymentTakeover(adoption: adoption, disregarded: disregarded))
    }

    /// The present state of `model` again, under the next epoch, with a signature of now.
    package func renew(
        _ model: ModelName, note: ChangeNote, signing: DeploymentSigning
    ) throws(SwerveError) -> Deployment {
        try renew(
            model, .republish, act: "signing \(model) anew", above: 0, note: note,
            signing: signing)
    }

    private func renew(
        _ model: ModelName, _ what: AuditAct, act: String, above epoch: Int64, note: ChangeNote,
        signing: DeploymentSigning?, takeover: DeploymentTakeover = DeploymentTakeover()
    ) throws(SwerveError) -> Deployment {
        let note = note.signed(by: signing)
        return try audited(act, note) { db, held in
            try Self.requireModel(model, in: db, act: act)
            guard let current = try DeploymentRows.one(model, in: db, act: act) else {
                throw SwerveError(
                    .refused, act: act, reason: "this registry never promoted a version of it",
                    remedy: "register a version and promote it first")
            }
            try AuditWitness(db: db, registry: id, act: act).requireDeployment(
                model, current, versions: current.versions.map(\.version))
            let highest = max(current.epoch, epoch)
            try Self.checkRoom(above: highest, act: act)
            let next = Deployment(
                model: model, epoch: highest + 1, stable: current.stable,
                candidate: current.candidate, previous: current.previous, salt: current.salt,
                settings: current.settings)
            let expiry = try signing.map {
                try Self.expiry(of: note, validMs: $0.validMs, act: act)
            }
            try save(
                next, what, after: current, note: held, takeover: takeover, signing: signing,
                expiry: expiry, in: db, act: act)
            return next
        }
    }

    /// The deployment after a change, with all that speaks against the change.
    static func next(
        after current: Deployment?, _ request: ChangeRequest, of model: ModelName,
        expectedEpoch: Int64?, isForced: Bool, freshSalt: UInt32, witness: AuditWitness
    ) throws -> Deployment {
        let (db, act) = (witness.db, witness.act)
        if let expectedEpoch, expectedEpoch != current?.epoch ?? 0 {
            throw SwerveError(
                .refused, act: act,
                reason: "epoch \(expectedEpoch) was expected, \(model) is at epoch "
                    + "\(current?.epoch ?? 0)",
                problem: Problem(
                    .epochMoved, [.model: "\(model)", .epoch: "\(current?.epoch ?? 0)"]))
        }
        try checkRoom(above: current?.epoch ?? 0, act: act)
        let change = try resolved(request, model: model, in: db, act: act)
        let next = try change.applied(to: current, model: model, freshSalt: freshSalt)
        if !isForced { try checkContract(request, after: current, in: db, act: act) }
        try witness.requireDeployment(
            model, current, versions: (next.versions + (current?.versions ?? [])).map(\.version))
        return next
    }

    private static func checkRoom(above epoch: Int64, act: String) throws(SwerveError) {
        guard epoch < RegistryBounds.epochs.upperBound else {
            throw SwerveError(
                .refused, act: act, reason: "there is no epoch above \(epoch)",
                remedy: "remove the control topic's record of that epoch")
        }
    }

    static func resolved(
        _ request: ChangeRequest, model: ModelName, in db: Database, act: String
    ) throws -> DeploymentChange {
        func deployed(_ number: Int) throws -> DeployedVersion {
            let reference = VersionReference(model: model, version: number)
            let found = try version(reference, in: db, act: act).deployed
            try requireDeployable(reference, in: db, act: act)
            return found
        }
        switch request {
        case .promote(let number): return .promote(try deployed(number))
        case .canary(let number, let share): return .canary(try deployed(number), share)
        case .shadow(let number, let share): return .shadow(try deployed(number), share)
        case .complete: return .complete
        case .abort: return .abort
        case .rollback: return .rollback
        case .settings(let number, let settings, let isReset):
            return .settings(number, settings, isReset: isReset)
        case .rollbackTo(let number): return .rollbackTo(try deployed(number))
        }
    }

    /// - Parameter note: as the audit chain takes it; the expiry counts from the clock as it is.
    private func save(
        _ next: Deployment, _ what: AuditAct, after current: Deployment?, note: ChangeNote,
        takeover: DeploymentTakeover = DeploymentTakeover(), signing: DeploymentSigning?,
        expiry: Int64?,
        in db: Database, act: String
    ) throws {
        let adoption = takeover.adoption
        let head = try AuditLog.append(
            what, model: next.model, note: note,
            details: next.auditDetails(takeover, signing: signing), registry: id, in: db,
            act: act)
        let record = ControlRecord(
            registry: id, deployment: next, issuedAt: note.at, issuedBy: note.by,
            reason: note.reason, auditHead: head, expiresAtMs: expiry
        ).bytes
        let signature = try signing.map { signing in
            let message = SignedMessage.controlRecord(
                topic: signing.topic, registry: id, key: Array(next.model.description.utf8),
                value: record)
            return try Self.signature(
                over: message, by: signing.signer, role: .promote, in: db, act: act)
        }
        guard record.count <= Limits.controlRecordBytes else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "a control record of \(record.count) bytes, the limit is "
                    + "\(Limits.controlRecordBytes)")
        }
        // The pair of what the workers do: what cannot be read back is not announced.
        guard try ControlRecord(key: next.model.description.utf8, value: record).deployment == next
        else {
            throw SwerveError(.system, act: act, reason: "the control record does not read back")
        }
        let model = next.model.description
        // `before` is the announcement that was, and so null for the first alone.
        try db.execute(
            sql: """
                INSERT INTO deployment_history
                    (model, epoch, before, after, changed_by, changed_at, reason)
                SELECT ?1, ?2, (SELECT after FROM deployment_history
                    WHERE model = ?1 AND epoch = ?3), ?4, ?5, ?6, ?7
                """,
            arguments: [
                model, next.epoch, current?.epoch, String(decoding: record, as: UTF8.self), note.by,
                note.at, note.reason,
            ])
        try db.execute(
            sql: """
                INSERT INTO outbox
                    (model, epoch, record, signature, adopted_registry, adopted_epoch)
                VALUES (?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                model, next.epoch, Data(record), signature?.description, adoption?.registry,
                adoption?.epoch,
            ])
        try DeploymentRows.save(next, isFirst: current == nil, in: db)
    }
}
