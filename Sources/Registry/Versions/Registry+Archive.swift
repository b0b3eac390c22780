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
                    problem: Problem(.alreadyArchived, [.version: "\(reference)"]))
            }
            if let role = version.role { throw Self.inDeployment(reference, role, act: act) }
            if let alias = version.aliases.first {
                throw SwerveError(
                    .refused, act: act, reason: "it is called \(alias)",
                    problem: Problem(
                        .versionHasAlias,
                        [
                            .version: "\(reference)", .model: "\(reference.model)",
                            .alias: "\(alias)",
                        ]))
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
                    problem: Problem(.notArchived, [.version: "\(reference)"]))
            }
            if let collectedAt = archival.collectedAt {
                throw SwerveError(
                    .refused, act: act, reason: "gc removed its files at \(collectedAt)",
                    problem: Self.filesCollected(reference))
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

    static func filesCollected(_ reference: VersionReference) -> Problem {
        Problem(.filesCollected, [.version: "\(reference)", .model: "\(reference.model)"])
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
        switch role {
        case .stable:
            SwerveError(
                .refused, act: act, reason: "it is the stable version",
                remedy: "promote another version first")
        case .canary, .shadow:
            SwerveError(
                .refused, act: act, reason: "it is the candidate",
                problem: Problem(
                    .versionIsCandidate,
                    [.version: "\(reference)", .model: "\(reference.model)"]))
        case .previous:
            SwerveError(
                .refused, act: act, reason: "it is the previous version, which a rollback needs",
                remedy: "it is free when another version was promoted")
        }
    }
}
