import GRDB
import Lifecycle

/// Rows that may change, or come and go: held against the last entry that tells of each.
extension AuditTableCheck {
    /// An archived version is one whose last entry of the kind says so.
    func archives(_ add: (AuditFinding) -> Void) throws {
        let rows = try Row.fetchCursor(
            db,
            sql: """
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
                LEFT JOIN e ON t.model = e.model AND t.number = e.number WHERE e.sequence IS NULL
                """)
        while let row = try rows.next() {
            let row = CheckedRow(row: row, act: act)
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
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT max(sequence) AS sequence, model, number, said
                FROM (\(Self.acts("register", "imported", "annotate")))
                WHERE number IS NOT NULL GROUP BY model, number
                """)
        while let row = try rows.next() {
            let row = CheckedRow(row: row, act: act)
            var name = "a version"
            do {
                guard let told = try row.optionalText("said") else { continue }
                let model = try row.model("model").description
                let number = Int(try row.integer("number", in: RegistryBounds.versions))
                name = "version \(model)@\(number)"
                let found = try AuditDigest.said(model, number, in: db, act: act)
                guard found?.description != told else { continue }
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
        let rows = try Row.fetchCursor(
            db,
            sql: """
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
                LEFT JOIN e ON e.model = t.model AND e.alias = t.name WHERE e.sequence IS NULL
                """)
        while let row = try rows.next() {
            let row = CheckedRow(row: row, act: act)
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
