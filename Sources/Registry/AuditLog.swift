import GRDB
import Lifecycle
import Platform

/// The audit chain: every change of the registry, each entry hashed with the hash before it.
///
/// Written in the transaction of the change that it tells of.
enum AuditLog {
    /// Appends an entry.
    ///
    /// - Returns: the chain's new head.
    @discardableResult
    static func append(
        _ what: AuditAct, model: ModelName?, note: ChangeNote, details: [String: JSONValue] = [:],
        registry: String, in db: Database, act: String
    ) throws -> Digest {
        var (sequence, head) = try last(in: db, act: act)
        if sequence == 0 {
            head = try insert(
                1, ["act": .string(AuditAct.begin.rawValue), "registry": .string(registry)],
                after: nil, note: note, in: db)
            sequence = 1
        }
        var fields = details
        fields["act"] = .string(what.rawValue)
        fields["model"] = model.map { .string($0.description) }
        return try insert(sequence + 1, fields, after: head, note: note, in: db)
    }

    /// The hash of an entry behind `head`.
    static func hash(_ entry: [UInt8], after head: Digest?) -> Digest {
        ContentHash.sha256(
            Array("swerve audit 1\n\(head?.description ?? "")\n".utf8) + entry)
    }

    private static func insert(
        _ sequence: Int64, _ fields: [String: JSONValue], after head: Digest?, note: ChangeNote,
        in db: Database
    ) throws -> Digest {
        var fields = fields
        fields["seq"] = .int(sequence)
        fields["at"] = .string(note.at)
        fields["by"] = .string(note.by)
        if !note.reason.isEmpty { fields["reason"] = .string(note.reason) }
        let entry = JSONValue.object(fields).bytes
        let hash = hash(entry, after: head)
        try db.execute(
            sql: "INSERT INTO audit (sequence, entry, hash) VALUES (?, ?, ?)",
            arguments: [sequence, String(decoding: entry, as: UTF8.self), hash.description])
        return hash
    }

    /// The newest entry's number and hash; 0 and nil before the first.
    static func last(in db: Database, act: String) throws -> (sequence: Int64, head: Digest?) {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT sequence, \(CheckedRow.bounded("hash", 71, as: "hash")) FROM audit
                ORDER BY sequence DESC LIMIT 1
                """)
        guard let row else { return (0, nil) }
        let checked = CheckedRow(row: row, act: act)
        return (try checked.integer("sequence", in: 1...Int64.max - 1), try checked.digest("hash"))
    }
}
