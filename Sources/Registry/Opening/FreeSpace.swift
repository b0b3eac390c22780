import GRDB
package import Lifecycle
import Platform

extension Registry {
    /// Gives free pages of the file back to the disk, in short transactions between which others
    /// write.
    ///
    /// Whatever ends it early, the registry is whole, and the free pages are used again.
    /// - Returns: by how many bytes the file shrank.
    /// - Throws: `.unavailable` while readers keep the file from shrinking, `.system` where the
    ///   disk has no room for the work.
    package func giveSpaceBack() throws(SwerveError) -> Int64 {
        let act = "giving space back"
        let before = try FileStatus.of(path)?.bytes ?? 0
        try writeWithoutTransaction(act) { db in
            if try Int64.fetchOne(db, sql: "PRAGMA auto_vacuum") == Self.incremental {
                var free = try Self.freePages(db)
                while free > 0 {
                    try db.execute(sql: "PRAGMA incremental_vacuum(\(Self.pagesAtOnce))")
                    let left = try Self.freePages(db)
                    // Others may free pages, too; a step that gains nothing is the last.
                    guard left < free else { break }
                    free = left
                }
            } else if try Self.freePages(db) > 0 {
                // A file from before registries were made for it: rewritten once, then as above.
                try db.execute(sql: "PRAGMA auto_vacuum = \(Self.incremental)")
                try db.execute(sql: "VACUUM")
            }
            let row = try Row.fetchOne(db, sql: "PRAGMA wal_checkpoint(TRUNCATE)")
            guard row.flatMap({ Int64.fromDatabaseValue($0[0]) }) == 0 else {
                throw SwerveError(
                    .unavailable, act: act, reason: "other processes are reading the old pages",
                    problem: Problem(.spaceInUse, [.path: path]))
            }
        }
        return max(0, before - (try FileStatus.of(path)?.bytes ?? 0))
    }

    private static func freePages(_ db: Database) throws -> Int64 {
        try Int64.fetchOne(db, sql: "PRAGMA freelist_count") ?? 0
    }

    /// SQLite's number for `auto_vacuum = INCREMENTAL`.
    static let incremental: Int64 = 2
    /// 16 MiB in pages of 4 KiB: so long other writers wait.
    private static let pagesAtOnce = 4_096
}
