import GRDB
package import Lifecycle
import Platform

/// The registry: models, versions, artifacts and deployments in one SQLite file.
///
/// A face over small stores, one a group of tables (see `RegistryTransaction`); what it offers
/// stands in extensions, in the folders beside this file. Several processes may have it open at
/// once. Every change is one `BEGIN IMMEDIATE` transaction, so there is one writer at a time, and
/// the others wait up to `busySeconds`. Reads see one snapshot, and what takes long reads on a
/// connection of its own. Calls block; they come from any thread but the cooperative pool's.
package final class Registry: Sendable {
    /// How long a call waits for another process's transaction before it gives up.
    package static let busySeconds = 30

    /// The file, absolute, symbolic links resolved.
    package let path: String
    /// The UUID made with the database; part of every control record.
    package let id: String
    private let queue: DatabaseQueue
    private let still: StillFile?
    /// SQLite's count of the schema's changes when it was last held against the migrations.
    private let checkedSchema: Guarded<Int64?>
    private let auditMemory = AuditMemory()
    private let authority: Guarded<WriteAuthority>
    /// The term of the hub past which this process has written, once that was told.
    private let passedTerm = Guarded<Int64?>(nil)
    /// Requests that are carried out, by the thread that does it.
    let marks = RequestMarks()
    /// The file as it was opened.
    private let file: FileStatus
    private let storageFault = Guarded<SwerveError?>(nil)

    /// Opens the registry at `path`, makes it where `access` says so, and brings its schema up to
    /// date.
    ///
    /// - Parameter authority: by what right it is written; see `setAuthority`.
    /// - Throws: `.notFound` where there is no file, `.invalid` for a file that is not a registry,
    ///   `.refused` for one made by a newer swerve or with an edited migration, `.unavailable` for
    ///   one that another process keeps locked, `.system` where file or folder cannot be used.
    package static func open(
        path: String, access: RegistryAccess, authority: WriteAuthority = .whileNoneLeads
    ) throws(SwerveError) -> Registry {
        let opening = RegistryOpening(path: path, access: access, authority: authority)
        return try Registry(opened: opening.run(), authority: authority)
    }

    private init(
        opened: RegistryOpening.Opened, authority: WriteAuthority
    ) throws(SwerveError) {
        queue = opened.queue
        still = opened.still
        path = opened.path
        id = opened.id
        checkedSchema = Guarded(opened.schema)
        self.authority = Guarded(authority)
        file = opened.file
    }

    /// By what right this process writes from now on.
    package func setAuthority(_ authority: WriteAuthority) {
        self.authority.withLock { $0 = authority }
    }

    /// Whether the file at its path is the one that was opened: another may have been put there.
    package func isInPlace() throws(SwerveError) -> Bool {
        guard let present = try FileStatus.of(path) else { return false }
        return present.isSameFile(as: file)
    }

    /// What is written into a file that is not at its path any more is lost to everybody else.
    ///
    /// - Throws: `.unavailable` where another file was put there, or none is.
    package func requireInPlace(_ act: String) throws(SwerveError) {
        guard try isInPlace() else {
            throw SwerveError(
                .unavailable, act: act,
                reason: "another file was put in the registry's place, or it was taken away: "
                    + "whoever has it open, as a hub, has to be started again")
        }
    }

    /// Why the last write failed, where that was for the file or its disk; nil since one went
    /// through.
    package var writeFault: SwerveError? { storageFault.withLock { $0 } }

    /// Runs `body`, and remembers whether file and disk took what it wrote.
    private func writing<Value>(
        _ act: String, _ body: () throws -> Value
    ) throws(SwerveError) -> Value {
        do {
            let value = try body()
            storageFault.withLock { $0 = nil }
            return value
        } catch {
            let told = RegistryFault.error(error, act: act, path: path)
            if RegistryFault.isOfStorage(error) { storageFault.withLock { $0 = told } }
            throw told
        }
    }

    /// Runs `body` on one snapshot of the registry.
    func read<Value>(
        _ act: String, _ body: (RegistryTransaction) throws -> Value
    ) throws(SwerveError) -> Value {
        do {
            try still?.check(act: act)
            let value = try queue.read { try body(transaction($0, act)) }
            try still?.check(act: act)
            return value
        } catch {
            // Damage that is none, in a file that changed meanwhile.
            try still?.check(act: act)
            throw RegistryFault.error(error, act: act, path: path)
        }
    }

    /// Runs `body` on one snapshot, on a connection of its own: for what takes long, so that nobody
    /// who reads or writes through this registry waits for it.
    func readAside<Value>(
        _ act: String, _ body: (RegistryTransaction) throws -> Value
    ) throws(SwerveError) -> Value {
        try aside(act).read(act, body)
    }

    /// The same file through another connection, for reading, whatever its schema.
    func aside(_ act: String) throws(SwerveError) -> Registry {
        do throws(SwerveError) {
            let other = try Registry.open(path: path, access: .copying)
            guard other.id == id else {
                throw SwerveError(
                    .unavailable, act: act, reason: "another registry lies at \(path) now")
            }
            return other
        } catch {
            throw error.act == act ? error : error.during(act)
        }
    }

    /// Runs `body` in one immediate transaction: all of it happens, or nothing.
    func write<Value>(
        _ act: String, _ body: (RegistryTransaction) throws -> Value
    ) throws(SwerveError) -> Value {
        let mark = marks.current
        return try writing(act) {
            try queue.write { db in
                try requireInPlace(act)
                try requireSchema(db, act: act)
                let transaction = transaction(db, act)
                try requireAuthority(transaction)
                if let mark { try transaction.requests.claim(mark) }
                return try body(transaction)
            }
        }
    }

    /// Runs `body` as `write` does, by the same right, and takes back whatever it wrote.
    func trial<Value>(
        _ act: String, _ body: (RegistryTransaction) throws -> Value
    ) throws(SwerveError) -> Value {
        do {
            return try queue.writeWithoutTransaction { db in
                var result: Result<Value, any Error>?
                try db.inTransaction(.immediate) {
                    // What this remembers of the audit chain is taken back as well.
                    let transaction = RegistryTransaction(db: db, registry: id, act: act)
                    result = Result {
                        try requireSchema(db, act: act)
                        _ = try transaction.require(authority.withLock { $0 }, at: .now)
                        return try body(transaction)
                    }
                    return .rollback
                }
                guard let result else {
                    throw SwerveError(.system, act: act, reason: "SQLite did not begin")
                }
                return try result.get()
            }
        } catch {
            throw RegistryFault.error(error, act: act, path: path)
        }
    }

    /// Runs `body` as `write` does, whoever leads.
    func writeLease<Value>(
        _ body: (RegistryTransaction) throws -> Value
    ) throws(SwerveError) -> Value {
        try writing(Self.leaseAct) {
            try queue.write { try body(transaction($0, Self.leaseAct)) }
        }
    }

    /// - Throws: where a hub leads the registry, and this process is not that hub.
    private func requireAuthority(_ transaction: RegistryTransaction) throws {
        let authority = authority.withLock { $0 }
        guard let passed = try transaction.require(authority, at: .now),
            case .breakGlass(let author) = authority
        else { return }
        // Once is enough: a command is one act in several transactions.
        guard passedTerm.withLock({ $0 }) != passed.term else { return }
        try transaction.tell(passing: passed, by: author)
        transaction.db.afterNextTransaction { [self] _ in
            passedTerm.withLock { $0 = passed.term }
        }
    }

    /// Runs `body` as `write` does, with the note as the audit chain takes it; see
    /// `AuditStore.ready`.
    func audited<Value>(
        _ act: String, _ note: ChangeNote,
        _ body: (RegistryTransaction, ChangeNote) throws -> Value
    ) throws(SwerveError) -> Value {
        try note.check(act: act)
        return try write(act) { try body($0, try $0.audit.ready(note)) }
    }

    /// Runs `body` outside a transaction, for what SQLite does in steps of its own.
    func writeWithoutTransaction<Value>(
        _ act: String, _ body: (Database) throws -> Value
    ) throws(SwerveError) -> Value {
        do {
            return try queue.writeWithoutTransaction { db in
                _ = try transaction(db, act).require(authority.withLock { $0 }, at: .now)
                return try body(db)
            }
        } catch {
            throw RegistryFault.error(error, act: act, path: path)
        }
    }

    /// Copies the whole registry, one snapshot of it, into the database at `destination`.
    ///
    /// - Parameter target: the file that it is for, as people named it.
    func copy(
        _ act: String, to destination: DatabaseQueue, for target: String
    ) throws(SwerveError) {
        do {
            try queue.backup(to: destination)
            try still?.check(act: act)
        } catch let fault as DatabaseError where fault.resultCode == .SQLITE_FULL {
            // Only the copy is written.
            throw SwerveError(
                .system, act: act, reason: "the disk of \(target.shortened(to: 200)) is full",
                remedy: "free some space there, or name a file on another disk")
        } catch {
            throw RegistryFault.error(error, act: act, path: path)
        }
    }

    private func transaction(_ db: Database, _ act: String) -> RegistryTransaction {
        RegistryTransaction(db: db, registry: id, act: act, auditMemory: auditMemory)
    }

    /// Nothing is written where somebody changed the registry's own rules.
    private func requireSchema(_ db: Database, act: String) throws {
        let version = try SchemaCheck.version(db)
        guard checkedSchema.withLock({ $0 }) != version else { return }
        try SchemaCheck.require(db, act: act)
        checkedSchema.withLock { $0 = version }
    }
}
