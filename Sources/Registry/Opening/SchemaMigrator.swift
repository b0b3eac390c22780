import FoundationEssentials
import GRDB
import Lifecycle
import Platform
import RegistrySchema

/// Brings a registry's schema to the one of this binary, and refuses what it does not know.
///
/// Not GRDB's migrator, which keeps names alone: an edited migration would pass unseen.
enum SchemaMigrator {
    /// `SWRV`: how a Swerve registry is told from any other SQLite file.
    static let applicationID: Int64 = 0x5357_5256

    /// - Throws: `.invalid` for a database of somebody else's, `.unavailable` for an empty one
    ///   where that is not allowed: perhaps it is being made.
    static func checkOwner(_ db: Database, act: String, isEmptyAllowed: Bool) throws {
        // In one statement, which sees one state: between two, another process may make a registry.
        let found = try Row.fetchOne(
            db,
            sql: """
                SELECT (SELECT count(*) FROM sqlite_master) AS objects, application_id
                FROM pragma_application_id
                """)
        let owner = found.flatMap { Int64.fromDatabaseValue($0["application_id"]) }
        if owner == applicationID { return }
        guard owner == 0, found.flatMap({ Int64.fromDatabaseValue($0["objects"]) }) == 0 else {
            throw SwerveError(
                .invalid, act: act, reason: "a SQLite database, but not a Swerve registry",
                problem: Problem(.notARegistry))
        }
        guard isEmptyAllowed else {
            throw SwerveError(
                .unavailable, act: act, reason: "it is empty", remedy: "register a model first")
        }
    }

    /// For readers, who cannot migrate.
    static func checkComplete(_ db: Database, act: String) throws {
        guard try isComplete(db, act: act) else { throw behind(act) }
    }

    /// For readers of artifacts: what the first two migrations made is as this binary knows it, and
    /// nothing of a newer swerve is there, which may have changed it.
    ///
    /// A migration that changes these tables has to be added to them.
    static func checkArtifacts(_ db: Database, act: String) throws {
        let known = Migrations.all
        guard try known.count - pending(db, act: act, known: known).count >= artifactMigrations
        else { throw behind(act) }
    }

    private static let artifactMigrations = 2

    private static func behind(_ act: String) -> SwerveError {
        SwerveError(
            .refused, act: act, reason: "made by an older swerve, its schema is behind",
            problem: Problem(.schemaBehind))
    }

    /// Whether the schema is this binary's.
    ///
    /// - Throws: `.refused` for a newer swerve's.
    static func isComplete(_ db: Database, act: String) throws -> Bool {
        try pending(db, act: act, known: Migrations.all).isEmpty
    }

    /// Applies what is missing, in one immediate transaction, or does nothing.
    static func migrate(
        _ db: Database, act: String, known: [Migration] = Migrations.all
    ) throws {
        let owner = try Int64.fetchOne(db, sql: "PRAGMA application_id") ?? 0
        if owner == applicationID, try pending(db, act: act, known: known).isEmpty { return }
        try db.inTransaction(.immediate) {
            // Once more under the lock: another process may have been faster.
            try checkOwner(db, act: act, isEmptyAllowed: true)
            try db.execute(
                sql: """
                    CREATE TABLE IF NOT EXISTS migrations (
                        id TEXT NOT NULL PRIMARY KEY, sha256 TEXT NOT NULL, applied_at TEXT NOT NULL
                    ) STRICT
                    """)
            for migration in try pending(db, act: act, known: known) {
                try apply(migration, to: db)
            }
            try db.execute(sql: "PRAGMA application_id = \(applicationID)")
            try nameRegistry(db)
            try beginAudit(db, act: act)
            return .commit
        }
    }

    /// The known migrations that `db` lacks, after those it has were held against them.
    private static func pending(
        _ db: Database, act: String, known: [Migration]
    ) throws -> ArraySlice<Migration> {
        guard try db.tableExists("migrations") else { return known[...] }
        let rows = try Row.fetchAll(
            db, sql: "SELECT id, sha256 FROM migrations ORDER BY id LIMIT \(known.count + 1)")
        for (index, row) in rows.enumerated() {
            let id = String.fromDatabaseValue(row["id"]) ?? "?"
            guard index < known.count, known[index].id == id else {
                throw SwerveError(
                    .refused, act: act,
                    reason: "made by a newer swerve (migration \(id) is not known here)",
                    remedy: "use that one")
            }
            guard String.fromDatabaseValue(row["sha256"]) == digest(known[index]) else {
                throw SwerveError(
                    .refused, act: act,
                    reason: "migration \(id) was changed after it was applied",
                    remedy: "use the swerve that made this registry")
            }
        }
        return known.dropFirst(rows.count)
    }

    private static func apply(_ migration: Migration, to db: Database) throws {
        try db.execute(sql: String(decoding: migration.sql, as: UTF8.self))
        try db.execute(
            sql: """
                INSERT INTO migrations (id, sha256, applied_at)
                VALUES (?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
                """,
            arguments: [migration.id, digest(migration)])
    }

    private static func digest(_ migration: Migration) -> String {
        ContentHash.sha256(migration.sql).description
    }

    private static func nameRegistry(_ db: Database) throws {
        guard try Int64.fetchOne(db, sql: "SELECT count(*) FROM registry") == 0 else { return }
        try db.execute(
            sql: """
                INSERT INTO registry (only_row, id, created_at)
                VALUES (1, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
                """,
            arguments: [UUID().uuidString.lowercased()])
    }

    /// A registry older than its audit chain gets one; a new one does with its first change.
    private static func beginAudit(_ db: Database, act: String) throws {
        guard try db.tableExists("audit"),
            let id = try String.fetchOne(db, sql: "SELECT id FROM registry"),
            try Int64.fetchOne(db, sql: "SELECT 1 FROM versions LIMIT 1") != nil
        else { return }
        let audit = RegistryTransaction(db: db, registry: id, act: act).audit
        guard try audit.head() == nil else { return }
        try audit.begin(ChangeNote(by: "swerve", at: Timestamp.text(ofMs: WallClock.nowMs)))
    }
}
