import GRDB
import Lifecycle
import Platform

/// The audit chain: every change of the registry, each entry hashed with the hash before it.
///
/// Written in the transaction of the change that it tells of.
enum AuditLog {
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
    static func append(
        _ what: AuditAct, model: ModelName?, note: ChangeNote, details: [String: JSONValue] = [:],
        registry: String, in db: Database, act: String
    ) throws -> Digest {
        let note = try ready(note, registry: registry, in: db, act: act)
        var fields = details
        fields["act"] = .string(what.rawValue)
        fields["model"] = model.map { .string($0.description) }
        let last = try head(in: db, act: act)
        return try insert(fields, after: last, note: note, in: db).hash
    }

    /// Begins the chain where there is none, and holds the note's time against the newest entry's.
    ///
    /// Called first in a transaction that adds rows: what is there before them is imported.
    /// - Returns: the note as entry, history and announcement shall have it: a clock that went back
    ///   does not take the time of the registry back with it.
    static func ready(
        _ note: ChangeNote, registry: String, in db: Database, act: String
    ) throws -> ChangeNote {
        let newest = try head(in: db, act: act) ?? first(note, registry: registry, in: db, act: act)
        guard let last = newest.at, let lastMs = Timestamp.milliseconds(of: last),
            let nowMs = Timestamp.milliseconds(of: note.at), nowMs < lastMs
        else { return note }
        return ChangeNote(by: note.by, at: last, reason: note.reason)
    }

    /// Begins the chain of a new registry.
    ///
    /// What is there before it was there before the chain, and that is imported when the schema is
    /// brought up to date, or else the chain was taken away.
    private static func first(
        _ note: ChangeNote, registry: String, in db: Database, act: String
    ) throws -> Head {
        guard try !Registry.hasRows(in: db) else {
            throw SwerveError(
                .refused, act: act, reason: "the registry's audit chain was removed",
                remedy: "restore a backup, and see who could write the file")
        }
        return try begin(note, registry: registry, in: db, act: act)
    }

    /// Writes the first entry and, behind it, one for each version and change that is there.
    @discardableResult
    static func begin(
        _ note: ChangeNote, registry: String, in db: Database, act: String
    ) throws -> Head {
        let note = ChangeNote(by: note.by, at: try AuditImport.time(note.at, in: db, act: act))
        var head = try insert(
            ["act": .string(AuditAct.begin.rawValue), "registry": .string(registry)],
            after: nil, note: note, in: db)
        try AuditImport.forEach(in: db, act: act) { fields in
            head = try insert(fields, after: head, note: note, in: db)
        }
        return head
    }

    /// The hash of an entry behind `head`.
    static func hash(_ entry: [UInt8], after head: Digest?) -> Digest {
        ContentHash.sha256(
            Array("swerve audit 1\n\(head?.description ?? "")\n".utf8) + entry)
    }

    private static func insert(
        _ fields: [String: JSONValue], after head: Head?, note: ChangeNote, in db: Database
    ) throws -> Head {
        let sequence = (head?.sequence ?? 0) + 1
        var fields = fields
        fields["seq"] = .int(sequence)
        fields["at"] = .string(note.at)
        fields["by"] = .string(note.by)
        if !note.reason.isEmpty { fields["reason"] = .string(note.reason) }
        let entry = JSONValue.object(fields).bytes
        let hash = hash(entry, after: head?.hash)
        try db.execute(
            sql: "INSERT INTO audit (sequence, entry, hash) VALUES (?, ?, ?)",
            arguments: [sequence, String(decoding: entry, as: UTF8.self), hash.description])
        return Head(sequence: sequence, hash: hash, at: note.at)
    }

    /// Nil before the first entry.
    static func head(in db: Database, act: String) throws -> Head? {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT sequence, \(CheckedRow.bounded("hash", 71, as: "hash")),
                    CASE WHEN json_valid(entry) THEN json_extract(entry, '$.at') END AS at
                FROM audit ORDER BY sequence DESC LIMIT 1
                """)
        guard let row else { return nil }
        let checked = CheckedRow(row: row, act: act)
        return Head(
            sequence: try checked.integer("sequence", in: 1...Int64.max - 1),
            hash: try checked.digest("hash"), at: try checked.optionalText("at"))
    }
}
