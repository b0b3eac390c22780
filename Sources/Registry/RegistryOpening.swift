import FoundationEssentials
import GRDB
import Lifecycle

/// One opening of a registry file: what is there, is it ours, is its schema the one of this binary.
struct RegistryOpening {
    struct Opened {
        let queue: DatabaseQueue
        let path: String
        let id: String
    }

    let path: String
    let access: RegistryAccess
    private var act: String { "opening registry \(path.shortened(to: 200))" }

    init(path: String, access: RegistryAccess) {
        self.path = path
        self.access = access
    }

    func run() throws(SwerveError) -> Opened {
        // An absolute path, so that SQLite reads no meaning into ":memory:", "" or "file:".
        let file = try absolutePath()
        try checkFile(file)
        do {
            let queue = try DatabaseQueue(path: file, configuration: configuration)
            switch access {
            case .readWrite:
                try queue.writeWithoutTransaction { db in try prepareForWriting(db) }
            case .readOnly, .copying:
                try queue.read { db in
                    try SchemaMigrator.checkOwner(db, act: act, isEmptyAllowed: false)
                    if access == .readOnly { try SchemaMigrator.checkComplete(db, act: act) }
                }
            }
            return try queue.read { db in
                Opened(queue: queue, path: try resolvedPath(db) ?? file, id: try registryID(db))
            }
        } catch {
            throw RegistryFault.error(error, act: act, path: file)
        }
    }

    private var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "registry"
        configuration.readonly = access == .readOnly || access == .copying
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(Double(Registry.busySeconds))
        configuration.prepareDatabase { db in
            // FULL: an epoch that was announced must not be forgotten with the machine's power.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            // Some builds overwrite what is deleted, so that gc would write, and need on a full
            // disk, as much as it frees.
            try db.execute(sql: "PRAGMA secure_delete = OFF")
        }
        return configuration
    }

    private func absolutePath() throws(SwerveError) -> String {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw SwerveError(
                .usage, act: act, reason: "not a file name",
                remedy: "name the registry with --registry, as ./swerve.db")
        }
        if path.hasPrefix("/") { return path }
        let folder = FileManager.default.currentDirectoryPath
        return folder.hasSuffix("/") ? folder + path : folder + "/" + path
    }

    /// What stands at the path, before SQLite sees it; a fifo would block it without end.
    private func checkFile(_ file: String) throws(SwerveError) {
        let target = URL(filePath: file).resolvingSymlinksInPath().path
        guard let found = try? FileManager.default.attributesOfItem(atPath: target) else {
            if access == .readWrite(create: true) { return try checkFolder(of: target) }
            throw SwerveError(
                .notFound, act: act, reason: "there is no such file",
                remedy: "register a model first, or name another with --registry")
        }
        let kind = found[.type] as? FileAttributeType
        guard kind != .typeDirectory else {
            throw SwerveError(
                .invalid, act: act, reason: "it is a folder",
                remedy: "name the file in it, as \(path)/swerve.db")
        }
        guard kind == .typeRegular else {
            throw SwerveError(.invalid, act: act, reason: "it is not a regular file")
        }
        guard FileManager.default.isReadableFile(atPath: target) else {
            throw SwerveError(
                .system, act: act, reason: "this user may not read it",
                remedy: "let this user read and write the file and its folder")
        }
    }

    private func checkFolder(of file: String) throws(SwerveError) {
        let folder = URL(filePath: file).deletingLastPathComponent().path
        let found = try? FileManager.default.attributesOfItem(
            atPath: URL(filePath: folder).resolvingSymlinksInPath().path)
        guard found?[.type] as? FileAttributeType == .typeDirectory else {
            throw SwerveError(
                .notFound, act: act, reason: "there is no folder \(folder)",
                remedy: "make the folder first, or name another registry with --registry")
        }
    }

    private func prepareForWriting(_ db: Database) throws {
        // Whose file it is comes first: nothing of somebody else's is changed.
        try SchemaMigrator.checkOwner(db, act: act, isEmptyAllowed: true)
        try enterWriteAheadLog(db)
        try SchemaMigrator.migrate(db, act: act)
    }

    /// Readers beside a writer need the write-ahead log.
    ///
    /// SQLite's busy handler does not cover every
    /// step of the switch, so a loser of the race waits for the winner's lock and looks again.
    private func enterWriteAheadLog(_ db: Database) throws {
        for _ in 0..<Self.switchAttempts {
            do {
                // Before the first table, or never without rewriting the file: gc gives space back.
                if try Int64.fetchOne(db, sql: "PRAGMA page_count") == 0 {
                    try db.execute(sql: "PRAGMA auto_vacuum = \(Registry.incremental)")
                }
                if try String.fetchOne(db, sql: "PRAGMA journal_mode = WAL") == "wal" { return }
                throw SwerveError(
                    .system, act: act, reason: "its file system has no shared memory for SQLite",
                    remedy: "keep the registry on a local file system")
            } catch let fault as DatabaseError where fault.resultCode == .SQLITE_BUSY {
                try db.inTransaction(.immediate) { .commit }
            }
        }
        throw SwerveError(.unavailable, act: act, reason: "other processes keep it locked")
    }

    private static let switchAttempts = 100

    private func resolvedPath(_ db: Database) throws -> String? {
        try Row.fetchAll(db, sql: "PRAGMA database_list").lazy
            .filter { String.fromDatabaseValue($0["name"]) == "main" }
            .compactMap { String.fromDatabaseValue($0["file"]) }
            .first
    }

    private func registryID(_ db: Database) throws -> String {
        let text = try String.fetchOne(
            db, sql: "SELECT id FROM registry WHERE typeof(id) = 'text' AND length(id) = 36")
        guard let id = text.flatMap(UUID.init(uuidString:)) else {
            throw SwerveError(
                .invalid, act: act, reason: "its id is missing or not a UUID",
                remedy: "restore a backup")
        }
        return id.uuidString.lowercased()
    }
}
