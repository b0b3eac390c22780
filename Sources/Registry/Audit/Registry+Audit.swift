import GRDB
package import Lifecycle

extension Registry {
    /// Holds the audit chain against itself, the tables against it, and the schema against the
    /// migrations.
    ///
    /// One snapshot; the memory it takes does not grow with the chain.
    package func verifyAudit() throws(SwerveError) -> AuditReport {
        let act = "verifying the audit chain"
        return try read(act) { db in
            var report = AuditReport()
            var chain = AuditChainCheck(registry: id)
            let rows = AuditRowCheck(db: db, registry: id, act: act)
            try Self.forEachEntry(in: db) { row in
                report.entries += 1
                let sequence = try row.integer("sequence", in: 0...Int64.max - 1)
                let text = try? row.text("entry")
                let fields = text.flatMap { text in
                    try? JSONValue(
                        parsing: text.utf8, act: act, limit: RegistryBounds.entryBytes,
                        depth: RegistryBounds.depth)
                }
                let hash = try? row.digest("hash")
                report.head = hash
                let findings = chain.check(
                    sequence: sequence, entry: Array((text ?? "").utf8), fields: fields, hash: hash)
                for finding in findings { report.add(finding) }
                guard let fields, let hash else { return }
                let entry = AuditEntry(sequence: sequence, fields: fields, hash: hash)
                do {
                    for finding in try rows.findings(entry) { report.add(finding) }
                } catch let error as SwerveError {
                    report.add(AuditFinding(entry: sequence, error.reason))
                }
            }
            if report.entries == 0, try Self.hasRows(in: db) {
                report.add(AuditFinding(entry: nil, "the chain is empty: it was removed"))
            }
            try AuditTableCheck(db: db, act: act).run { report.add($0) }
            for words in try SchemaCheck.differences(db) {
                report.add(AuditFinding(entry: nil, words))
            }
            return report
        }
    }

    /// The newest entry; nil before the first.
    package func auditHead() throws(SwerveError) -> AuditEntry? {
        try auditEntries(newest: 1).last
    }

    /// The newest entries, oldest of them first.
    ///
    /// - Parameter model: only those that name it.
    package func auditEntries(
        of model: ModelName? = nil, newest: Int = 1_000
    ) throws(SwerveError) -> [AuditEntry] {
        let act = "reading the audit chain"
        return try read(act) { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    \(Self.entryColumns) WHERE ?1 IS NULL
                        OR CASE WHEN json_valid(entry) THEN json_extract(entry, '$.model') END = ?1
                    ORDER BY sequence DESC LIMIT ?2
                    """,
                arguments: [model?.description, max(0, newest)])
            return try rows.reversed().map { try Self.auditEntry(CheckedRow(row: $0, act: act)) }
        }
    }

    /// The entries of changes of deployments that `isWanted` names, by model and epoch.
    package func auditedChanges(
        _ isWanted: (_ model: String, _ epoch: Int64) -> Bool,
        _ body: (AuditEntry) -> Void
    ) throws(SwerveError) {
        let act = "reading the audit chain"
        try read(act) { db in
            try Self.forEachEntry(in: db) { row in
                guard let entry = try? Self.auditEntry(row), let epoch = entry.epoch,
                    isWanted(entry.model ?? "", Int64(epoch))
                else { return }
                body(entry)
            }
        }
    }

    private static let entryColumns = """
        SELECT sequence, \(CheckedRow.bounded("entry", RegistryBounds.entryCharacters, as: "entry")),
            \(CheckedRow.bounded("hash", 71, as: "hash")) FROM audit
        """

    private static func forEachEntry(
        in db: Database, _ body: (CheckedRow) throws -> Void
    ) throws {
        let act = "reading the audit chain"
        let rows = try Row.fetchCursor(db, sql: "\(entryColumns) ORDER BY sequence")
        while let row = try rows.next() { try body(CheckedRow(row: row, act: act)) }
    }

    static func auditEntry(_ row: CheckedRow) throws(SwerveError) -> AuditEntry {
        AuditEntry(
            sequence: try row.integer("sequence", in: 1...Int64.max - 1),
            fields: .object(try row.object("entry", limit: RegistryBounds.entryBytes)),
            hash: try row.digest("hash"))
    }

    static func hasRows(in db: Database) throws -> Bool {
        let row = try Int64.fetchOne(
            db,
            sql: """
                SELECT 1 FROM versions UNION ALL SELECT 1 FROM keys
                UNION ALL SELECT 1 FROM deployment_history LIMIT 1
                """)
        return row != nil
    }
}
