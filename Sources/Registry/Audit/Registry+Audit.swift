package import Lifecycle

/// How far a registry is: two that are equal stand behind the same entries of the audit chain.
package struct RegistryStanding: Sendable, Hashable {
    /// The registry's id.
    package let registry: String
    /// The newest entry; 0 before the first.
    package let sequence: Int64
    /// The hash of that entry, and so of all before it; empty before the first.
    package let hash: String

    package init(registry: String, sequence: Int64, hash: String) {
        self.registry = registry
        self.sequence = sequence
        self.hash = hash
    }
}

extension Registry {
    /// How far it is: one row is read, so it may be asked before each answer.
    package func standing() throws(SwerveError) -> RegistryStanding {
        let id = id
        return try read("reading the audit chain") {
            let head = try $0.audit.mark()
            return RegistryStanding(
                registry: id, sequence: head?.sequence ?? 0, hash: head?.hash ?? "")
        }
    }

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
    ///   - sequence: entries with lower numbers alone; nil for all.
    package func auditEntries(
        of model: ModelName? = nil, below sequence: Int64? = nil, newest: Int = 1_000
    ) throws(SwerveError) -> [AuditEntry] {
        try read("reading the audit chain") {
            try $0.audit.entries(of: model, below: sequence, newest: newest)
        }
    }

    /// The entries behind the one with that number, oldest first, so many of them at most.
    package func auditEntries(
        after sequence: Int64, atMost count: Int
    ) throws(SwerveError) -> [AuditEntry] {
        try read("reading the audit chain") {
            try $0.audit.entries(after: sequence, atMost: count)
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
