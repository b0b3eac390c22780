import FoundationEssentials
import GRDB
import Lifecycle
import Platform

/// How a registry is opened.
package enum RegistryAccess: Sendable, Hashable {
    /// For the command line and the hub; `create` makes a registry where none is.
    case readWrite(create: Bool)
    /// Never writes a row, works beside a writer.
    case readOnly
    /// For workers: as `readOnly`, for artifacts and their signatures alone, so that the schema of
    /// an older swerve is good too.
    case artifacts
    /// For backups and long readings: as `readOnly`, also where an older swerve made the schema.
    case copying
}

/// One opening of a registry file: what is there, is it ours, is its schema the one of this binary.
struct RegistryOpening {
    struct Opened {
        let queue: DatabaseQueue
        let path: String
        let id: String
        /// The file as it must stay, where it is read as one that nobody writes.
        let still: StillFile?
        /// SQLite's count of the schema's changes when it was held against the migrations; nil
        /// where it was not, since nothing is to be written.
        let schema: Int64?
        /// The file that the connection has open.
        let file: FileStatus
    }

    /// Another file was put in the place of the one that was being opened.
    private struct Replaced: Error {}

    let path: String
    let access: RegistryAccess
    let authority: WriteAuthority
    /// Called each time that SQLite has opened the file, and before anything of it is read or
    /// locked: for tests of what happens in between.
    var opening: @Sendable () -> Void = {}
    private var act: String { "opening registry \(path.shortened(to: 200))" }

    init(
        path: String, access: RegistryAccess, authority: WriteAuthority = .whileNoneLeads
    ) {
        self.path = path
        self.access = access
        self.authority = authority
    }

    func run() throws(SwerveError) -> Opened {
        // An absolute path, so that SQLite reads no meaning into ":memory:", "" or "file:".
        let file = try absolutePath()
        for _ in 0..<Self.openAttempts {
            if let opened = try attempt(file) { return opened }
        }
        throw SwerveError(
            .unavailable, act: act,
            reason: "other files were put in its place again and again meanwhile")
    }

    /// - Returns: nil where it is to be tried again: another file is there now, or what a killed
    ///   process had half written was taken back.
    private func attempt(_ file: String) throws(SwerveError) -> Opened? {
        if try !isThere(file) { try make(at: file) }
        do {
            try ForeignLog.refuse(beside: URL(filePath: file).resolvingSymlinksInPath().path, act)
            return try opened(file, at: file, still: nil)
        } catch is Replaced {
            return nil
        } catch {
            let code = (error as? DatabaseError)?.extendedResultCode
            if code == .SQLITE_READONLY_DBMOVED { return nil }
            // As it lies there it is neither the old registry nor the new one. Who may not write it
            // is told so below (`StillFile`).
            if code == .SQLITE_READONLY_ROLLBACK, (try? takeBack(file)) != nil { return nil }
            guard isReading, Self.isUnwritable(error) else {
                throw RegistryFault.error(error, act: act, path: file)
            }
            return try openedStill(file, because: error)
        }
    }

    /// Lets SQLite take back what a killed process had half written, which only who may write can.
    private func takeBack(_ file: String) throws {
        var writing = configuration
        writing.readonly = false
        try DatabaseQueue(path: file, configuration: writing).read { db in
            _ = try Int.fetchOne(db, sql: "SELECT count(*) FROM sqlite_master")
        }
    }

    private static let openAttempts = 5

    private var isReading: Bool {
        switch access {
        case .readWrite: false
        case .readOnly, .artifacts, .copying: true
        }
    }

    /// Whether SQLite could not make, or write, what it keeps beside the file.
    private static func isUnwritable(_ error: any Error) -> Bool {
        switch (error as? DatabaseError)?.resultCode {
        case .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM: true
        default: false
        }
    }

    /// Opens a registry whose file and folder this user may not write, and which nobody writes.
    ///
    /// SQLite then needs nothing beside it, and does not look whether it changes: that is looked
    /// for here, before and after each reading.
    private func openedStill(_ file: String, because fault: any Error) throws(SwerveError) -> Opened
    {
        let target = URL(filePath: file).resolvingSymlinksInPath().path
        let still = try StillFile(of: target, act: act)
        do {
            let opened = try opened(file, at: Self.immutableURI(target), still: still)
            try still.check(act: act)
            return opened
        } catch {
            // Without URIs in this SQLite, the first fault is the one to tell.
            let told = Self.isUnwritable(error) ? fault : error
            throw RegistryFault.error(told, act: act, path: file)
        }
    }

    static func immutableURI(_ path: String) -> String {
        var uri = "file:"
        for byte in path.utf8 {
            switch byte {
            case 0x2f, 0x2e, 0x2d, 0x5f, 0x30...0x39, 0x41...0x5a, 0x61...0x7a:
                uri.append(Character(Unicode.Scalar(byte)))
            default:
                uri += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return uri + "?immutable=1"
    }

    /// - Parameter name: of the file, as SQLite is to open it.
    private func opened(_ file: String, at name: String, still: StillFile?) throws -> Opened {
        guard let status = try FileStatus.of(file) else { throw Replaced() }
        let queue = try DatabaseQueue(path: name, configuration: configuration)
        var schema: Int64?
        switch access {
        case .readWrite:
            schema = try queue.writeWithoutTransaction { db in
                try prepareForWriting(db, status, at: file)
            }
        case .readOnly, .artifacts, .copying:
            try queue.read { db in
                try SchemaMigrator.checkOwner(db, act: act, isEmptyAllowed: false)
                try Self.requireThere(status, at: file)
                switch access {
                case .readOnly: try SchemaMigrator.checkComplete(db, act: act)
                case .artifacts: try SchemaMigrator.checkArtifacts(db, act: act)
                case .readWrite, .copying: break
                }
            }
        }
        return try queue.read { db in
            Opened(
                queue: queue, path: try resolvedPath(db) ?? file, id: try registryID(db),
                still: still, schema: schema, file: status)
        }
    }

    /// Asked while SQLite holds a lock of the file that it has open, so that no restore puts
    /// another one there behind it (`RegistryRestore`).
    ///
    /// SQLite names what it keeps beside a file by the file's path: writing on, it would put
    /// changes of the old file beside the new one.
    private static func requireThere(_ status: FileStatus, at file: String) throws {
        guard try FileStatus.of(file)?.isSameFile(as: status) == true else { throw Replaced() }
    }

    private var configuration: Configuration {
        var configuration = Configuration()
        configuration.label = "registry"
        configuration.readonly = isReading
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(Double(Registry.busySeconds))
        configuration.prepareDatabase { [opening] db in
            opening()
            // FULL: an epoch that was announced must not be forgotten with the machine's power.
            try db.execute(sql: "PRAGMA synchronous = FULL")
            // Some builds overwrite what is deleted, so that gc would write, and need on a full
            // disk, as much as it frees.
            try db.execute(sql: "PRAGMA secure_delete = OFF")
            // A change looks at the audit chain more than once: 16 MB hold about 30,000 entries.
            if !isReading { try db.execute(sql: "PRAGMA cache_size = -16384") }
            // What an upload made of the write-ahead log does not stay so large.
            if !isReading { try db.execute(sql: "PRAGMA journal_size_limit = 16777216") }
        }
        return configuration
    }

    func absolutePath() throws(SwerveError) -> String {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw SwerveError(
                .usage, act: act, reason: "not a file name",
                problem: Problem(.registryNameInvalid))
        }
        if path.hasPrefix("/") { return path }
        let folder = FileManager.default.currentDirectoryPath
        return folder.hasSuffix("/") ? folder + path : folder + "/" + path
    }

    /// What stands at the path, before SQLite sees it; a fifo would block it without end.
    ///
    /// - Returns: false where nothing does, and a registry may be made there.
    private func isThere(_ file: String) throws(SwerveError) -> Bool {
        let target = URL(filePath: file).resolvingSymlinksInPath().path
        guard let found = try? FileManager.default.attributesOfItem(atPath: target) else {
            if let folder = FileStatus.closedFolder(above: target) {
                throw SwerveError(
                    .system, act: act, reason: "this user may not look into \(folder)",
                    remedy: SystemError.remedy(forClosed: folder))
            }
            if access == .readWrite(create: true) {
                try checkFolder(of: target)
                return false
            }
            throw SwerveError(
                .notFound, act: act, reason: "there is no such file",
                problem: Problem(.registryNotFound, [.path: target]))
        }
        let kind = found[.type] as? FileAttributeType
        guard kind != .typeDirectory else {
            throw SwerveError(
                .invalid, act: act, reason: "it is a folder",
                remedy: "name the file in it, as \(path)/swerve.db")
        }
        try Self.refuseLostLink(target, act: act)
        guard kind == .typeRegular else {
            throw SwerveError(.invalid, act: act, reason: "it is not a regular file")
        }
        guard FileManager.default.isReadableFile(atPath: target) else {
            throw SwerveError(
                .system, act: act, reason: "this user may not read it",
                remedy: "let this user read and write the file and its folder")
        }
        // No registry is ever so, not even while it is made; SQLite would make a new one of it,
        // and take its newest pages (-wal) for rubbish.
        guard try FileStatus.of(target)?.bytes != 0 else {
            throw SwerveError(
                .system, act: act,
                reason: "the file is empty: what it held is lost, as where a full disk cut it",
                problem: Problem(.registryEmptied, [.path: target]))
        }
        return true
    }

    /// A link that leads nowhere is no place for a registry: what it names may lie on a volume that
    /// is not mounted.
    static func refuseLostLink(_ path: String, act: String) throws(SwerveError) {
        guard FileStatus.isLostLink(path) else { return }
        throw SwerveError(
            .invalid, act: act,
            reason: "\(path.shortened(to: 200)) is a symbolic link to what is not there",
            remedy: "mount the volume that it leads to, name the file itself, or remove the link")
    }

    /// Makes a whole registry under a temporary name, and gives it its own in one step: nobody
    /// ever sees a part of it, and one that was begun is none.
    private func make(at file: String) throws(SwerveError) {
        let target = URL(filePath: file).resolvingSymlinksInPath().path
        do {
            let temporary = try TemporaryFile(for: target, permissions: Self.permissions)
            let queue = try DatabaseQueue(path: temporary.path, configuration: configuration)
            try queue.writeWithoutTransaction { db in
                try Self.prepareForSpace(db)
                try SchemaMigrator.migrate(db, act: act)
            }
            try queue.close()
            // Where another process was faster, its registry is the one.
            _ = try temporary.publishIfAbsent()
        } catch {
            let fault = RegistryFault.error(error, act: act, path: file)
            throw fault.act == act ? fault : fault.during(act)
        }
    }

    /// As SQLite makes files, less what the process's mask takes.
    static let permissions: UInt32 = 0o644

    /// Before the first table, or never without rewriting the file: gc gives space back.
    private static func prepareForSpace(_ db: Database) throws {
        guard try Int64.fetchOne(db, sql: "PRAGMA page_count") == 0 else { return }
        try db.execute(sql: "PRAGMA auto_vacuum = \(Registry.incremental)")
    }

    private func checkFolder(of file: String) throws(SwerveError) {
        let folder = URL(filePath: file).deletingLastPathComponent().path
        let found = try? FileManager.default.attributesOfItem(
            atPath: URL(filePath: folder).resolvingSymlinksInPath().path)
        guard found?[.type] as? FileAttributeType == .typeDirectory else {
            throw SwerveError(
                .notFound, act: act, reason: "there is no folder \(folder)",
                problem: Problem(.registryFolderNotFound, [.path: folder]))
        }
    }

    /// - Returns: SQLite's count of the schema's changes, from before the schema was checked.
    private func prepareForWriting(
        _ db: Database, _ status: FileStatus, at file: String
    ) throws -> Int64 {
        // Whose file it is comes first: nothing of somebody else's is changed.
        try SchemaMigrator.checkOwner(
            db, act: act, isEmptyAllowed: access == .readWrite(create: true))
        try enterWriteAheadLog(db)
        // From here on, a lock of the file is held until it is closed.
        try Self.requireThere(status, at: file)
        try requireAuthorityToMigrate(db)
        try SchemaMigrator.migrate(db, act: act)
        let version = try SchemaCheck.version(db)
        try SchemaCheck.require(db, act: act)
        return version
    }

    /// A hub that leads knows its own schema alone; one that begins may bring it up to date.
    private func requireAuthorityToMigrate(_ db: Database) throws {
        guard try db.tableExists("hub_lease"), try !SchemaMigrator.isComplete(db, act: act) else {
            return
        }
        let transaction = RegistryTransaction(db: db, registry: "", act: act)
        var right = WriteAuthority.whileNoneLeads
        if case .breakGlass = authority { right = authority }
        _ = try transaction.require(right, at: .now)
    }

    /// Readers beside a writer need the write-ahead log.
    ///
    /// SQLite's busy handler does not cover every
    /// step of the switch, so a loser of the race waits for the winner's lock and looks again.
    private func enterWriteAheadLog(_ db: Database) throws {
        for _ in 0..<Self.switchAttempts {
            do {
                try Self.prepareForSpace(db)
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
