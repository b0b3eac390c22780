import GRDB
package import Lifecycle

/// Whether the audit chain bears out what is about to be signed, announced or believed.
///
/// What `audit verify` does for the whole registry, for one model or one key: the entries that tell
/// of it against the rows, and the hashes from the oldest of them to the head.
struct AuditWitness {
    let db: Database
    let registry: String
    let act: String

    /// - Parameters:
    ///   - current: the present deployment of `model`, as its row has it.
    ///   - versions: those whose rows are carried over, or come into the next deployment.
    /// - Throws: `.refused` where the chain tells something else.
    func requireDeployment(
        _ model: ModelName, _ current: Deployment?, versions: [Int]
    ) throws {
        var entries: [AuditEntry] = []
        let newest = try self.entries(
            "model", model.description, "json_extract(entry, '$.deployment.epoch') IS NOT NULL",
            newest: 1
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
            entries.append(entry)
        }
        entries += try carriedAdoptions(of: model, below: newest)
        for version in Set(versions).sorted() {
            let told = try self.entries(
                "model", model.description,
                "json_extract(entry, '$.version') = \(version) "
                    + "AND json_extract(entry, '$.act') IN ('register', 'imported')")
            guard !told.isEmpty else {
                throw refused("version \(model)@\(version) is there, and no entry tells of it")
            }
            entries += told
        }
        try require(entries)
    }

    /// - Throws: `.refused` where the chain does not tell of the key as it is.
    func requireKey(_ name: ModelName) throws {
        let told = try entries(
            "key", name.description,
            "json_extract(entry, '$.act') IN ('add-key', 'revoke-key')")
        guard told.contains(where: { $0.act == AuditAct.addKey.rawValue }) else {
            throw refused("key '\(name)' is in the registry, and no entry tells of it")
        }
        let isRevoked = try Registry.key(name, in: db, act: act)?.revocation != nil
        if isRevoked, !told.contains(where: { $0.act == AuditAct.revokeKey.rawValue }) {
            throw refused("key '\(name)' is revoked in the registry, and no entry tells of it")
        }
        try require(told)
    }

    /// The names of all keys that the chain tells of, also where the registry has them no more.
    func keyNames() throws -> Set<String> {
        Set(
            try String.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT json_extract(text, '$.key') FROM (
                        SELECT CASE WHEN json_valid(entry) THEN entry ELSE '{}' END AS text
                        FROM audit)
                    WHERE json_extract(text, '$.act') IN ('add-key', 'revoke-key')
                        AND typeof(json_extract(text, '$.key')) = 'text'
                    """))
    }

    /// Changes before the newest whose word on another registry's record still counts.
    private func carriedAdoptions(
        of model: ModelName, below newest: AuditEntry?
    ) throws -> [AuditEntry] {
        let epochs = try Int64.fetchAll(
            db,
            sql: """
                SELECT epoch FROM outbox WHERE model = ? AND published_at IS NULL
                    AND adopted_registry IS NOT NULL AND typeof(epoch) = 'integer' LIMIT 1000
                """, arguments: [model.description])
        var found: [AuditEntry] = []
        for epoch in epochs where epoch != newest?.epoch.map({ Int64($0) }) {
            let told = try entries(
                "model", model.description,
                "json_extract(entry, '$.deployment.epoch') = \(epoch)")
            guard !told.isEmpty else {
                throw refused("the announcement of \(model) epoch \(epoch) has no entry")
            }
            found += told
        }
        return found
    }

    /// Entries with a text in a field, newest first.
    ///
    /// The text is looked for before anything is parsed: entries are written in one form, and one
    /// in another was edited.
    private func entries(
        _ field: String, _ value: String, _ condition: String, newest: Int = 1_000
    ) throws -> [AuditEntry] {
        let needle = "\"\(field)\":\(JSONValue.string(value).text)"
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT sequence,
                    \(CheckedRow.bounded("entry", RegistryBounds.entryCharacters, as: "entry")),
                    \(CheckedRow.bounded("hash", 71, as: "hash"))
                FROM audit WHERE CASE WHEN instr(entry, ?1) = 0 THEN 0
                    WHEN NOT json_valid(entry) THEN 0
                    ELSE json_extract(entry, '$.\(field)') = ?2 AND \(condition) END
                ORDER BY sequence DESC LIMIT \(newest)
                """, arguments: [needle, value])
        return try rows.map { try Registry.auditEntry(CheckedRow(row: $0, act: act)) }
    }

    private func require(_ entries: [AuditEntry]) throws {
        let rows = AuditRowCheck(db: db, registry: registry, act: act)
        for entry in entries {
            if let finding = try rows.findings(entry).first { throw refused(finding.description) }
        }
        if let oldest = entries.map(\.sequence).min() { try requireLinks(from: oldest) }
    }

    /// Each entry's hash is that of its content behind the entry before, up to the head.
    private func requireLinks(from oldest: Int64) throws {
        var head = try Row.fetchOne(
            db,
            sql: """
                SELECT \(CheckedRow.bounded("hash", 71, as: "hash")) FROM audit
                WHERE sequence = ?
                """, arguments: [oldest - 1]
        ).map { try CheckedRow(row: $0, act: act).digest("hash") }
        guard head != nil || oldest == 1 else {
            throw refused("entry \(oldest - 1) of the chain is missing")
        }
        var expected = oldest
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT sequence,
                    \(CheckedRow.bounded("entry", RegistryBounds.entryCharacters, as: "entry")),
                    \(CheckedRow.bounded("hash", 71, as: "hash"))
                FROM audit WHERE sequence >= ? ORDER BY sequence
                """, arguments: [oldest])
        while let row = try rows.next() {
            let row = CheckedRow(row: row, act: act)
            let sequence = try row.integer("sequence", in: 1...Int64.max)
            guard sequence == expected else {
                throw refused("entry \(expected) of the chain is missing")
            }
            let hash = AuditLog.hash(Array(try row.text("entry").utf8), after: head)
            guard try row.digest("hash") == hash else {
                throw refused(
                    "entry \(sequence) of the chain has not the hash of its content: it was edited, or "
                        + "the one before it was")
            }
            head = hash
            expected += 1
        }
    }

    func refused(_ words: String) -> SwerveError {
        SwerveError(
            .refused, act: act, reason: "the audit chain does not bear it out: \(words)",
            problem: Problem(.auditContradicts))
    }
}

extension Registry {
    /// All keys, revoked ones among them, by name, for somebody who will believe them.
    ///
    /// - Throws: `.refused`, naming those that the audit chain does not tell of as they are, and
    ///   those that it tells of and that are gone.
    package func keysToBelieve() throws(SwerveError) -> [RegisteredKey] {
        let act = "listing the keys to be believed"
        let keys = try keys()
        let words = try read(act) { db in
            let witness = AuditWitness(db: db, registry: id, act: act)
            var words: [String] = []
            for key in keys {
                do {
                    try witness.requireKey(key.name)
                } catch let error as SwerveError {
                    words.append("'\(key.name)' (\(error.reason))")
                }
            }
            let gone = try witness.keyNames().subtracting(keys.map(\.name.description))
            return words + gone.sorted().map { "'\($0.shortened(to: 63))' (it was removed)" }
        }
        guard !words.isEmpty else { return keys }
        throw SwerveError(
            .refused, act: act,
            reason: "not as the audit chain tells: " + words.prefix(20).joined(separator: ", "),
            problem: Problem(.keysContradicted))
    }

    /// Why the audit chain does not bear out the present deployment of `model`; nil where it does.
    package func auditFault(of model: ModelName) throws(SwerveError) -> SwerveError? {
        let act = "announcing \(model)"
        return try read(act) { db in
            do {
                let current = try DeploymentRows.one(model, in: db, act: act)
                try AuditWitness(db: db, registry: id, act: act).requireDeployment(
                    model, current, versions: current?.versions.map(\.version) ?? [])
                return nil
            } catch let error as SwerveError {
                return error
            }
        }
    }
}
