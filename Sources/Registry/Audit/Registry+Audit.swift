package import Lifecycle

extension Registry {
    /// Holds the audit chain against itself, the tables against it, and the schema against the
    /// migrations.
    ///
    /// It sees one snapshot, on a connection of its own: nobody who reads or writes waits for it.
    /// - Parameter progress: hears the number of each entry before it is looked at.
    package func verifyAudit(
        progress: (Int64) throws -> Void = { _ in }
    ) throws(SwerveError) -> AuditReport {
        try readAside("verifying the audit chain") {
            try AuditVerification(transaction: $0).run(progress: progress)
        }
    }

    /// The newest entry; nil before the first.
    package func auditHead() throws(SwerveError) -> AuditEntry? {
        try auditEntries(newest: 1).last
    }

    /// The newest entries, oldest of them first.
    ///
    /// - Parameters:
    ///   - model: only those that name it.
    ///   - sequence: only those below it; nil for all.
    package func auditEntries(
        of model: ModelName? = nil, newest: Int = 1_000, below sequence: Int64? = nil
    ) throws(SwerveError) -> [AuditEntry] {
        try read("reading the audit chain") {
            try $0.audit.entries(of: model, newest: newest, below: sequence)
        }
    }

    /// The entries of changes of deployments that `isWanted` names, by model and epoch.
    ///
    /// Walks over the whole chain; nobody waits for it.
    package func auditedChanges(
        _ isWanted: (_ model: String, _ epoch: Int64) -> Bool,
        _ body: (AuditEntry) -> Void
    ) throws(SwerveError) {
        try readAside("reading the audit chain") { transaction in
            try transaction.audit.forEachRow { row in
                guard let entry = try? AuditEntry(row), let epoch = entry.epoch,
                    isWanted(entry.model ?? "", Int64(epoch))
                else { return }
                body(entry)
            }
        }
    }

    /// Why the audit chain does not bear out the present deployment of `model`; nil where it does.
    package func auditFault(of model: ModelName) throws(SwerveError) -> SwerveError? {
        try read("announcing \(model)") { transaction in
            do {
                let current = try transaction.deployments.one(model)
                try transaction.witness.requireDeployment(
                    model, current, versions: current?.versions.map(\.version) ?? [])
                return nil
            } catch let error as SwerveError {
                return error
            }
        }
    }
}
