import FoundationEssentials
import GRDB
package import Lifecycle
package import Platform

/// What a backup came to.
package struct RegistryBackup: Sendable, Equatable {
    package let path: String
    package let bytes: Int64
    /// The id, the same as the registry's own.
    package let id: String
    /// What came of holding the copy against its audit chain; nil where its schema is an older
    /// swerve's, which this one does not verify.
    package let audit: AuditReport?
}

extension RegistryBackup {
    /// Takes a copy that came from elsewhere: checks it whole, and puts it in the place of `path`.
    ///
    /// - Parameters:
    ///   - temporary: where it is, made for `path`.
    ///   - isForced: replaces a file that is there.
    /// - Throws: `.refused` where `path` exists, `.invalid` where it is no registry, `.system`
    ///   where it is damaged; what is at `path` stays as it was then.
    package static func take(
        _ temporary: TemporaryFile, as path: String, isForced: Bool, act: String
    ) throws(SwerveError) -> RegistryBackup {
        do throws(SwerveError) {
            let copy = try Registry.open(path: temporary.path, access: .copying)
            let audit = try copy.read(act) { try copy.checked($0) }
            try Registry.checkDestination(path, isForced: isForced, act: act)
            try temporary.publish()
            return RegistryBackup(
                path: path, bytes: try FileStatus.of(path)?.bytes ?? 0, id: copy.id, audit: audit)
        } catch {
            throw error.act == act ? error : error.during(act)
        }
    }
}

extension Registry {
    /// Copies the registry into a file of its own, while others read and write it.
    ///
    /// The copy is one snapshot, in one file without a write-ahead log beside it. It is made under
    /// a temporary name, checked whole, and only then takes its name. Nobody may read it who may
    /// not read the registry. What its audit chain does not bear out is told, and copied all the
    /// same.
    /// - Parameter isForced: replaces a file that is there.
    /// - Throws: `.refused` where `path` exists or is the registry itself, `.system` where the disk
    ///   is full; nothing is left then.
    package func backup(to path: String, isForced: Bool) throws(SwerveError) -> RegistryBackup {
        let act = "backing up registry \(self.path) to \(path.shortened(to: 200))"
        try checkDestination(path, isForced: isForced, act: act)
        let audit: AuditReport?
        do throws(SwerveError) {
            // The system says better than SQLite why a file cannot be made.
            let permissions = try FileStatus.of(self.path)?.permissions ?? 0
            let temporary = try TemporaryFile(
                for: path, permissions: 0o600 | (permissions & 0o066))
            audit = try fill(temporary.path, named: path, act: act)
            // Somebody may have been faster.
            try checkDestination(path, isForced: isForced, act: act)
            try temporary.publish()
        } catch {
            throw error.act == act ? error : error.during(act)
        }
        let bytes = try FileStatus.of(path)?.bytes ?? 0
        return RegistryBackup(path: path, bytes: bytes, id: id, audit: audit)
    }

    private func checkDestination(
        _ path: String, isForced: Bool, act: String
    ) throws(SwerveError) {
        try Self.checkDestination(path, isForced: isForced, own: self.path, act: act)
    }

    /// Whether a copy may be put there.
    ///
    /// - Parameter own: the file that it is a copy of; nil where that is another machine's.
    /// - Throws: `.refused`, `.usage`.
    package static func checkDestination(
        _ path: String, isForced: Bool, own: String? = nil, act: String
    ) throws(SwerveError) {
        guard !path.isEmpty, !path.hasSuffix("/"), !path.utf8.contains(0) else {
            throw SwerveError(.usage, act: act, reason: "not a file name")
        }
        func exists() -> SwerveError {
            SwerveError(
                .refused, act: act, reason: "the file exists",
                problem: Problem(.fileExists, [.path: path]))
        }
        guard isForced || !FileStatus.isLostLink(path) else { throw exists() }
        if let own { try refuseOwn(path, of: own, act: act, remedy: "name another file") }
        if let found = try FileStatus.of(path) {
            guard found.isRegular else {
                throw SwerveError(
                    .refused, act: act, reason: "that is no regular file",
                    remedy: "name a file that is not there yet")
            }
            guard isForced else { throw exists() }
        }
        // SQLite would take what lies there for the newest pages of the new file.
        for suffix in SQLiteFile.companions where try FileStatus.of(path + suffix) != nil {
            throw SwerveError(
                .refused, act: act,
                reason: "beside it lies \(path)\(suffix): it is in use, or was left by a crash",
                remedy: "name another file")
        }
    }

    /// - Parameters:
    ///   - own: the registry's file.
    ///   - remedy: what to name instead.
    /// - Throws: `.refused` where `path` is that file, or one of its own beside it.
    static func refuseOwn(
        _ path: String, of own: String, act: String, remedy: String
    ) throws(SwerveError) {
        guard try !belongs(path, to: own) else {
            throw SwerveError(
                .refused, act: act, reason: "that is a file of the registry's own",
                remedy: remedy)
        }
        guard let found = try FileStatus.of(path),
            try FileStatus.of(own)?.isSameFile(as: found) == true
        else { return }
        throw SwerveError(
            .refused, act: act, reason: "that is the registry itself", remedy: remedy)
    }

    /// Whether it is, or is named as, what lies beside a registry's file and begins with its name:
    /// the newest pages, locks, uploads.
    private static func belongs(_ path: String, to own: String) throws(SwerveError) -> Bool {
        let (target, file) = (URL(filePath: path), URL(filePath: own))
        let isNamedSo = besides.contains {
            target.lastPathComponent == file.lastPathComponent + $0
        }
        if isNamedSo, let folder = try FileStatus.of(target.deletingLastPathComponent().path),
            try FileStatus.of(file.deletingLastPathComponent().path)?.isSameFile(as: folder) == true
        {
            return true
        }
        guard let found = try FileStatus.of(path) else { return false }
        for suffix in besides {
            if try FileStatus.of(own + suffix)?.isSameFile(as: found) == true { return true }
        }
        return false
    }

    /// Makes the copy in an empty file: one snapshot, whole without a second file, led by nobody.
    ///
    /// - Parameter path: what it is for, as people named it.
    /// - Returns: what came of holding it against its audit chain.
    func fill(
        _ temporary: String, named path: String, act: String
    ) throws(SwerveError) -> AuditReport? {
        do {
            let copy = try DatabaseQueue(path: URL(filePath: temporary).path)
            // On a connection of its own: copying a large registry takes its time.
            try aside(act).copy(act, to: copy, for: path)
            let audit = try copy.writeWithoutTransaction { db in
                // Readable from a read-only disk, and whole without a second file.
                try db.execute(sql: "PRAGMA journal_mode = DELETE")
                // The hub that leads this registry does not lead its copy.
                let transaction = RegistryTransaction(db: db, registry: id, act: act)
                if try db.tableExists(LeaseStore.table) { try transaction.lease.releaseAll() }
                return try checked(transaction)
            }
            try copy.close()
            return audit
        } catch {
            throw RegistryFault.error(error, act: act, path: path)
        }
    }

    /// Holds a copy's pages, its id and its audit chain against what they should be.
    ///
    /// - Returns: what the chain came to; nil where the schema is an older swerve's.
    func checked(_ copy: RegistryTransaction) throws -> AuditReport? {
        let found = try String.fetchAll(copy.db, sql: "PRAGMA integrity_check(1)")
        guard found == ["ok"] else {
            throw SwerveError(
                .system, act: copy.act,
                reason: "the copy is damaged: " + (found.first ?? "").shortened(to: 200),
                remedy: "check the disk and the registry itself")
        }
        let id = try String.fetchOne(copy.db, sql: "SELECT id FROM registry")
        guard id?.lowercased() == self.id else {
            throw SwerveError(.system, act: copy.act, reason: "the copy has another id")
        }
        guard try SchemaMigrator.isComplete(copy.db, act: copy.act) else { return nil }
        return try AuditVerification(transaction: copy).run()
    }

    /// What may lie beside it: SQLite's, and that of announcers, the hub, its uploads and the
    /// secrets of webhooks.
    private static let besides =
        SQLiteFile.companions + [".outbox.lock", ".hub.lock", ".uploads", ".webhook-key"]
}
