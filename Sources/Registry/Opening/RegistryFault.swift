import GRDB
import Lifecycle

/// Turns what SQLite says into what the operator can do.
enum RegistryFault {
    static func error(_ error: any Error, act: String, path: String) -> SwerveError {
        if let error = error as? SwerveError { return error }
        // Opening names the file in its act already.
        let place = act.hasPrefix("opening registry") ? "" : "registry \(path): "
        guard let fault = error as? DatabaseError else {
            return SwerveError(.system, act: act, reason: "\(place)\(error)")
        }
        if fault.resultCode == .SQLITE_NOTADB {
            return SwerveError(
                .invalid, act: act, reason: place + "not a SQLite database",
                problem: Problem(.notARegistry, [.path: path]))
        }
        if fault.resultCode == .SQLITE_FULL {
            return SwerveError(
                .system, act: act, reason: place + "the disk is full",
                remedy: "free some space; nothing was changed",
                problem: Problem(.diskFull, [.path: path]))
        }
        if isLock(fault) {
            let remedy = "see whether a swerve command hangs"
            return SwerveError(
                .unavailable, act: act,
                reason: "\(place)another process kept it locked for \(Registry.busySeconds) s",
                remedy: remedy, problem: Problem(.registryLocked, [.path: path, .remedy: remedy]))
        }
        let (code, reason, remedy) = told(fault)
        return SwerveError(code, act: act, reason: place + reason, remedy: remedy)
    }

    /// Whether the file or its disk are at fault, and not what was asked for.
    static func isOfStorage(_ error: any Error) -> Bool {
        switch (error as? DatabaseError)?.resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_CANTOPEN,
            .SQLITE_READONLY, .SQLITE_PERM:
            true
        default: false
        }
    }

    private static func isLock(_ fault: DatabaseError) -> Bool {
        switch fault.resultCode {
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: true
        default: false
        }
    }

    private static func told(
        _ fault: DatabaseError
    ) -> (code: SwerveError.Code, reason: String, remedy: String) {
        let said = (fault.message ?? "SQLite error \(fault.extendedResultCode.rawValue)")
            .shortened(to: 200)
        switch fault.resultCode {
        case .SQLITE_IOERR:
            return (.system, said, "check the disk and its free space; nothing was changed")
        case .SQLITE_CORRUPT:
            return (.system, "the file is damaged: \(said)", "restore a backup")
        case .SQLITE_READONLY where fault.extendedResultCode == .SQLITE_READONLY_DBMOVED:
            let moved = "another file was put in its place meanwhile; nothing was changed"
            return (.unavailable, moved, "")
        case .SQLITE_CANTOPEN, .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_AUTH:
            return (
                .system, "cannot be used: \(said)",
                "this user may read it, or not even that: to change it, let this user write the file "
                    + "and its folder, where SQLite keeps -wal and -shm beside it"
            )
        case .SQLITE_CONSTRAINT:
            return (.refused, said, "")
        case .SQLITE_ERROR where said == "malformed JSON":
            return (
                .invalid, "what it says of a version is not JSON",
                "it was edited by hand or is damaged; restore a backup"
            )
        case .SQLITE_TOOBIG:
            return (.tooLarge, "a value is larger than SQLite stores", "")
        default:
            return (.system, said, "")
        }
    }
}
