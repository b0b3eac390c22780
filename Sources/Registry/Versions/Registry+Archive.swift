import GRDB
package import Lifecycle

/// Putting versions away.
extension Registry {
    /// Archives a version: it cannot be deployed, and gc may remove its files.
    ///
    /// - Throws: `.refused`, with the remedy, for one that the deployment or an alias names,
    ///   `.unchanged` for one that is archived already.
    package func archive(_ reference: VersionReference, note: ChangeNote) throws(SwerveError) {
        let act = "archiving \(reference)"
        try audited(act, note) { db, note in
            let version = try Self.version(reference, in: db, act: act)
            if version.archival != nil {
                throw SwerveError(
                    .unchanged, act: act, reason: "it is archived already",
                    remedy: "to take it back: swerve archive \(reference) --undo")
            }
            if let role = version.role { throw Self.inDeployment(reference, role, act: act) }
            if let alias = version.aliases.first {
                throw SwerveError(
                    .refused, act: act, reason: "it is called \(alias)",
                    remedy: "move the alias, or remove it: swerve alias \(reference.model) "
                        + "--remove \(alias)")
            }
            try db.execute(
                sql: """
                    INSERT INTO archived_versions (model, number, archived_at, archived_by, reason)
                    VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [
                    reference.model.description, reference.version, note.at, note.by, note.reason,
                ])
            try AuditLog.append(
                .archive, model: reference.model, note: note,
                details: Self.named(version), registry: id, in: db, act: act)
        }
    }

    /// Takes a version back from the archive.
    ///
    /// - Throws: `.unchanged` for one that is not archived, `.refused` where gc removed its files.
    package func unarchive(_ reference: VersionReference, note: ChangeNote) throws(SwerveError) {
        let act = "taking \(reference) back from the archive"
        try audited(act, note) { db, note in
            let version = try Self.version(reference, in: db, act: act)
            guard let archival = version.archival else {
                throw SwerveError(
                    .unchanged, act: act, reason: "it is not archived",
                    remedy: "see: swerve show \(reference)")
            }
            if let collectedAt = archival.collectedAt {
                throw SwerveError(
                    .refused, act: act, reason: "gc removed its files at \(collectedAt)",
                    remedy: Self.storeAgain(reference.model))
            }
            try Self.unarchive(version, note: note, registry: id, in: db, act: act)
        }
    }

    /// The row goes, and the audit chain tells of it.
    ///
    /// - Parameter isStored: its files were stored again.
    static func unarchive(
        _ version: RegisteredVersion, note: ChangeNote, isStored: Bool = false, registry: String,
        in db: Database, act: String
    ) throws {
        let model = version.reference.model
        var details = named(version)
        if isStored { details["files"] = "stored again" }
        try db.execute(
            sql: "DELETE FROM archived_versions WHERE model = ? AND number = ?",
            arguments: [model.description, version.reference.version])
        try AuditLog.append(
            .unarchive, model: model, note: note, details: details, registry: registry, in: db,
            act: act)
    }

    /// - Throws: `.refused` for an archived version, which gets no alias.
    static func requireUnarchived(
        _ reference: VersionReference, in db: Database, act: String
    ) throws {
        try requireDeployable(reference, in: db, act: act)
    }

    /// What to do about files that gc removed.
    static func storeAgain(_ model: ModelName) -> String {
        "register the same files again, which stores them under the same number: "
            + "swerve register FILE --model \(model)"
    }

    static func named(_ version: RegisteredVersion) -> [String: JSONValue] {
        [
            "version": .int(Int64(version.reference.version)),
            "digest": .string(version.digest.description),
        ]
    }

    private static func inDeployment(
        _ reference: VersionReference, _ role: DeploymentRole, act: String
    ) -> SwerveError {
        let (reason, remedy) =
            switch role {
            case .stable: ("it is the stable version", "promote another version first")
            case .canary, .shadow:
                ("it is the candidate", "drop it first: swerve rollback \(reference.model)")
            case .previous:
                (
                    "it is the previous version, which a rollback needs",
                    "it is free when another version was promoted"
                )
            }
        return SwerveError(.refused, act: act, reason: reason, remedy: remedy)
    }
}
