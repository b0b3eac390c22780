import Lifecycle

/// A step of a deployment from one epoch to the next, as the transaction writes it down.
struct DeploymentStep {
    let order: ChangeOrder
    /// Nil for a model's first.
    let before: Deployment?
    let after: Deployment
    /// The order's note as the audit chain takes it: with the signer's name and a time that does
    /// not go back.
    let note: ChangeNote

    var model: ModelName { after.model }

    init(_ order: ChangeOrder, from before: Deployment?, to after: Deployment, note: ChangeNote) {
        self.order = order
        self.before = before
        self.after = after
        self.note = note
    }

    /// What the audit entry tells: the deployment, whose record it replaces, who signs.
    var auditDetails: [String: JSONValue] {
        var details: [String: JSONValue] = ["deployment": after.auditDocument]
        details["adopted"] = order.takeover.adoption?.document
        details["disregarded"] = order.takeover.disregarded?.document
        if order.takeover.above > 0 { details["above"] = .int(order.takeover.above) }
        details["signing"] = order.signing.map {
            ["key": .string($0.signer.keyName), "topic": .string($0.topic)]
        }
        return details
    }
}

/// Written down: audit entry, announcement, history, outbox, and the deployment itself.
extension DeploymentStep {
    /// - Returns: what will be announced.
    func save(in transaction: RegistryTransaction) throws -> Announcement {
        let head = try transaction.audit.append(
            order.auditAct, model: model, note: note, details: auditDetails)
        let (record, signature) = try announcement(auditHead: head, in: transaction)
        try transaction.history.add(
            after, record: String(decoding: record, as: UTF8.self), after: before, note: note)
        try transaction.outbox.add(
            model, epoch: after.epoch, record: record, signature: signature,
            adoption: order.takeover.adoption)
        try transaction.deployments.save(after, isFirst: before == nil)
        try transaction.events.tell(self)
        return Announcement(value: record, signature: signature?.description)
    }

    /// The control record as it will travel, read back as workers will read it, and its signature.
    private func announcement(
        auditHead: Digest, in transaction: RegistryTransaction
    ) throws -> (record: [UInt8], signature: RecordSignature?) {
        let registry = transaction.registry
        let record = ControlRecord(
            registry: registry, deployment: after, issuedAt: note.at, issuedBy: note.by,
            reason: note.reason, auditHead: auditHead, expiresAtMs: try order.expiry(),
            rollout: order.signing?.mandate
        ).bytes
        guard record.count <= Limits.controlRecordBytes else {
            throw SwerveError(
                .tooLarge, act: order.act,
                reason: "a control record of \(record.count) bytes, the limit is "
                    + "\(Limits.controlRecordBytes)")
        }
        let key = Array(model.description.utf8)
        // The pair of what the workers do: what cannot be read back is not announced.
        guard try ControlRecord(key: key, value: record).deployment == after else {
            throw SwerveError(
                .system, act: order.act, reason: "the control record does not read back")
        }
        let signature = try order.signing.map { signing in
            try transaction.keys.signature(
                over: SignedMessage.controlRecord(
                    topic: signing.topic, registry: registry, key: key, value: record),
                by: signing.signer, role: signing.role)
        }
        return (record, signature)
    }
}
