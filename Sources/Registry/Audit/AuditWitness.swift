import Lifecycle

/// Whether the audit chain bears out what is about to be signed, announced or believed.
///
/// What `AuditVerification` does for the whole registry, for one model or one key: the entries that
/// tell of it against the rows, and the hashes from the oldest of them to the head.
struct AuditWitness {
    let transaction: RegistryTransaction

    /// - Parameters:
    ///   - current: the present deployment of `model`, as its row has it.
    ///   - versions: those whose rows are carried over, or come into the next deployment.
    /// - Throws: `.refused` where the chain tells something else.
    func requireDeployment(
        _ model: ModelName, _ current: Deployment?, versions: [Int]
    ) throws {
        let (told, links) = try transaction.audit.told("model", model.description)
        let newest = try told.last { $0.epoch != nil }.map(entry)
        let name = "the present deployment of \(model)"
        switch (newest, current) {
        case (nil, nil): break
        case (nil, .some): throw refused("\(name) is there, and no entry tells of it")
        case (.some(let entry), nil):
            throw refused("\(name) was removed, entry \(entry.sequence) tells of it")
        case (.some(let entry), .some(let current)):
            guard entry.tells(current) else {
                throw refused(
                    "\(name) is \(current.auditDocument.text.shortened(to: 400)), its newest entry "
                        + "says \((entry.fields["deployment"] ?? .null).text.shortened(to: 400))")
            }
        }
        var entries = newest.map { [$0] } ?? []
        entries += try carriedAdoptions(of: model, below: newest, told)
        for version in Set(versions).sorted() {
            let registered = try told.filter { $0.registers(version) }.map(entry)
            guard !registered.isEmpty else {
                throw refused("version \(model)@\(version) is there, and no entry tells of it")
            }
            entries += registered
        }
        try require(entries, links)
    }

    /// - Throws: `.refused` where the chain does not tell of the key as it is.
    func requireKey(_ name: ModelName) throws {
        let (naming, links) = try transaction.audit.told("key", name.description)
        let told = naming.filter { $0.act == .addKey || $0.act == .revokeKey }
        guard told.contains(where: { $0.act == .addKey }) else {
            throw refused("key '\(name)' is in the registry, and no entry tells of it")
        }
        let isRevoked = try transaction.keys.one(name)?.revocation != nil
        if isRevoked, !told.contains(where: { $0.act == .revokeKey }) {
            throw refused("key '\(name)' is revoked in the registry, and no entry tells of it")
        }
        try require(told.map(entry), links)
    }

    /// - Throws: `.refused` where the chain does not tell of the token as it is.
    func requireToken(_ name: ModelName) throws {
        let (naming, links) = try transaction.audit.told("token", name.description)
        let told = naming.filter { $0.act == .createToken || $0.act == .revokeToken }
        guard told.contains(where: { $0.act == .createToken }) else {
            throw refused("token '\(name)' is in the registry, and no entry tells of it")
        }
        try require(told.map(entry), links)
    }

    /// Changes before the newest whose word on another registry's record still counts.
    private func carriedAdoptions(
        of model: ModelName, below newest: AuditEntry?, _ told: [AuditTold]
    ) throws -> [AuditEntry] {
        var found: [AuditEntry] = []
        for epoch in try transaction.outbox.pendingAdoptions(of: model)
        where epoch != newest?.epoch.map({ Int64($0) }) {
            let changes = try told.filter { $0.epoch == epoch }.map(entry)
            guard !changes.isEmpty else {
                throw refused("the announcement of \(model) epoch \(epoch) has no entry")
            }
            found += changes
        }
        return found
    }

    private func entry(_ told: AuditTold) throws -> AuditEntry {
        try transaction.audit.entry(told.sequence)
    }

    /// The rows are as the entries tell, and from the oldest of these to the head each entry's hash
    /// is that of its content behind the entry before.
    private func require(_ entries: [AuditEntry], _ links: AuditMemory.Links) throws {
        let rows = AuditRowCheck(transaction: transaction)
        for entry in entries {
            if let finding = try rows.findings(entry).first { throw refused(finding.description) }
        }
        guard let oldest = entries.map(\.sequence).min() else { return }
        if let fault = links.fault(from: oldest) { throw refused(fault) }
    }

    private func refused(_ words: String) -> SwerveError {
        SwerveError(
            .refused, act: transaction.act,
            reason: "the audit chain does not bear it out: \(words)",
            problem: Problem(.auditContradicts))
    }
}
