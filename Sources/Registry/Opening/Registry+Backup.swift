import FoundationEssentials
import GRDB
package import Lifecycle
import Platform

extension Registry {
    /// Copies the registry into a file of its own, while others read and write it.
    ///
    /// The copy is one snapshot, in one file without a write-ahead log beside it. It is made under
    /// a temporary name, checked whole, and only then takes its name. Nobody may read it who may
    /// not read the registry.
    /// - Parameter isForced: replaces a file that is there.
    /// - Throws: `.refused` where `path` exists or is the registry itself, `.system` where the disk
    ///   is full; nothing is left then.
    package func backup(to path: String, isForced: Bool) throws(SwerveError) -> RegistryBackup {
        let act = "backing up registry \(self.path) to \(path.shortened(to: 200))"
        try checkDestination(path, isForced: isForced, act: act)
        let temporary = StateFile.temporaryName(for: path)
        do throws(SwerveError) {
            // The system says better than SQLite why a file cannot be made.
            let permissions = try FileStatus.of(self.path)?.permissions ?? 0
            try StateFile.write(temporary, [], permissions: 0o600 | (permissions & 0o066))
            try fill(temporary, named: path, act: act)
            // Somebody may have been faster.
            try checkDestination(path, isForced: isForced, act: act)
            try StateFile.publish(temporary, as: path)
        } catch {
            for suffix in [""] + Self.companions {
                _ = try? StateFile.remove(temporary + suffix)
            }
            throw error.act == act ? error : error.during(act)
        }
        let bytes = try FileStatus.of(path)?.bytes ?? 0
        return RegistryBackup(path: path, bytes: bytes, id: id)
    }

    private func checkDestination(
        _ path: String, isForced: Bool, act: String
    ) throws(SwerveError) {
        guard !path.isEmpty, !path.hasSuffix("/"), !path.utf8.contains(0) else {
            throw SwerveError(.usage, act: act, reason: "not a file name")
        }
        if let found = try FileStatus.of(path) {
            if let own = try FileStatus.of(self.path), own.isSameFile(as: found) {
                throw SwerveError(
                    .refused, act: act, reason: "that is the registry itself",
                    remedy: "name another file")
            }
            guard found.isRegular else {
                throw SwerveError(
                    .refused, act: act, reason: "that is no regular file",
                    remedy: "name a file that is not there yet")
            }
            guard isForced else {
                throw SwerveError(
                    .refused, act: act, reason: "the file exists",
                    problem: Problem(.fileExists, [.path: path]))
            }
        }
        // SQLite would take what lies there for the newest pages of the new file.
        for suffix in Self.companions where try FileStatus.of(path + suffix) != nil {
            throw SwerveError(
                .refused, act: act,
                reason: "beside it lies \(path)\(suffix): it is in use, or was left by a crash",
                remedy: "name another file")
        }
    }

    private func fill(_ temporary: String, named path: String, act: String) throws(SwerveError) {
        do {
            let absolute = URL(filePath: temporary).path
            let copy = try DatabaseQueue(path: absolute)
            try self.copy(act, to: copy)
            try copy.writeWithoutTransaction { db in
                // Readable from a read-only disk, and whole without a second file.
                try db.execute(sql: "PRAGMA journal_mode = DELETE")
                let found = try String.fetchAll(db, sql: "PRAGMA integrity_check(1)")
                guard found == ["ok"] else {
                    throw SwerveError(
                        .system, act: act,
                        reason: "the copy is damaged: " + (found.first ?? "").shortened(to: 200),
                        remedy: "check the disk and the registry itself")
                }
                let id = try String.fetchOne(db, sql: "SELECT id FROM registry")
                guard id?.lowercased() == self.id else {
                    throw SwerveError(.system, act: act, reason: "the copy has another id")
                }
            }
            try copy.close()
        } catch {
            throw RegistryFault.error(error, act: act, path: path)
        }
    }

    /// What SQLite may leave beside a file.
    private static let companions = ["-wal", "-shm", "-journal"]
}
