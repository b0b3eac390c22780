import GRDB
package import Lifecycle
import Platform

/// The registry: models, versions, artifacts and deployments in one SQLite file.
///
/// Several processes may have it open at once. Every change is one `BEGIN IMMEDIATE` transaction,
/// so there is one writer at a time, and the others wait up to `busySeconds`. Reads see one
/// snapshot. Calls block; they come from any thread but the cooperative pool's.
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
    private let checkedSchema = Guarded<Int64?>(nil)

    /// Opens the registry at `path`, makes it where `access` says so, and brings its schema up to
    /// date.
    ///
    /// - Throws: `.notFound` where there is no file, `.invalid` for a file that is not a registry,
    ///   `.refused` for one made by a newer swerve or with an edited migration, `.unavailable` for
    ///   one that another process keeps locked, `.system` where file or folder cannot be used.
    package static func open(
        path: String, access: RegistryAccess
    ) throws(SwerveError) -> Registry {
        try Registry(opened: RegistryOpening(path: path, access: access).run())
    }

    private init(opened: RegistryOpening.Opened) {
        queue = opened.queue
        still = opened.still
        path = opened.path
        id = opened.id
    }

    /// Runs `body` on one snapshot of the registry.
    func read<Value>(
        _ act: String, _ body: (Database) throws -> Value
    ) throws(SwerveError) -> Value {
        do {
            try still?.check(act: act)
            let value = try queue.read(body)
            try still?.check(act: act)
            return value
        } catch {
            // Damage that is none, in a file that changed meanwhile.
            try still?.check(act: act)
            throw RegistryFault.error(error, act: act, path: path)
        }
    }

    /// Runs `body` outside a transaction, for what SQLite does in steps of its own.
    func writeWithoutTransaction<Value>(
        _ act: String, _ body: (Database) throws -> Value
    ) throws(SwerveError) -> Value {
        do {
            return try queue.writeWithoutTransaction(body)
        } catch {
            throw RegistryFault.error(error, act: act, path: path)
        }
    }

    /// Copies the whole registry, one snapshot of it, into the database at `destination`.
    func copy(_ act: String, to destination: DatabaseQueue) throws(SwerveError) {
        do {
            try queue.backup(to: destination)
            try still?.check(act: act)
        } catch {
            throw RegistryFault.error(error, act: act, path: path)
        }
    }

    /// Runs `body` in one immediate transaction: all of it happens, or nothing.
    func write<Value>(
        _ act: String, _ body: (Database) throws -> Value
    ) throws(SwerveError) -> Value {
        do {
            return try queue.write { db in
                try requireSchema(db, act: act)
                return try body(db)
            }
        } catch {
            throw RegistryFault.error(error, act: act, path: path)
        }
    }

    /// Nothing is written where somebody changed the registry's own rules.
    private func requireSchema(_ db: Database, act: String) throws {
        let version = try SchemaCheck.version(db)
        guard checkedSchema.withLock({ $0 }) != version else { return }
        try SchemaCheck.require(db, act: act)
        checkedSchema.withLock { $0 = version }
    }

    /// Runs `body` as `write` does, with the note as the audit chain takes it; see
    /// `AuditLog.ready`.
    func audited<Value>(
        _ act: String, _ note: ChangeNote, _ body: (Database, ChangeNote) throws -> Value
    ) throws(SwerveError) -> Value {
        try note.check(act: act)
        return try write(act) { db in
            try body(db, try AuditLog.ready(note, registry: id, in: db, act: act))
        }
    }
}
