import GRDB
import Lifecycle

/// Finds the rows that no entry of the chain tells of, and states that are not the last told.
///
/// In SQL, which keeps its intermediate tables on the disk: the memory it takes does not grow with
/// the registry.
struct AuditTableCheck {
    let db: Database
    let act: String

    /// What each table has too much or otherwise, told to `add`.
    func run(_ add: (AuditFinding) -> Void) throws {
        try extra(
            "versions", Self.acts("register", "imported"),
            "SELECT t.model || '@' || t.number AS name FROM versions t "
                + "LEFT JOIN e ON e.model = t.model AND e.number = t.number", "version", add)
        try extra(
            "deployment_history", Self.changes,
            "SELECT t.model || ' epoch ' || t.epoch AS name FROM deployment_history t "
                + "LEFT JOIN e ON e.model = t.model AND e.epoch = t.epoch", "the history of", add)
        try extra(
            "outbox", Self.changes,
            "SELECT t.model || ' epoch ' || t.epoch AS name FROM outbox t "
                + "LEFT JOIN e ON e.model = t.model AND e.epoch = t.epoch",
            "the announcement of", add)
        try extra(
            "keys", Self.acts("add-key"),
            "SELECT t.name FROM keys t LEFT JOIN e ON e.key = t.name", "key", add)
        try extra(
            "keys", Self.acts("revoke-key"),
            "SELECT t.name FROM (SELECT * FROM keys WHERE revoked_at IS NOT NULL) t "
                + "LEFT JOIN e ON e.key = t.name", "the revocation of key", add)
        try extra(
            "artifact_signatures", Self.acts("sign-artifact"),
            "SELECT t.key_name || ' for ' || t.model || ' ' || t.artifact AS name "
                + "FROM artifact_signatures t LEFT JOIN e ON e.model = t.model "
                + "AND e.digest = t.artifact AND e.key = t.key_name", "the signature of", add)
        for table in ["version_metadata", "version_facts"] {
            try extra(
                table, Self.acts("register", "imported"),
                "SELECT t.model || '@' || t.number AS name FROM \(table) t "
                    + "LEFT JOIN e ON e.model = t.model AND e.number = t.number",
                "the row of \(table) of", add)
        }
        try archives(add)
        try said(add)
        try aliases(add)
        try deployments(add)
        try unpublished(add)
    }

    /// An announcement is marked with all before it.
    private func unpublished(_ add: (AuditFinding) -> Void) throws {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT o.model || ' epoch ' || o.epoch AS name FROM outbox o
                WHERE o.published_at IS NULL AND EXISTS (SELECT 1 FROM outbox n
                    WHERE n.model = o.model AND n.epoch > o.epoch AND n.published_at IS NOT NULL)
                ORDER BY o.model, o.epoch
                """)
        while let row = try rows.next() {
            let name = try CheckedRow(row: row, act: act).text("name").shortened(to: 200)
            add(
                AuditFinding(
                    entry: nil,
                    "the announcement of \(name) is to be published, and a later one was: it was "
                        + "edited"))
        }
    }

    /// Rows without an entry: added past the registry, or their entries were cut off.
    private func extra(
        _ table: String, _ entries: String, _ rows: String, _ what: String,
        _ add: (AuditFinding) -> Void
    ) throws {
        let names = try Row.fetchCursor(
            db,
            sql: """
                WITH e AS MATERIALIZED (\(entries)) \(rows) WHERE e.sequence IS NULL
                """)
        while let row = try names.next() {
            let name = try CheckedRow(row: row, act: act).text("name").shortened(to: 200)
            add(
                AuditFinding(
                    entry: nil,
                    "\(what) \(name) is in the registry, and no entry tells of it: it "
                        + "was added by hand, or the chain was cut off"))
        }
    }

    /// The present state of each model is that of its newest change.
    private func deployments(_ add: (AuditFinding) -> Void) throws {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT \(CheckedRow.bounded("m.name", 63, as: "model")),
                    \(CheckedRow.bounded("h.after", Limits.controlRecordBytes, as: "after"))
                FROM models m LEFT JOIN deployment_history h ON h.model = m.name AND h.epoch = (
                    SELECT max(epoch) FROM deployment_history WHERE model = m.name)
                """)
        while let row = try rows.next() {
            let row = CheckedRow(row: row, act: act)
            do {
                let model = try row.model("model")
                let told = try row.optionalText("after").map { text in
                    try ControlRecord(key: model.description.utf8, value: text.utf8).deployment
                }
                let found = try DeploymentRows.one(model, in: db, act: act)
                guard found != told else { continue }
                add(
                    AuditFinding(
                        entry: nil,
                        "the present deployment of \(model) "
                            + (found.map { "is \($0.auditDocument.text)" } ?? "was removed")
                            + ", its history ends with "
                            + (told.map { $0.auditDocument.text } ?? "none")))
            } catch let error as SwerveError {
                add(AuditFinding(entry: nil, "a present deployment: \(error.reason)"))
            }
        }
    }

    private static let changes =
        acts("deploy", "adopt", "republish", "imported") + " AND epoch IS NOT NULL"

    /// The entries of some acts with the fields that rows are found by.
    static func acts(_ acts: String...) -> String {
        let names = acts.map { "'\($0)'" }.joined(separator: ", ")
        return """
            SELECT * FROM (
                SELECT sequence, json_extract(entry, '$.act') AS act,
                    json_extract(entry, '$.model') AS model,
                    json_extract(entry, '$.version') AS number,
                    json_extract(entry, '$.deployment.epoch') AS epoch,
                    json_extract(entry, '$.digest') AS digest,
                    json_extract(entry, '$.key') AS key,
                    json_extract(entry, '$.alias') AS alias,
                    json_extract(entry, '$.said') AS said,
                    json_extract(entry, '$.at') AS at, json_extract(entry, '$.by') AS by,
                    json_extract(entry, '$.reason') AS reason
                FROM (SELECT sequence,
                    CASE WHEN json_valid(entry) THEN entry ELSE '{}' END AS entry FROM audit)
            ) WHERE act IN (\(names))
            """
    }
}
