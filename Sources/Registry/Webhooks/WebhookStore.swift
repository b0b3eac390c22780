import FoundationEssentials
import GRDB
import Lifecycle

/// The tables `webhooks` and `webhook_secrets`: who is told, and what the secrets are made of.
struct WebhookStore {
    let transaction: RegistryTransaction

    // MARK: Reading

    /// Those that were not removed, by number.
    func all(nowMs: Int64) throws -> [Webhook] {
        try transaction.rows(
            "\(Self.columns) WHERE removed_at IS NULL ORDER BY id LIMIT ?", [Self.most]
        ).map { try webhook($0, nowMs: nowMs) }
    }

    /// - Throws: `.notFound`, also for one that was removed.
    func one(_ id: Int64, nowMs: Int64) throws -> Webhook {
        guard
            let row = try transaction.row(
                "\(Self.columns) WHERE id = ? AND removed_at IS NULL", [id])
        else {
            throw SwerveError(
                .notFound, act: transaction.act, reason: "there is no webhook \(id)",
                problem: Problem(.webhookNotFound))
        }
        return try webhook(row, nowMs: nowMs)
    }

    /// A webhook's row as it is, removed or not.
    func row(_ id: Int64) throws -> CheckedRow? {
        try transaction.row("\(Self.columns) WHERE id = ?", [id])
    }

    /// What the secrets that sign now are made of, newest first.
    func secrets(of id: Int64, nowMs: Int64) throws -> [WebhookSecretMaker.Kept] {
        try transaction.rows(
            """
            SELECT salt, \(CheckedRow.bounded("fingerprint", 16, as: "fingerprint"))
            FROM webhook_secrets WHERE webhook = ? AND (ends_at_ms IS NULL OR ends_at_ms > ?)
            ORDER BY number DESC LIMIT 2
            """, [id, nowMs]
        ).map { row in
            WebhookSecretMaker.Kept(
                salt: try row.bytes("salt"), fingerprint: try row.text("fingerprint"))
        }
    }

    private func webhook(_ row: CheckedRow, nowMs: Int64) throws -> Webhook {
        let id = try row.integer("id", in: RegistryBounds.epochs)
        let secrets = try transaction.rows(
            """
            SELECT \(CheckedRow.bounded("fingerprint", 16, as: "fingerprint")),
                \(CheckedRow.bounded("made_at", RegistryBounds.timestampBytes, as: "made_at")),
                ends_at_ms
            FROM webhook_secrets WHERE webhook = ? AND (ends_at_ms IS NULL OR ends_at_ms > ?)
            ORDER BY number DESC LIMIT 2
            """, [id, nowMs]
        ).map { row in
            Webhook.Secret(
                fingerprint: try row.text("fingerprint"), madeAt: try row.text("made_at"),
                endsAt: try row.optionalInteger("ends_at_ms", in: 0...Int64.max)
                    .map { Timestamp.text(ofMs: $0) })
        }
        return Webhook(
            id: id, url: try row.text("url"),
            events: try row.strings("events").map { name in
                guard let kind = WebhookEventKind(rawValue: name) else {
                    throw row.malformed("events", "with a kind that is not known")
                }
                return kind
            },
            models: try row.text("models"),
            allowsPrivate: try row.integer("allows_private", in: 0...1) == 1,
            addedAt: try row.text("added_at"), addedBy: try row.text("added_by"),
            endedAt: try row.optionalText("ended_at"), secrets: secrets)
    }

    private static let columns = """
        SELECT id, \(CheckedRow.bounded("url", Limits.urlBytes, as: "url")),
            \(CheckedRow.bounded("events", 4_096, as: "events")),
            \(CheckedRow.bounded("models", 63, as: "models")), allows_private,
            \(CheckedRow.bounded("added_at", RegistryBounds.timestampBytes, as: "added_at")),
            \(CheckedRow.bounded("added_by", RegistryBounds.authorBytes, as: "added_by")),
            \(CheckedRow.bounded("ended_at", RegistryBounds.timestampBytes, as: "ended_at")),
            \(CheckedRow.bounded("removed_at", RegistryBounds.timestampBytes, as: "removed_at")),
            \(CheckedRow.bounded("removed_by", RegistryBounds.authorBytes, as: "removed_by"))
        FROM webhooks
        """

    /// At the same time.
    static let most = 100

    // MARK: Writing

    /// - Returns: the number of the new one.
    /// - Throws: `.tooLarge` where there are enough.
    func add(
        _ new: NewWebhook, _ secret: WebhookSecretMaker.Kept, note: ChangeNote
    ) throws -> Int64 {
        let count = try transaction.row(
            "SELECT count(*) AS webhooks FROM webhooks WHERE removed_at IS NULL"
        )?.integer("webhooks", in: 0...Int64.max)
        guard count ?? 0 < Self.most else {
            throw SwerveError(
                .tooLarge, act: transaction.act,
                reason: "the registry has \(Self.most) webhooks already", remedy: "remove one")
        }
        let events = JSONValue.array(new.events.map { .string($0.rawValue) }).text
        try transaction.execute(
            """
            INSERT INTO webhooks (id, url, events, models, allows_private, added_at, added_by)
            SELECT (SELECT coalesce(max(id), 0) + 1 FROM webhooks), ?, ?, ?, ?, ?, ?
            """,
            [new.url, events, new.models, new.allowsPrivate ? 1 : 0, note.at, note.by])
        let id = transaction.db.lastInsertedRowID
        try keep(secret, of: id, at: note.at)
        try transaction.audit.append(
            .addWebhook, model: nil, note: note,
            details: [
                "webhook": .int(id), "url": .string(new.url),
                "events": .array(new.events.map { .string($0.rawValue) }),
                "models": .string(new.models), "allows_private": .bool(new.allowsPrivate),
            ])
        return id
    }

    func remove(_ id: Int64, note: ChangeNote) throws {
        try transaction.execute(
            "UPDATE webhooks SET removed_at = ?, removed_by = ? WHERE id = ?",
            [note.at, note.by, id])
        // What they were made of is not to be found in the file's free pages.
        try transaction.execute(
            "UPDATE webhook_secrets SET salt = zeroblob(32) WHERE webhook = ?", [id])
        try transaction.execute("DELETE FROM webhook_secrets WHERE webhook = ?", [id])
        try transaction.audit.append(
            .removeWebhook, model: nil, note: note, details: ["webhook": .int(id)])
    }

    /// A new secret; the newest before it signs until then, older ones not any more.
    func rotate(
        _ id: Int64, _ secret: WebhookSecretMaker.Kept, oldUntilMs: Int64, note: ChangeNote
    ) throws {
        try transaction.execute(
            """
            UPDATE webhook_secrets SET ends_at_ms = min(?2, coalesce(ends_at_ms, ?2))
            WHERE webhook = ?1
            """, [id, oldUntilMs])
        let older = """
            WHERE webhook = ?1
                AND number < (SELECT max(number) FROM webhook_secrets WHERE webhook = ?1)
            """
        try transaction.execute(
            "UPDATE webhook_secrets SET salt = zeroblob(32) \(older)", [id])
        try transaction.execute("DELETE FROM webhook_secrets \(older)", [id])
        try keep(secret, of: id, at: note.at)
        try transaction.audit.append(
            .rotateWebhook, model: nil, note: note,
            details: ["webhook": .int(id), "fingerprint": .string(secret.fingerprint)])
    }

    private func keep(
        _ secret: WebhookSecretMaker.Kept, of id: Int64, at: String
    ) throws {
        try transaction.execute(
            """
            INSERT INTO webhook_secrets (webhook, number, salt, fingerprint, made_at)
            SELECT ?1, (SELECT coalesce(max(number), 0) + 1 FROM webhook_secrets
                WHERE webhook = ?1), ?2, ?3, ?4
            """, [id, Data(secret.salt), secret.fingerprint, at])
    }

    /// The receiver is told again of what happens from now on.
    func enable(_ id: Int64, note: ChangeNote) throws {
        try transaction.execute("UPDATE webhooks SET ended_at = NULL WHERE id = ?", [id])
        try transaction.audit.append(
            .enableWebhook, model: nil, note: note, details: ["webhook": .int(id)])
    }

    /// The receiver wants no more.
    func end(_ id: Int64, at: String) throws {
        try transaction.execute(
            "UPDATE webhooks SET ended_at = ? WHERE id = ? AND ended_at IS NULL", [at, id])
    }
}
