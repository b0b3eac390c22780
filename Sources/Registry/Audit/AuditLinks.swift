import FoundationEssentials
import GRDB
import Lifecycle
import Platform

/// Walks over the hashes of the audit chain, a few microseconds an entry: nothing is parsed.
struct AuditLinks {
    let transaction: RegistryTransaction

    /// Where an entry does not follow from the one before.
    struct Break: Error {
        let words: String
    }

    /// Walks from entry `oldest` to the head.
    ///
    /// - Parameter known: what was walked over before and is as it was; it is not read again.
    /// - Returns: all that was walked over, `known` with it.
    func walk(from oldest: Int64, known: AuditMemory.Links?) throws -> AuditMemory.Links {
        if let known, known.oldest <= oldest {
            let head = try walk(behind: known.head.sequence, known.head.hash)
            return AuditMemory.Links(oldest: known.oldest, head: head)
        }
        let before = try transaction.audit.hash(of: oldest - 1)
        guard before != nil || oldest == 1 else {
            throw Break(words: "entry \(oldest - 1) of the chain is missing")
        }
        return AuditMemory.Links(oldest: oldest, head: try walk(behind: oldest - 1, before))
    }

    private func walk(
        behind sequence: Int64, _ hash: Digest?
    ) throws -> (sequence: Int64, hash: Digest) {
        // The first entry follows from nothing.
        var (sequence, head) = (sequence, hash?.description ?? "")
        let rows = try Row.fetchCursor(
            transaction.db,
            sql: """
                SELECT sequence, entry, hash,
                    typeof(entry) = 'text' AND typeof(hash) = 'text' AS is_text
                FROM audit WHERE sequence > ? ORDER BY sequence
                """, arguments: [sequence])
        while let row = try rows.next() {
            guard Int64.fromDatabaseValue(row[0]) == sequence + 1 else {
                throw Break(words: "entry \(sequence + 1) of the chain is missing")
            }
            sequence += 1
            let next = try Self.hash(row, after: head)
            guard Int64.fromDatabaseValue(row[3]) == 1, try Self.isHash(row, next) else {
                throw Break(
                    words: "entry \(sequence) of the chain has not the hash of its content: it was "
                        + "edited, or the one before it was")
            }
            head = next
        }
        return (sequence, try Digest(head))
    }

    /// As `AuditEntry.hash`, without a copy of the entry.
    private static func hash(_ row: Row, after head: String) throws -> String {
        var hash = ContentHash()
        hash.update(Array("swerve audit 1\n\(head)\n".utf8))
        try row.withUnsafeData(atIndex: 1) { hash.update($0 ?? Data()) }
        return hash.digest().description
    }

    private static func isHash(_ row: Row, _ hash: String) throws -> Bool {
        try row.withUnsafeData(atIndex: 2) { $0 == Data(hash.utf8) }
    }
}
