import Lifecycle

/// Finds the rows that no entry of the chain tells of, and states that are not the last told.
///
/// In SQL, which keeps its intermediate tables on the disk: the memory it takes does not grow with
/// the registry. `+` before a column of a table takes its affinity away, which the texts and
/// numbers of an entry do not have: else SQLite makes no index, and walks over all entries for each
/// row.
struct AuditTableCheck {
    let transaction: RegistryTransaction

    /// What each table has too much or otherwise, told to `add`.
    ///
    /// - Parameter next: called before each table is looked at.
    func run(_ next: () throws -> Void, _ add: (AuditFinding) -> Void) throws {
        func held(
            _ table: String, _ entries: String, _ rows: String, _ what: String,
            _ add: (AuditFinding) -> Void
        ) throws {
            try next()
            try extra(table, entries, rows, what, add)
        }
        try held(
            "versions", Self.acts("register", "imported"),
            "SELECT t.model || '@' || t.number AS name FROM versions t "
                + "LEFT JOIN e ON e.model = +t.model AND e.number = +t.number", "version", add)
        try held(
            "deployment_history", Self.changes,
            "SELECT t.model || ' epoch ' || t.epoch AS name FROM deployment_history t "
                + "LEFT JOIN e ON e.model = +t.model AND e.epoch = +t.epoch", "the history of", add)
        try held(
            "outbox", Self.changes,
            "SELECT t.model || ' epoch ' || t.epoch AS name FROM outbox t "
                + "LEFT JOIN e ON e.model = +t.model AND e.epoch = +t.epoch",
            "the announcement of", add)
        try held(
            "keys", Self.acts("add-key"),
            "SELECT t.name FROM keys t LEFT JOIN e ON e.key = +t.name", "key", add)
        try held(
            "keys", Self.acts("revoke-key"),
            "SELECT t.name FROM (SELECT * FROM keys WHERE revoked_at IS NOT NULL) t "
                + "LEFT JOIN e ON e.key = +t.name", "the revocation of key", add)
        try held(
            "tokens", Self.acts("create-token"),
            "SELECT t.name FROM tokens t LEFT JOIN e ON e.token = +t.name", "token", add)
        try held(
            "tokens", Self.acts("revoke-token"),
            "SELECT t.name FROM (SELECT * FROM tokens WHERE revoked_at IS NOT NULL) t "
                + "LEFT JOIN e ON e.token = +t.name", "the revocation of token", add)
        try held(
            "webhooks", Self.acts("add-webhook"),
            "SELECT CAST(t.id AS TEXT) AS name FROM webhooks t LEFT JOIN e ON e.webhook = +t.id",
            "webhook", add)
        try held(
            "webhooks", Self.acts("remove-webhook"),
            "SELECT CAST(t.id AS TEXT) AS name FROM (SELECT * FROM webhooks WHERE removed_at IS NOT NULL) t "
                + "LEFT JOIN e ON e.webhook = +t.id", "the removal of webhook", add)
        try held(
            "artifact_signatures", Self.acts("sign-artifact"),
            "SELECT t.key_name || ' for ' || t.model || ' ' || t.artifact AS name "
                + "FROM artifact_signatures t LEFT JOIN e ON e.model = +t.model "
                + "AND e.digest = +t.artifact AND e.key = +t.key_name", "the signature of", add)
        try held(
            "rollout_mandates", Self.acts("sign-rollout"),
            "SELECT t.number || ' on the plan of rollout ' || t.rollout AS name "
                + "FROM rollout_mandates t LEFT JOIN e ON e.rollout = +t.rollout "
                + "AND e.signed = +t.number", "signature", add)
        for table in ["version_metadata", "version_facts"] {
            try held(
                table, Self.acts("register", "imported"),
                "SELECT t.model || '@' || t.number AS name FROM \(table) t "
                    + "LEFT JOIN e ON e.model = +t.model AND e.number = +t.number",
                "the row of \(table) of", add)
        }
        for check in [archives, said, aliases, deployments, unpublished] {
            try next()
            try check(add)
        }
    }

    /// An announcement is marked with all before it.
    private func unpublished(_ add: (AuditFinding) -> Void) throws {
        try transaction.forEachRow(
            """
            SELECT o.model || ' epoch ' || o.epoch AS name FROM outbox o
            WHERE o.published_at IS NULL AND EXISTS (SELECT 1 FROM outbox n
                WHERE n.model = o.model AND n.epoch > o.epoch AND n.published_at IS NOT NULL)
            ORDER BY o.model, o.epoch
            """
        ) { row in
            let name = try row.text("name").shortened(to: 200)
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
        try transaction.forEachRow(
            """
            WITH e AS MATERIALIZED (\(entries)) \(rows) WHERE e.sequence IS NULL
            """
        ) { row in
            let name = try row.text("name").shortened(to: 200)
            add(
                AuditFinding(
                    entry: nil,
                    "\(what) \(name) is in the registry, and no entry tells of it: it "
                        + "was added by hand, or the chain was cut off"))
        }
    }

    /// The present state of each model is that of its newest change.
    private func deployments(_ add: (AuditFinding) -> Void) throws {
        try transaction.forEachRow(
            """
            SELECT \(CheckedRow.bounded("m.name", 63, as: "model")),
                \(CheckedRow.bounded("h.after", Limits.controlRecordBytes, as: "after"))
            FROM models m LEFT JOIN deployment_history h ON h.model = m.name AND h.epoch = (
                SELECT max(epoch) FROM deployment_history WHERE model = m.name)
            """
        ) { row in
            do {
                let model = try row.model("model")
                let told = try row.optionalText("after").map { text in
                    try ControlRecord(key: model.description.utf8, value: text.utf8).deployment
                }
                let found = try transaction.deployments.one(model)
                guard found != told else { return }
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
                    json_extract(entry, '$.token') AS token,
                    json_extract(entry, '$.webhook') AS webhook,
                    json_extract(entry, '$.rollout') AS rollout,
                    json_extract(entry, '$.signed') AS signed,
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

/// Rows that may change, or come and go: held against the last entry that tells of each.
extension AuditTableCheck {
    /// An archived version is one whose last entry of the kind says so.
    func archives(_ add: (AuditFinding) -> Void) throws {
        try transaction.forEachRow(
            """
            WITH e AS MATERIALIZED (
                SELECT model, number, max(sequence) AS sequence, act = 'archive' AS archived,
                    at, by, coalesce(reason, '') AS reason
                FROM (\(Self.acts("archive", "unarchive"))) GROUP BY model, number)
            SELECT e.sequence, e.model || '@' || e.number AS name, e.archived AS told,
                t.model IS NOT NULL AS found
            FROM e LEFT JOIN archived_versions t ON t.model = e.model AND t.number = e.number
            WHERE e.archived <> (t.model IS NOT NULL)
                OR (e.archived AND (t.archived_at, t.archived_by, t.reason)
                    IS NOT (e.at, e.by, e.reason))
            UNION ALL
            SELECT NULL, t.model || '@' || t.number, 0, 1 FROM archived_versions t
            LEFT JOIN e ON e.model = +t.model AND e.number = +t.number WHERE e.sequence IS NULL
            """
        ) { row in
            let isTold = try row.integer("told", in: 0...1) == 1
            let isFound = try row.integer("found", in: 0...1) == 1
            let name = try row.text("name").shortened(to: 100)
            add(
                AuditFinding(
                    entry: try row.optionalInteger("sequence", in: 1...Int64.max),
                    isTold
                        ? "version \(name) was archived, the registry has "
                            + (isFound ? "another author, time or reason" : "it as not archived")
                        : "version \(name) is archived in the registry, and the last entry on it "
                            + "does not say so"))
        }
    }

    /// Note, metrics and tags are those of the registration or of the last annotation.
    ///
    /// Where the last entry is of a swerve that did not keep their digest, they are not held.
    func said(_ add: (AuditFinding) -> Void) throws {
        try transaction.forEachRow(
            """
            SELECT max(sequence) AS sequence, model, number, said
            FROM (\(Self.acts("register", "imported", "annotate")))
            WHERE number IS NOT NULL GROUP BY model, number
            """
        ) { row in
            var name = "a version"
            do {
                guard let told = try row.optionalText("said") else { return }
                let model = try row.model("model").description
                let number = Int(try row.integer("number", in: RegistryBounds.versions))
                name = "version \(model)@\(number)"
                let found = try transaction.versions.saidDigest(model, number)
                guard found?.description != told else { return }
                add(
                    AuditFinding(
                        entry: try row.integer("sequence", in: 1...Int64.max),
                        "note, metrics or tags of \(name) "
                            + (found == nil ? "were removed" : "are not those that it tells")))
            } catch let error as SwerveError {
                add(AuditFinding(entry: nil, "what is said of \(name): \(error.reason)"))
            }
        }
    }

    /// An alias names what its last entry says, since then, by the same hand.
    func aliases(_ add: (AuditFinding) -> Void) throws {
        try transaction.forEachRow(
            """
            WITH e AS MATERIALIZED (
                SELECT model, alias, max(sequence) AS sequence, number, at, by
                FROM (\(Self.acts("alias"))) GROUP BY model, alias)
            SELECT e.sequence, e.model || '@' || e.alias AS name, e.number AS told,
                t.number AS found
            FROM e LEFT JOIN aliases t ON t.model = e.model AND t.name = e.alias
            WHERE e.number IS NOT t.number
                OR (t.number IS NOT NULL AND (t.set_at, t.set_by) IS NOT (e.at, e.by))
            UNION ALL
            SELECT NULL, t.model || '@' || t.name, NULL, t.number FROM aliases t
            LEFT JOIN e ON e.model = +t.model AND e.alias = +t.name WHERE e.sequence IS NULL
            """
        ) { row in
            let name = "alias " + (try row.text("name").shortened(to: 200))
            let sequence = try row.optionalInteger("sequence", in: 1...Int64.max)
            let told = try row.optionalInteger("told", in: Int64.min...Int64.max)
            let found = try row.optionalInteger("found", in: Int64.min...Int64.max)
            let words =
                switch (told, found) {
                case (nil, let found?) where sequence == nil:
                    "\(name) names version \(found), and no entry tells of it: it was added by hand, "
                        + "or the chain was cut off"
                case (nil, let found?):
                    "\(name) was taken away, in the registry it names version \(found)"
                case (let told?, nil):
                    "\(name) names version \(told), the registry has no such alias"
                case (let told?, let found?) where told != found:
                    "\(name) names version \(told), in the registry it names version \(found)"
                default:
                    "\(name) was set by another author or at another time than the registry has"
                }
            add(AuditFinding(entry: sequence, words))
        }
    }
}
