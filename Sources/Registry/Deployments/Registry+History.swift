import GRDB
package import Lifecycle

extension Registry {
    /// The `newest` last changes of the model's deployment, oldest of them first.
    package func history(
        of model: ModelName, newest: Int = 1_000
    ) throws(SwerveError) -> [HistoryEntry] {
        let act = "reading the history of \(model)"
        return try read(act) { db in
            try Self.requireModel(model, in: db, act: act)
            return try Self.history(of: model, until: nil, newest: newest, in: db, act: act)
                .reversed()
        }
    }

    /// The change that was the newest at `time`; nil before the first.
    ///
    /// - Parameter time: ISO 8601 UTC with milliseconds, as the registry keeps times.
    package func change(
        of model: ModelName, liveAt time: String
    ) throws(SwerveError) -> HistoryEntry? {
        let act = "reading the history of \(model)"
        return try read(act) { db in
            try Self.requireModel(model, in: db, act: act)
            return try Self.history(of: model, until: time, newest: 1, in: db, act: act).first
        }
    }

    /// Newest first.
    static func history(
        of model: ModelName, until time: String?, newest: Int, in db: Database, act: String
    ) throws -> [HistoryEntry] {
        let limit = Limits.controlRecordBytes
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT \(CheckedRow.bounded("before", limit, as: "before")),
                    \(CheckedRow.bounded("after", limit, as: "after"))
                FROM deployment_history WHERE model = ?1 AND (?2 IS NULL OR changed_at <= ?2)
                ORDER BY epoch DESC LIMIT ?3
                """,
            arguments: [model.description, time, max(0, newest)])
        return try rows.map { row in
            let row = CheckedRow(row: row, act: act)
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
}
