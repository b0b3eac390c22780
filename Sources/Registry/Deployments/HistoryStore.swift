import GRDB
package import Lifecycle

/// One change of a deployment, as it was announced.
package struct HistoryEntry: Sendable, Equatable, Codable {
    /// Nil for a model's first.
    package let before: Deployment?
    package let after: Deployment
    package let note: ChangeNote

    package var epoch: Int64 { after.epoch }
}

/// The table `deployment_history`: every change of a deployment, as announced; only ever added to.
struct HistoryStore {
    let transaction: RegistryTransaction

    /// - Parameters:
    ///   - record: the announcement's text.
    ///   - current: what was there before; nil for a model's first change.
    func add(
        _ deployment: Deployment, record: String, after current: Deployment?, note: ChangeNote
    ) throws {
        // `before` is the announcement that was, and so null for the first alone.
        try transaction.execute(
            """
            INSERT INTO deployment_history
                (model, epoch, before, after, changed_by, changed_at, reason)
            SELECT ?1, ?2, (SELECT after FROM deployment_history
                WHERE model = ?1 AND epoch = ?3), ?4, ?5, ?6, ?7
            """,
            [
                deployment.model.description, deployment.epoch, current?.epoch, record, note.by,
                note.at, note.reason,
            ])
    }

    /// The `newest` last changes up to `time`, newest first.
    ///
    /// - Parameters:
    ///   - time: ISO 8601 UTC with milliseconds, as the registry keeps times; nil for now.
    ///   - epoch: only those below it; nil for all.
    func entries(
        of model: ModelName, until time: String? = nil, below epoch: Int64? = nil, newest: Int
    ) throws -> [HistoryEntry] {
        let limit = Limits.controlRecordBytes
        return try transaction.rows(
            """
            SELECT \(CheckedRow.bounded("before", limit, as: "before")),
                \(CheckedRow.bounded("after", limit, as: "after"))
            FROM deployment_history WHERE model = ?1 AND (?2 IS NULL OR changed_at <= ?2)
                AND epoch < ?4
            ORDER BY epoch DESC LIMIT ?3
            """, [model.description, time, max(0, newest), epoch ?? Int64.max]
        ).map { row in
            let key = model.description.utf8
            let after = try ControlRecord(key: key, value: try row.text("after").utf8)
            let before = try row.optionalText("before").map { text in
                try ControlRecord(key: key, value: text.utf8)
            }
            return HistoryEntry(
                before: before?.deployment, after: after.deployment,
                note: ChangeNote(by: after.issuedBy, at: after.issuedAt, reason: after.reason))
        }
    }

    /// The model and the announcement of each change, as `model` and `after`, in order.
    func forEachAnnouncement(_ body: (CheckedRow) throws -> Void) throws {
        try transaction.forEachRow(
            """
            SELECT \(CheckedRow.bounded("model", 63, as: "model")),
                \(CheckedRow.bounded("after", Limits.controlRecordBytes, as: "after"))
            FROM deployment_history ORDER BY model, epoch
            """, [], body)
    }

    /// One change and its announcement in the outbox, as they are stored; nil where it was removed.
    ///
    /// `follows` tells whether it begins where the change before it ended, `same` whether both
    /// tables have the same announcement. The model may be that of an edited entry.
    func change(_ model: String, _ epoch: Int64) throws -> CheckedRow? {
        let limit = Limits.controlRecordBytes
        return try transaction.row(
            """
            SELECT \(CheckedRow.bounded("h.after", limit, as: "after")),
                \(CheckedRow.bounded("h.changed_by", RegistryBounds.authorBytes, as: "by")),
                \(CheckedRow.bounded("h.changed_at", RegistryBounds.timestampBytes, as: "at")),
                \(CheckedRow.bounded("h.reason", Limits.remarkBytes, as: "reason")),
                h.before IS (SELECT b.after FROM deployment_history b
                    WHERE b.model = h.model AND b.epoch < h.epoch
                    ORDER BY b.epoch DESC LIMIT 1) AS follows,
                o.record = CAST(h.after AS BLOB) AS same,
                \(CheckedRow.bounded("o.signature", 256, as: "signature")),
                \(CheckedRow.bounded("o.adopted_registry", 36, as: "adopted_registry")),
                o.adopted_epoch, o.epoch AS announced
            FROM deployment_history h LEFT JOIN outbox o USING (model, epoch)
            WHERE h.model = ? AND h.epoch = ?
            """, [model, epoch])
    }
}

extension Registry {
    /// The `newest` last changes of the model's deployment, oldest of them first.
    ///
    /// - Parameter epoch: only those below it; nil for all.
    package func history(
        of model: ModelName, newest: Int = 1_000, below epoch: Int64? = nil
    ) throws(SwerveError) -> [HistoryEntry] {
        try read("reading the history of \(model)") { transaction in
            try transaction.models.require(model)
            return try transaction.history.entries(of: model, below: epoch, newest: newest)
                .reversed()
        }
    }

    /// The change that was the newest at `time`; nil before the first.
    ///
    /// - Parameter time: ISO 8601 UTC with milliseconds, as the registry keeps times.
    package func change(
        of model: ModelName, liveAt time: String
    ) throws(SwerveError) -> HistoryEntry? {
        try read("reading the history of \(model)") { transaction in
            try transaction.models.require(model)
            return try transaction.history.entries(of: model, until: time, newest: 1).first
        }
    }
}
