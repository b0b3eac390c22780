import GRDB
import Lifecycle
import Platform

/// The tables `webhook_events`, `webhook_sequences` and `webhook_conditions`: what happened, and
/// what is told of it once.
struct WebhookOutbox {
    let transaction: RegistryTransaction

    /// Writes an event down for those who want it, in the transaction of what it tells of.
    ///
    /// Its number is used up also where nobody wants it, so that a gap says that something was not
    /// told.
    /// - Parameters:
    ///   - model: nil for what concerns no model.
    ///   - at: ISO 8601 UTC, of the change.
    ///   - webhook: only for this one, whatever it wants; nil for all who want it.
    func tell(
        _ kind: WebhookEventKind, of model: ModelName?, _ data: [String: JSONValue], at: String,
        only webhook: Int64? = nil
    ) throws {
        let name = model?.description ?? ""
        try transaction.execute(
            """
            INSERT INTO webhook_sequences (model, last) VALUES (?, 1)
            ON CONFLICT (model) DO UPDATE SET last = last + 1
            """, [name])
        let receivers = try webhook.map { [$0] } ?? self.receivers(kind, name)
        guard !receivers.isEmpty,
            let number = try transaction.row(
                "SELECT last FROM webhook_sequences WHERE model = ?", [name]
            )?.integer("last", in: RegistryBounds.epochs)
        else { return }
        var fields = data
        fields["registry"] = .string(transaction.registry)
        fields["model"] = model.map { .string($0.description) }
        fields["sequence"] = .int(number)
        let body: JSONValue = [
            "type": .string(kind.rawValue), "timestamp": .string(at), "data": .object(fields),
        ]
        try transaction.execute(
            """
            INSERT INTO webhook_events (model, number, kind, at, message, body)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [name, number, kind.rawValue, at, "msg_\(ProcessIdentity.makeUUID())", body.text])
        let event = transaction.db.lastInsertedRowID
        for receiver in receivers { try transaction.deliveries.add(event, to: receiver) }
    }

    private func receivers(_ kind: WebhookEventKind, _ model: String) throws -> [Int64] {
        try transaction.rows(
            """
            SELECT id FROM webhooks WHERE removed_at IS NULL AND ended_at IS NULL
                AND ?1 GLOB models
                AND (events = '[]' OR EXISTS (SELECT 1 FROM json_each(events) WHERE value = ?2))
            ORDER BY id LIMIT ?3
            """, [model, kind.rawValue, WebhookStore.most]
        ).map { try $0.integer("id", in: RegistryBounds.epochs) }
    }

    /// Tells of a condition, unless that occurrence of it was told.
    ///
    /// - Returns: whether it is told now.
    func tell(_ condition: WebhookCondition, at: String) throws -> Bool {
        let (kind, model) = (condition.kind.rawValue, condition.model?.description ?? "")
        let isTold = try transaction.exists(
            "SELECT 1 FROM webhook_conditions WHERE kind = ? AND model = ? AND occurrence = ?",
            [kind, model, condition.occurrence])
        guard !isTold else { return false }
        try transaction.execute(
            """
            INSERT INTO webhook_conditions (kind, model, occurrence, told_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (kind, model) DO UPDATE SET occurrence = excluded.occurrence,
                told_at = excluded.told_at
            """, [kind, model, condition.occurrence, at])
        try tell(condition.kind, of: condition.model, condition.data, at: at)
        return true
    }

    /// A condition is over: when it comes again, that is another occurrence.
    func end(_ kind: WebhookEventKind, of model: ModelName?) throws {
        try transaction.execute(
            "DELETE FROM webhook_conditions WHERE kind = ? AND model = ?",
            [kind.rawValue, model?.description ?? ""])
    }

    /// Events that nobody is to be told of any more.
    func removeUnused() throws {
        try transaction.execute(
            """
            DELETE FROM webhook_events WHERE NOT EXISTS (
                SELECT 1 FROM webhook_deliveries d WHERE d.event = webhook_events.id)
            """, [])
    }
}

/// What the changes of the registry tell.
extension WebhookOutbox {
    func tell(
        registered version: VersionReference, _ digest: Digest, _ note: ChangeNote
    ) throws {
        try tell(
            .registered, of: version.model,
            [
                "version": .int(Int64(version.version)), "digest": .string(digest.description),
                "by": .string(note.by),
            ], at: note.at)
    }

    /// A step of a deployment; nothing for one that is only signed anew.
    func tell(_ step: DeploymentStep) throws {
        let kind: WebhookEventKind
        switch step.order.what {
        case .renew: return
        case .adopt: kind = .adopted
        case .change(let change):
            kind =
                switch change {
                case .promote: .promoted
                case .canary(let version, _), .shadow(let version, _):
                    step.before?.candidate?.deployed.version == version
                        ? .candidateChanged
                        : step.after.candidate?.mode == .shadow ? .shadowStarted : .canaryStarted
                case .complete: .completed
                case .abort: .aborted
                case .rollback, .rollbackTo: .rolledBack
                case .settings, .alerts: .settingsChanged
                }
        }
        var data: [String: JSONValue] = [
            "deployment": step.after.auditDocument, "epoch": .int(step.after.epoch),
            "version": .int(Int64(step.after.stable.version)), "by": .string(step.note.by),
        ]
        data["candidate"] = step.after.candidate.map { .int(Int64($0.deployed.version)) }
        data["before"] = step.before.map { before in
            var fields: [String: JSONValue] = ["version": .int(Int64(before.stable.version))]
            fields["candidate"] = before.candidate.map { .int(Int64($0.deployed.version)) }
            return .object(fields)
        }
        if !step.note.reason.isEmpty { data["reason"] = .string(step.note.reason) }
        // What a deployment decides by may be long; who wants all of it asks for it.
        if JSONValue.object(data).text.utf8.count > Self.dataBytes { data["deployment"] = nil }
        try tell(kind, of: step.model, data, at: step.note.at)
    }

    /// The judge's verdicts among what a rollout tells; a promotion by a person's word is none.
    func tell(
        _ tellings: [RolloutTelling], ofRollout id: Int64, _ model: ModelName, candidate: Int,
        _ note: ChangeNote, epoch: Int64?
    ) throws {
        let isByWord = tellings.contains { $0.event == "promote" }
        for telling in tellings {
            let kind: WebhookEventKind
            switch telling.event {
            case "promoted" where !isByWord: kind = .passed
            case "failed": kind = .failed
            case "held": kind = .held
            default: continue
            }
            var data: [String: JSONValue] = [
                "rollout": .int(id), "candidate": .int(Int64(candidate)),
                "detail": .string(telling.detail.shortened(to: 1_000)), "by": .string(note.by),
            ]
            data["epoch"] = epoch.map { .int($0) }
            try tell(kind, of: model, data, at: note.at)
        }
    }

    private static let dataBytes = 32 << 10
}
