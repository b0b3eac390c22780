package import Lifecycle

/// Putting versions away.
extension Registry {
    /// Archives a version: it cannot be deployed, and gc may remove its files.
    ///
    /// - Throws: `.refused`, with the reason, for one that the deployment or an alias names,
    ///   `.unchanged` for one that is archived already.
    package func archive(
        _ reference: VersionReference, note: ChangeNote
    ) throws(SwerveError) {
        let act = "archiving \(reference)"
        try audited(act, note) { transaction, note in
            let version = try transaction.search.version(reference)
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
            try transaction.archive.add(version, note: note)
        }
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

    /// Takes a version back from the archive.
    ///
    /// - Throws: `.unchanged` for one that is not archived, `.refused` where gc removed its files.
    package func unarchive(
        _ reference: VersionReference, note: ChangeNote
    ) throws(SwerveError) {
        let act = "taking \(reference) back from the archive"
        try audited(act, note) { transaction, note in
            let version = try transaction.search.version(reference)
            guard let archival = version.archival else {
                throw SwerveError(
                    .unchanged, act: act, reason: "it is not archived",
                    problem: Problem(.notArchived, [.version: "\(reference)"]))
            }
            if let collectedAt = archival.collectedAt {
                throw SwerveError(
                    .refused, act: act, reason: "gc removed its files at \(collectedAt)",
                    problem: ArtifactStore.filesCollected(reference))
            }
            try transaction.archive.remove(version, note: note)
        }
    }
}
