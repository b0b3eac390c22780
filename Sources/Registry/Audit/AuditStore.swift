import GRDB
import Lifecycle
import Platform

/// The table `audit`: every change of the registry, each entry hashed with the hash before it.
///
/// An entry is written in the transaction of the change that it tells of.
struct AuditStore {
    let transaction: RegistryTransaction

    /// The newest entry.
    struct Head {
        let sequence: Int64
        let hash: Digest
        /// Nil where somebody took it out.
        let at: String?
    }

    /// Appends an entry, at the time of `note` or, where the clock went back, of the newest entry.
    ///
    /// - Returns: the chain's new head.
    @discardableResult
    func append(
        _ what: AuditAct, model: ModelName?, note: ChangeNote, details: [String: JSONValue] = [:]
    ) throws -> Digest {
        let note = try ready(note)
        var fields = details
        fields["act"] = .string(what.rawValue)
        fields["model"] = model.map { .string($0.description) }
        return try insert(fields, after: try head(), note: note).hash
    }

    /// Begins the chain where there is none, and holds the note's time against the newest entry's.
    ///
    /// Called first in a transaction that adds rows: what is there before them is imported.
    /// - Returns: the note as entry, history and announcement shall have it: a clock that went back
    ///   does not take the time of the registry back with it.
    func ready(_ note: ChangeNote) throws -> ChangeNote {
        let newest = try head() ?? first(note)
        guard let last = newest.at, let lastMs = Timestamp.milliseconds(of: last),
            let nowMs = Timestamp.milliseconds(of: note.at), nowMs < lastMs
        else { return note }
        return ChangeNote(by: note.by, at: last, reason: note.reason)
    }

    /// Begins the chain of a new registry.
    ///
    /// What is there before it was there before the chain, and that is imported when the schema is
    /// brought up to date, or else the chain was taken away.
    private func first(_ note: ChangeNote) throws -> Head {
        guard try !isMissing() else {
            throw SwerveError(
                .refused, act: transaction.act, reason: "the registry's audit chain was removed",
                remedy: "restore a backup, and see who could write the file")
        }
        return try begin(note)
    }

    /// Whether there are rows, which a chain without entries does not tell of.
    func isMissing() throws -> Bool {
        try transaction.exists(
            """
            SELECT 1 FROM versions UNION ALL SELECT 1 FROM keys
            UNION ALL SELECT 1 FROM tokens
            UNION ALL SELECT 1 FROM deployment_history LIMIT 1
            """, [])
    }

    /// Writes the first entry and, behind it, one for each version and change that is there.
    @discardableResult
    func begin(_ note: ChangeNote) throws -> Head {
        let origins = AuditImport(transaction: transaction)
        let note = ChangeNote(by: note.by, at: try origins.time(note.at))
        var head = try insert(
            [
                "act": .string(AuditAct.begin.rawValue),
                "registry": .string(transaction.registry),
            ], after: nil, note: note)
        try origins.forEach { fields in head = try insert(fields, after: head, note: note) }
        return head
    }

    private func insert(
        _ fields: [String: JSONValue], after head: Head?, note: ChangeNote
    ) throws -> Head {
        let sequence = (head?.sequence ?? 0) + 1
        var fields = fields
        fields["seq"] = .int(sequence)
        fields["at"] = .string(note.at)
        fields["by"] = .string(note.by)
        if !note.reason.isEmpty { fields["reason"] = .string(note.reason) }
        let entry = JSONValue.object(fields).bytes
        let hash = AuditEntry.hash(entry, after: head?.hash)
        try transaction.execute(
            "INSERT INTO audit (sequence, entry, hash) VALUES (?, ?, ?)",
            [sequence, String(decoding: entry, as: UTF8.self), hash.description])
        return Head(sequence: sequence, hash: hash, at: note.at)
    }

    /// Nil before the first entry.
    func head() throws -> Head? {
        try transaction.row(
            """
            SELECT sequence, \(CheckedRow.bounded("hash", 71, as: "hash")),
                CASE WHEN json_valid(entry) THEN json_extract(entry, '$.at') END AS at
            FROM audit ORDER BY sequence DESC LIMIT 1
            """
        ).map { row in
            Head(
                sequence: try row.integer("sequence", in: 1...Int64.max - 1),
                hash: try row.digest("hash"), at: try row.optionalText("at"))
        }
    }
}

/// Reading the chain.
extension AuditStore {
    /// Number and hash of the newest entry as they are stored; nil before the first.
    func mark() throws -> (sequence: Int64, hash: String)? {
        try transaction.row(
            """
            SELECT sequence, \(CheckedRow.bounded("hash", 71, as: "hash"))
            FROM audit ORDER BY sequence DESC LIMIT 1
            """
        ).map { row in
            (try row.integer("sequence", in: 1...Int64.max - 1), try row.text("hash"))
        }
    }

    /// The newest entries, oldest of them first.
    ///
    /// - Parameters:
    ///   - model: only those that name it.
    ///   - sequence: entries with lower numbers alone; nil for all.
    func entries(
        of model: ModelName?, below sequence: Int64? = nil, newest: Int
    ) throws -> [AuditEntry] {
        try transaction.rows(
            """
            \(Self.columns) WHERE sequence < ?1 AND (?2 IS NULL
                OR CASE WHEN json_valid(entry) THEN json_extract(entry, '$.model') END = ?2)
            ORDER BY sequence DESC LIMIT ?3
            """, [sequence ?? Int64.max, model?.description, max(0, newest)]
        ).reversed().map { try AuditEntry($0) }
    }

    /// The entries behind that number, oldest first.
    func entries(after sequence: Int64, atMost count: Int) throws -> [AuditEntry] {
        try transaction.rows(
            "\(Self.columns) WHERE sequence > ?1 ORDER BY sequence LIMIT ?2",
            [sequence, max(0, count)]
        ).map { try AuditEntry($0) }
    }

    /// The entries with a text in a field, oldest first, and what they are about; with what is
    /// known of the chain's hashes.
    ///
    /// The text is looked for before anything is parsed: entries are written in one form, and one
    /// in another was edited. What this connection read before is not read again.
    func told(
        _ field: String, _ value: String
    ) throws -> (entries: [AuditTold], links: AuditMemory.Links) {
        let (links, holders) = try AuditScan(transaction: transaction)
            .run(for: "\"\(field)\":\(JSONValue.string(value).text)")
        let entries = try holders.compactMap { sequence in
            try transaction.row(
                """
                SELECT sequence, \(CheckedRow.bounded("hash", 71, as: "hash")),
                    \(CheckedRow.bounded("json_extract(entry, '$.act')", 40, as: "act")),
                    json_extract(entry, '$.version') AS version,
                    json_extract(entry, '$.deployment.epoch') AS epoch
                FROM audit WHERE sequence = ?1 AND CASE WHEN NOT json_valid(entry) THEN 0
                    ELSE json_extract(entry, '$.\(field)') = ?2 END
                """, [sequence, value])
        }
        return (try entries.map { try AuditTold($0) }, links)
    }

    /// - Throws: `.invalid` where there is none of that number, or it was edited to no entry.
    func entry(_ sequence: Int64) throws -> AuditEntry {
        guard let row = try transaction.row("\(Self.columns) WHERE sequence = ?", [sequence]) else {
            throw transaction.edited("entry \(sequence) of the audit chain is missing")
        }
        return try AuditEntry(row)
    }

    /// Another value means that another connection wrote to the file.
    func dataVersion() throws -> Int64 {
        try Int64.fetchOne(transaction.db, sql: "PRAGMA data_version") ?? 0
    }

    /// The names of all keys that the chain tells of, also where the registry has them no more.
    func keyNames() throws -> Set<String> {
        let rows = try transaction.rows(
            """
            SELECT DISTINCT json_extract(text, '$.key') AS name FROM (
                SELECT CASE WHEN json_valid(entry) THEN entry ELSE '{}' END AS text
                FROM audit)
            WHERE json_extract(text, '$.act') IN ('add-key', 'revoke-key')
                AND typeof(json_extract(text, '$.key')) = 'text'
            """)
        return Set(try rows.map { try $0.text("name") })
    }

    /// The row of each entry from `oldest` on, in order: `sequence`, `entry` and `hash`.
    func forEachRow(from oldest: Int64 = .min, _ body: (CheckedRow) throws -> Void) throws {
        try transaction.forEachRow(
            "\(Self.columns) WHERE sequence >= ? ORDER BY sequence", [oldest], body)
    }

    /// The hash that stands with an entry; nil where there is no such entry.
    func hash(of sequence: Int64) throws -> Digest? {
        try transaction.row(
            "\(Self.columns) WHERE sequence = ?", [sequence]
        )?.digest("hash")
    }

    private static let columns = """
        SELECT sequence, \(CheckedRow.bounded("entry", RegistryBounds.entryCharacters, as: "entry")),
            \(CheckedRow.bounded("hash", 71, as: "hash")) FROM audit
        """
}
