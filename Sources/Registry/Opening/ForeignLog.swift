import GRDB
import GRDBSQLite
import Lifecycle
import Platform

/// A write-ahead log that is not the file's beside which it lies: a backup was copied over a
/// registry, and the log that a killed process had left was forgotten.
///
/// SQLite would bring what it holds into the backup, page by page. It is told by the file's header:
/// one that has a log was first marked as such a file in itself, and backups are not, since they
/// are one file. A copy of a registry's bare file has the mark, and cannot be told.
enum ForeignLog {
    /// - Parameter path: of the registry, links resolved.
    /// - Throws: `.system` where the log beside it is another file's.
    static func refuse(beside path: String, _ act: String) throws(SwerveError) {
        guard try isForeign(path) else { return }
        // A restore takes the log away behind its step, and keeps both files locked until then.
        try? RangeLock.acquire(
            path, SQLiteFile.lockBytes, waitMs: RegistryRestore.lockWaitMs, act: act
        ).release()
        guard try isForeign(path) else { return }
        throw SwerveError(
            .system, act: act,
            reason: "beside it lies \(path.shortened(to: 200))\(SQLiteFile.log), which holds "
                + "changes of another file: a backup was put in its place without taking that away",
            problem: Problem(.foreignLog, [.path: path]))
    }

    private static func isForeign(_ path: String) throws(SwerveError) -> Bool {
        // The log first: a file that gets its own was marked before.
        guard let log = try FileStatus.of(path + SQLiteFile.log), log.bytes > 0, has(path) == false,
            let now = try FileStatus.of(path + SQLiteFile.log)
        else { return false }
        return now.bytes > 0 && now.isSameFile(as: log)
    }

    /// Whether the file is marked as one that has a write-ahead log; nil where it does not tell.
    ///
    /// Read through SQLite: to open and close the file beside it would take the locks of this
    /// process's own connections. Nothing is locked or written.
    private static func has(_ path: String) -> Bool? {
        var configuration = Configuration()
        configuration.readonly = true
        guard
            let queue = try? DatabaseQueue(
                path: RegistryOpening.immutableURI(path), configuration: configuration)
        else { return nil }
        return queue.unsafeRead { db -> Bool? in
            var file: UnsafeMutablePointer<sqlite3_file>?
            let code = unsafe withUnsafeMutablePointer(to: &file) { file in
                unsafe sqlite3_file_control(
                    db.sqliteConnection, "main", SQLITE_FCNTL_FILE_POINTER, file)
            }
            guard code == SQLITE_OK, let file = unsafe file,
                let methods = unsafe file.pointee.pMethods,
                let read = unsafe methods.pointee.xRead
            else { return nil }
            var version: UInt8 = 0
            let isRead = unsafe read(file, &version, 1, versionOffset) == SQLITE_OK
            return isRead ? version == logVersion : nil
        }
    }

    /// The file format's "read version".
    private static let versionOffset: Int64 = 19
    private static let logVersion: UInt8 = 2
}
