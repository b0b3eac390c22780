import GRDB
package import Lifecycle

extension Registry {
    /// What SQLite itself finds wrong with the file (damaged pages, rows that refer to none), and
    /// what of its schema is not as the migrations make it; empty where all is well.
    ///
    /// Reads the whole file; nobody waits for it.
    package func checkIntegrity() throws(SwerveError) -> [String] {
        try readAside("checking the registry's file") { transaction in
            let damages = try transaction.rows(
                "PRAGMA integrity_check(\(Self.findingsMax))"
            ).compactMap { String.fromDatabaseValue($0.row[0]) }.filter { $0 != "ok" }
            return
                (damages + (try Self.orphans(in: transaction))
                + (try SchemaCheck.differences(transaction.db)))
                .map { $0.shortened(to: Self.findingCharacters) }
        }
    }

    private static func orphans(in transaction: RegistryTransaction) throws -> [String] {
        var orphans: [String] = []
        let rows = try Row.fetchCursor(transaction.db, sql: "PRAGMA foreign_key_check")
        while orphans.count < findingsMax, let row = try rows.next() {
            let table = String.fromDatabaseValue(row["table"]) ?? "?"
            let parent = String.fromDatabaseValue(row["parent"]) ?? "?"
            let place = Int64.fromDatabaseValue(row["rowid"]).map { "row \($0)" } ?? "a row"
            orphans.append("\(table): \(place) refers to a row of \(parent) that is not there")
        }
        return orphans
    }

    private static let findingsMax = 100
    private static let findingCharacters = 300
}
