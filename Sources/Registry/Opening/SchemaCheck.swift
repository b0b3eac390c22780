import GRDB
import Lifecycle
import Platform

/// Holds a registry's tables, indices, triggers and views against those that the migrations make.
///
/// The rules of the registry are triggers: somebody who takes one out, or puts one of his own in,
/// changes what the others do.
enum SchemaCheck {
    /// What is otherwise, a sentence for each; empty where all is as made.
    static func differences(_ db: Database) throws -> [String] {
        let found = try objects(of: db)
        guard digest(of: found) != expectedDigest else { return [] }
        let wanted = try expected.get()
        var words: [String] = []
        for (name, sql) in wanted.sorted(by: { $0.key < $1.key }) {
            guard let there = found[name] else {
                words.append("the \(name) was dropped")
                continue
            }
            if there != sql { words.append("the \(name) was changed") }
        }
        for name in found.keys.sorted() where wanted[name] == nil {
            words.append("the \(name.shortened(to: 100)) was added")
        }
        return words
    }

    /// - Throws: `.refused` where the schema is not the migrations'.
    static func require(_ db: Database, act: String) throws {
        let words = try differences(db)
        guard let first = words.first else { return }
        let more = words.count > 1 ? ", and \(words.count - 1) more" : ""
        throw SwerveError(
            .refused, act: act,
            reason: "its schema is not the one that swerve made: \(first)\(more)",
            problem: Problem(.schemaChanged))
    }

    /// How often the schema was changed, as SQLite counts it.
    static func version(_ db: Database) throws -> Int64 {
        try Int64.fetchOne(db, sql: "PRAGMA schema_version") ?? 0
    }

    /// By kind and name; white space counts for nothing.
    private static func objects(of db: Database) throws -> [String: String] {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT type, name, tbl_name, \(CheckedRow.bounded("sql", 64 << 10, as: "sql"))
                FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\'
                """)
        var objects: [String: String] = [:]
        while let row = try rows.next() {
            let kind = String.fromDatabaseValue(row["type"]) ?? "?"
            let name = String.fromDatabaseValue(row["name"]) ?? "?"
            let table = String.fromDatabaseValue(row["tbl_name"]) ?? "?"
            let sql = String.fromDatabaseValue(row["sql"]) ?? ""
            let words = sql.utf8.split(whereSeparator: isSpace).joined(separator: [0x20])
            objects["\(kind) \(name)"] =
                "\(table): \(String(decoding: Array(words), as: UTF8.self))"
        }
        return objects
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (9...13).contains(byte) }

    /// What the migrations make, so that a command need not make it to compare.
    ///
    /// Where a version of SQLite writes some statement otherwise, the comparison with the schema in
    /// memory decides.
    static let expectedDigest =
        "sha256:e55a22f817e2f0e3ec523939179604d6f1e8ee10d093489bb573cefe1333f9eb"

    /// Of all objects, in the order of their names.
    static func digest(of objects: [String: String]) -> String {
        var hash = ContentHash()
        for (name, sql) in objects.sorted(by: { $0.key < $1.key }) {
            hash.update(Array("\(name)\0\(sql)\0".utf8))
        }
        return hash.digest().description
    }

    /// Of the schema that the migrations make.
    static func madeDigest() throws -> String { digest(of: try expected.get()) }

    /// Made once, in memory.
    private static let expected = Result<[String: String], any Error> {
        let queue = try DatabaseQueue()
        try queue.writeWithoutTransaction { db in
            try SchemaMigrator.migrate(db, act: "making the schema in memory")
        }
        return try queue.read { try objects(of: $0) }
    }
}
