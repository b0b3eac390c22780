import GRDB
import Lifecycle

/// The tables `webhook_deliveries` and `webhook_attempts`: what is to be told to whom, and what
/// became of each time that it was tried.
struct DeliveryStore {
    let transaction: RegistryTransaction

    // MARK: Reading

    /// The newest, newest first.
    ///
    /// - Parameter webhook: only those to this one.
    func newest(to webhook: Int64?, limit: Int) throws -> [WebhookDelivery] {
        try transaction.rows(
            "\(Self.selection) WHERE ?1 IS NULL OR d.webhook = ?1 ORDER BY d.id DESC LIMIT ?2",
            [webhook, max(0, limit)]
        ).map { try Self.delivery($0) }
    }

    /// - Throws: `.notFound`, also for one of which nothing is kept any more.
    func one(_ id: Int64) throws -> WebhookDelivery {
        guard let row = try transaction.row("\(Self.selection) WHERE d.id = ?", [id]) else {
            throw SwerveError(
                .notFound, act: transaction.act,
                reason: "there is no delivery \(id), or it is no longer kept",
                problem: Problem(.deliveryNotFound))
        }
        return try Self.delivery(row)
    }

    /// Those to be tried now: what was never tried before comes first.
    ///
    /// One whose time is further away than any pause is due: the clock was set back.
    func due(
        nowMs: Int64, farMs: Int64, without busy: DueDelivery.Busy, limit: Int
    ) throws -> [DueDelivery] {
        // Numbers of this process, a few.
        func list(_ ids: [Int64]) -> String { ids.map(String.init).joined(separator: ", ") }
        return try transaction.rows(
            """
            SELECT d.id, d.webhook, d.attempts, w.allows_private,
                \(CheckedRow.bounded("w.url", Limits.urlBytes, as: "url")),
                \(CheckedRow.bounded("e.message", 64, as: "message")),
                \(CheckedRow.bounded("e.body", Self.bodyCharacters, as: "body"))
            FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event
            JOIN webhooks w ON w.id = d.webhook
            WHERE d.state = 'waiting' AND (d.next_at_ms <= ?1 OR d.next_at_ms > ?2)
                AND d.id NOT IN (\(list(busy.deliveries)))
                AND d.webhook NOT IN (\(list(busy.full)))
                AND (d.attempts = 0 OR d.webhook NOT IN (\(list(busy.failing))))
            ORDER BY d.attempts > 0, d.next_at_ms, d.id LIMIT ?3
            """, [nowMs, farMs, limit], isKept: false
        ).map { row in
            DueDelivery(
                id: try row.integer("id", in: RegistryBounds.epochs),
                webhook: try row.integer("webhook", in: RegistryBounds.epochs),
                url: try row.text("url"),
                allowsPrivate: try row.integer("allows_private", in: 0...1) == 1,
                message: try row.text("message"), body: try row.text("body"),
                attempts: Int(try row.integer("attempts", in: 0...Self.attemptsMax)))
        }
    }

    private static func delivery(_ row: CheckedRow) throws -> WebhookDelivery {
        func time(_ column: String) throws -> String? {
            try row.optionalInteger(column, in: 0...Int64.max)
                .map { Timestamp.text(ofMs: $0) }
        }
        guard let state = WebhookDelivery.State(rawValue: try row.text("state")) else {
            throw row.malformed("state", "none that is known")
        }
        let model = try row.text("model")
        let last = try time("tried_at_ms").map { at in
            WebhookDelivery.Attempt(
                at: at, tookMs: try row.integer("took_ms", in: 0...Int64.max),
                status: try row.optionalInteger("status", in: 100...999).map { Int($0) },
                words: try row.text("words"))
        }
        return WebhookDelivery(
            id: try row.integer("id", in: RegistryBounds.epochs),
            webhook: try row.integer("webhook", in: RegistryBounds.epochs),
            message: try row.text("message"),
            model: model.isEmpty ? nil : try row.model("model"),
            sequence: try row.integer("number", in: RegistryBounds.epochs),
            kind: try row.text("kind"), at: try row.text("at"), state: state,
            attempts: Int(try row.integer("attempts", in: 0...attemptsMax)),
            nextAt: state == .waiting && last != nil ? try time("next_at_ms") : nil, last: last)
    }

    private static let selection = """
        SELECT d.id, d.webhook, \(CheckedRow.bounded("d.state", 16, as: "state")), d.attempts,
            d.next_at_ms, \(CheckedRow.bounded("e.message", 64, as: "message")),
            \(CheckedRow.bounded("e.model", 63, as: "model")), e.number,
            \(CheckedRow.bounded("e.kind", RegistryBounds.wordBytes, as: "kind")),
            \(CheckedRow.bounded("e.at", RegistryBounds.timestampBytes, as: "at")),
            a.at_ms AS tried_at_ms, a.took_ms, a.status,
            \(CheckedRow.bounded("a.words", 1_000, as: "words"))
        FROM webhook_deliveries d JOIN webhook_events e ON e.id = d.event
        LEFT JOIN webhook_attempts a ON a.delivery = d.id AND a.number = (
            SELECT max(number) FROM webhook_attempts WHERE delivery = d.id)
        """

    private static let bodyCharacters = 64 << 10
    private static let attemptsMax: Int64 = 1_000

    // MARK: Writing

    /// To be tried at once.
    func add(_ event: Int64, to webhook: Int64) throws {
        try transaction.execute(
            """
            INSERT INTO webhook_deliveries (webhook, event, state, attempts, next_at_ms)
            VALUES (?, ?, 'waiting', 0, 0)
            """, [webhook, event])
    }

    /// The same event once more, as a delivery of its own with the same webhook-id.
    ///
    /// - Returns: its number.
    func again(_ id: Int64) throws -> Int64 {
        try transaction.execute(
            """
            INSERT INTO webhook_deliveries (webhook, event, state, attempts, next_at_ms)
            SELECT webhook, event, 'waiting', 0, 0 FROM webhook_deliveries WHERE id = ?
            """, [id])
        return transaction.db.lastInsertedRowID
    }

    /// What became of an attempt; nothing where the delivery has ended meanwhile.
    func end(_ id: Int64, _ outcome: WebhookOutcome) throws {
        let isWaiting = try transaction.exists(
            "SELECT 1 FROM webhook_deliveries WHERE id = ? AND state = 'waiting'", [id])
        guard isWaiting else { return }
        try transaction.execute(
            """
            INSERT INTO webhook_attempts (delivery, number, at_ms, took_ms, status, words)
            SELECT ?1, attempts + 1, ?2, ?3, ?4, ?5 FROM webhook_deliveries WHERE id = ?1
            """,
            [
                id, outcome.atMs, outcome.tookMs, outcome.status,
                // By scalars, as the schema counts.
                String(String.UnicodeScalarView(outcome.words.unicodeScalars.prefix(1_000))),
            ])
        let (state, next): (WebhookDelivery.State, Int64) =
            switch outcome.verdict {
            case .delivered: (.delivered, 0)
            case .again(let atMs): (.waiting, max(0, atMs))
            case .givenUp: (.givenUp, 0)
            case .unwanted: (.dropped, 0)
            }
        try transaction.execute(
            """
            UPDATE webhook_deliveries SET attempts = attempts + 1, state = ?2, next_at_ms = ?3,
                ended_at_ms = CASE WHEN ?2 = 'waiting' THEN NULL ELSE ?4 END
            WHERE id = ?1
            """, [id, state.rawValue, next, outcome.atMs])
    }

    /// What waits for a webhook is not told any more.
    func drop(of webhook: Int64, atMs: Int64) throws {
        try transaction.execute(
            """
            UPDATE webhook_deliveries SET state = 'dropped', ended_at_ms = ?
            WHERE webhook = ? AND state = 'waiting'
            """, [atMs, webhook])
    }

    /// Removes what ended before that time, so many at most.
    ///
    /// - Returns: whether there was any.
    func prune(endedBeforeMs ms: Int64, limit: Int) throws -> Bool {
        try transaction.execute(
            """
            DELETE FROM webhook_deliveries WHERE id IN (
                SELECT id FROM webhook_deliveries
                WHERE state <> 'waiting' AND ended_at_ms < ? LIMIT ?)
            """, [ms, limit])
        return transaction.db.changesCount > 0
    }
}
