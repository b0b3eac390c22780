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
        let newest = try entries(
            model, where: "json_extract(entry, '$.deployment.epoch') IS NOT NULL", newest: 1
        ).first
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
        var told = newest.map { [$0] } ?? []
        told += try carriedAdoptions(of: model, below: newest)
        for version in Set(versions).sorted() {
            let registered = try entries(
                model,
                where: "json_extract(entry, '$.version') = \(version) "
                    + "AND json_extract(entry, '$.act') IN ('register', 'imported')")
            guard !registered.isEmpty else {
                throw refused("version \(model)@\(version) is there, and no entry tells of it")
            }
            told += registered
        }
        try require(told)
    }

    /// - Throws: `.refused` where the chain does not tell of the key as it is.
    func requireKey(_ name: ModelName) throws {
        let told = try transaction.audit.entries(
            "key", name.description,
            where: "json_extract(entry, '$.act') IN ('add-key', 'revoke-key')")
        guard told.contains(where: { $0.act == AuditAct.addKey.rawValue }) else {
            throw refused("key '\(name)' is in the registry, and no entry tells of it")
        }
        let isRevoked = try transaction.keys.one(name)?.revocation != nil
        if isRevoked, !told.contains(where: { $0.act == AuditAct.revokeKey.rawValue }) {
            throw refused("key '\(name)' is revoked in the registry, and no entry tells of it")
        }
        try require(told)
    }

    /// Changes before the newest whose word on another registry's record still counts.
    private func carriedAdoptions(
        of model: ModelName, below newest: AuditEntry?
    ) throws -> [AuditEntry] {
        var found: [AuditEntry] = []
        for epoch in try transaction.outbox.pendingAdoptions(of: model)
        where epoch != newest?.epoch.map({ Int64($0) }) {
            let told = try entries(
                model, where: "json_extract(entry, '$.deployment.epoch') = \(epoch)")
            guard !told.isEmpty else {
                throw refused("the announcement of \(model) epoch \(epoch) has no entry")
            }
            found += told
        }
        return found
    }

    private func entries(
        _ model: ModelName, where condition: String, newest: Int = 1_000
    ) throws -> [AuditEntry] {
        try transaction.audit.entries(
            "model", model.description, where: condition, newest: newest)
    }

    private func require(_ entries: [AuditEntry]) throws {
        let rows = AuditRowCheck(transaction: transaction)
        for entry in entries {
            if let finding = try rows.findings(entry).first { throw refused(finding.description) }
        }
        if let oldest = entries.map(\.sequence).min() { try requireLinks(from: oldest) }
    }

    /// Each entry's hash is that of its content behind the entry before, up to the head.
    private func requireLinks(from oldest: Int64) throws {
        var head = try transaction.audit.hash(of: oldest - 1)
        guard head != nil || oldest == 1 else {
            throw refused("entry \(oldest - 1) of the chain is missing")
        }
        var expected = oldest
        try transaction.audit.forEachRow(from: oldest) { row in
            let sequence = try row.integer("sequence", in: 1...Int64.max - 1)
            guard sequence == expected else {
                throw refused("entry \(expected) of the chain is missing")
            }
            let hash = AuditEntry.hash(Array(try row.text("entry").utf8), after: head)
            guard try row.digest("hash") == hash else {
                throw refused(
                    "entry \(sequence) of the chain has not the hash of its content: it was edited, or "
                        + "the one before it was")
            }
            head = hash
            expected += 1
        }
    }

    private func refused(_ words: String) -> SwerveError {
        SwerveError(
            .refused, act: transaction.act,
            reason: "the audit chain does not bear it out: \(words)",
            problem: Problem(.auditContradicts))
    }
}
