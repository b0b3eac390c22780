import FoundationEssentials
import GRDB
import Lifecycle
import Platform

/// One reading of the audit chain: whether its hashes follow one from the other, and which entries
/// hold a text.
///
/// A few microseconds an entry: nothing is parsed.
/// What this connection read before is not read again (`AuditMemory`).
struct AuditScan {
    let transaction: RegistryTransaction

    /// Reads what is not known yet.
    ///
    /// - Parameter text: to be looked for.
    /// - Returns: what is known of the hashes, and the numbers of the entries with the text, in
    ///   order.
    func run(for text: String) throws -> (links: AuditMemory.Links, holders: [Int64]) {
        let version = try transaction.audit.dataVersion()
        var (links, holders) = try known(text, at: version)
        let needle = Array(text.utf8)
        let rows = try Row.fetchCursor(
            transaction.db,
            sql: """
                SELECT sequence, entry, hash,
                    typeof(entry) = 'text' AND typeof(hash) = 'text' AS is_text
                FROM audit WHERE sequence > ? ORDER BY sequence
                """, arguments: [min(links.last ?? .min, holders.last ?? .min)])
        var link = Link(after: links.hash)
        while let row = try rows.next() {
            guard let sequence = Int64.fromDatabaseValue(row[0]) else { continue }
            let isNew = sequence > links.last ?? 0
            let holds = try row.withUnsafeData(atIndex: 1) { entry in
                let entry = entry ?? Data()
                if isNew { link.follow(entry) }
                return sequence > holders.last ?? .min && entry.contains(bytes: needle)
            }
            if holds { holders.numbers.append(sequence) }
            guard isNew else { continue }
            let isText = Int64.fromDatabaseValue(row[3]) == 1
            let isHash = try row.withUnsafeData(atIndex: 2) { link.isHash($0 ?? Data()) }
            if sequence != (links.last ?? 0) + 1 {
                links.breaks(at: sequence, "entry \((links.last ?? 0) + 1) of the chain is missing")
            } else if !isText || !isHash {
                links.breaks(
                    at: sequence,
                    "entry \(sequence) of the chain has not the hash of its content: it was "
                        + "edited, or the one before it was")
            }
            if !isHash { link = Link(after: try? transaction.audit.hash(of: sequence)) }
            links.last = sequence
        }
        links.hash = link.hash
        holders.last = max(holders.last ?? .min, links.last ?? .min)
        transaction.auditMemory.keep(links, holders, of: text, at: version)
        return (links, holders.numbers)
    }

    /// What this process wrote may have been taken back since: then nothing is known.
    private func known(
        _ text: String, at version: Int64
    ) throws -> (AuditMemory.Links, AuditMemory.Holders) {
        let (links, holders) = transaction.auditMemory.known(of: text, at: version)
        if let last = links.last, try transaction.audit.hash(of: last) != links.hash {
            transaction.auditMemory.forget()
            return (AuditMemory.Links(), AuditMemory.Holders())
        }
        return (links, holders)
    }

    /// `AuditEntry.hash` along the chain, in buffers that are used over and over.
    private struct Link {
        /// What stands in front of an entry when it is hashed: the hash before it, between these.
        private var message = Self.opening + [Self.lineEnd]
        private static let opening = Array("swerve audit 1\n".utf8)
        private static let lineEnd: UInt8 = 0x0a

        init(after hash: Digest?) {
            guard let hash else { return }
            message = Self.opening + Array(hash.description.utf8) + [Self.lineEnd]
        }

        /// The hash of the entry that was followed last.
        var hash: Digest? { try? Digest(String(decoding: text, as: UTF8.self)) }

        private var text: ArraySlice<UInt8> { message[Self.opening.count..<message.count - 1] }

        mutating func follow(_ entry: Data) {
            var hash = ContentHash()
            hash.update(message)
            hash.update(entry)
            if text.isEmpty { self = Link(after: hash.digest()) }
            hash.rawDigest().writeHex(
                into: &message, at: message.count - 1 - RawDigest.hexBytes)
        }

        func isHash(_ bytes: Data) -> Bool { bytes.isEqual(to: text) }
    }
}
