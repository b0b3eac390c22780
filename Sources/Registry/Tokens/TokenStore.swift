import GRDB
package import Lifecycle

/// A token of the hub as the registry knows it: whose it is, and what it is good for.
package struct RegisteredToken: Sendable, Equatable, Codable {
    package struct Revocation: Sendable, Equatable, Codable {
        /// Wall clock, ISO 8601 UTC.
        package let at: String
        package let by: String
        package let reason: String
    }

    package let name: ModelName
    package let role: HubRole
    package let models: ModelPattern
    /// Wall clock, ISO 8601 UTC, as the others.
    package let createdAt: String
    package let createdBy: String
    /// Nil where it holds until it is revoked.
    package let expiresAt: String?
    /// To the minute, more or less; nil where it never was.
    package let usedAt: String?
    /// Nil while it holds.
    package let revocation: Revocation?

    /// Who acts with it, as the audit chain names the subject.
    package var subject: String { "\(name) (token)" }

    /// Whether its time is over; one that cannot be read is.
    package func isExpired(atMs now: Int64) -> Bool {
        guard let expiresAt else { return false }
        return Timestamp.milliseconds(of: expiresAt).map { $0 <= now } ?? true
    }
}

/// A token that is to be made, its text's SHA-256 in the place of the text.
package struct TokenDraft: Sendable {
    package let name: ModelName
    package let sha256: Digest
    package let role: HubRole
    package let models: ModelPattern
    package let expiresAt: String?

    package init(
        name: ModelName, sha256: Digest, role: HubRole, models: ModelPattern, expiresAt: String?
    ) {
        self.name = name
        self.sha256 = sha256
        self.role = role
        self.models = models
        self.expiresAt = expiresAt
    }
}

/// The table `tokens`: revoked ones among them; no name and no token is ever used twice.
struct TokenStore {
    let transaction: RegistryTransaction

    /// The newest first.
    func all() throws -> [RegisteredToken] {
        try transaction.rows(
            "\(Self.columns) ORDER BY created_at DESC, name LIMIT \(RegistryBounds.tokens)"
        ).map { try Self.token($0) }
    }

    func one(_ name: ModelName) throws -> RegisteredToken? {
        try row(name.description).map { try Self.token($0) }
    }

    /// By the index over the hashes: how long it takes tells nothing of the texts.
    func one(_ sha256: Digest) throws -> RegisteredToken? {
        try transaction.row("\(Self.columns) WHERE sha256 = ?", [sha256.description])
            .map { try Self.token($0) }
    }

    /// A token's row as it is; the name may be that of an edited entry.
    func row(_ name: String) throws -> CheckedRow? {
        try transaction.row("\(Self.columns) WHERE name = ?", [name])
    }

    /// - Throws: `.refused` for a name that is or was another's, also where the audit chain alone
    ///   tells of it; `.tooLarge` where the registry has enough of them.
    func add(_ draft: TokenDraft, note: ChangeNote) throws {
        let name = draft.name.description
        let known = try one(draft.name)
        let told = try known == nil && !transaction.audit.told("token", name).entries.isEmpty
        guard known == nil, !told else {
            let end = known?.revocation.map { ", revoked at \($0.at)" } ?? ""
            throw SwerveError(
                .refused, act: transaction.act,
                reason: "there is a token '\(name)'" + end
                    + (told ? " in the audit chain, and it was removed from the registry" : ""),
                remedy: "a name is never used twice; choose another")
        }
        let count = try transaction.row("SELECT count(*) AS tokens FROM tokens")?
            .integer("tokens", in: 0...Int64.max)
        guard count ?? 0 < RegistryBounds.tokens else {
            throw SwerveError(
                .tooLarge, act: transaction.act,
                reason: "the registry has \(RegistryBounds.tokens) tokens already")
        }
        try transaction.execute(
            """
            INSERT INTO tokens (name, sha256, role, models, created_at, created_by, expires_at)
            VALUES (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                name, draft.sha256.description, draft.role.rawValue, draft.models.description,
                note.at, note.by, draft.expiresAt,
            ])
        var details: [String: JSONValue] = [
            "token": .string(name), "sha256": .string(draft.sha256.description),
            "role": .string(draft.role.rawValue), "models": .string(draft.models.description),
        ]
        details["expires"] = draft.expiresAt.map { .string($0) }
        try transaction.audit.append(.createToken, model: nil, note: note, details: details)
    }

    /// - Throws: `.notFound`, `.unchanged` for one that is revoked already.
    func revoke(_ name: ModelName, note: ChangeNote) throws {
        guard let token = try one(name) else {
            throw SwerveError(
                .notFound, act: transaction.act, reason: "the registry has no token '\(name)'",
                problem: Problem(.tokenNotFound, [.key: "\(name)"]))
        }
        if let revocation = token.revocation {
            throw SwerveError(
                .unchanged, act: transaction.act,
                reason: "it was revoked at \(revocation.at) already")
        }
        try transaction.execute(
            "UPDATE tokens SET revoked_at = ?, revoked_by = ?, revoked_reason = ? WHERE name = ?",
            [note.at, note.by, note.reason, name.description])
        try transaction.audit.append(
            .revokeToken, model: nil, note: note, details: ["token": .string(name.description)])
    }

    /// No change of the registry: the audit chain does not tell it.
    func note(use name: ModelName, at time: String) throws {
        try transaction.execute(
            "UPDATE tokens SET used_at = ?1 WHERE name = ?2 AND (used_at IS NULL OR used_at < ?1)",
            [time, name.description])
    }

    private static let columns = """
        SELECT \(CheckedRow.bounded("name", 63, as: "name")),
            \(CheckedRow.bounded("sha256", 71, as: "sha256")),
            \(CheckedRow.bounded("role", RegistryBounds.wordBytes, as: "role")),
            \(CheckedRow.bounded("models", ModelPattern.bytesMax, as: "models")),
            \(time("created_at")), \(time("expires_at")), \(time("used_at")), \(time("revoked_at")),
            \(CheckedRow.bounded("created_by", RegistryBounds.authorBytes, as: "created_by")),
            \(CheckedRow.bounded("revoked_by", RegistryBounds.authorBytes, as: "revoked_by")),
            \(CheckedRow.bounded("revoked_reason", Limits.remarkBytes, as: "revoked_reason"))
        FROM tokens
        """

    private static func time(_ column: String) -> String {
        CheckedRow.bounded(column, RegistryBounds.timestampBytes, as: column)
    }

    private static func token(_ row: CheckedRow) throws(SwerveError) -> RegisteredToken {
        guard let role = HubRole(rawValue: try row.text("role")) else {
            throw row.malformed("role", "none of \(HubRole.names)")
        }
        let models: ModelPattern
        do throws(SwerveError) {
            models = try ModelPattern(row.text("models"))
        } catch {
            throw row.malformed("models", error.reason)
        }
        let revocation: RegisteredToken.Revocation? =
            if let at = try row.optionalText("revoked_at") {
                RegisteredToken.Revocation(
                    at: at, by: try row.text("revoked_by"),
                    reason: try row.optionalText("revoked_reason") ?? "")
            } else {
                nil
            }
        return RegisteredToken(
            name: try row.model("name"), role: role, models: models,
            createdAt: try row.text("created_at"), createdBy: try row.text("created_by"),
            expiresAt: try row.optionalText("expires_at"),
            usedAt: try row.optionalText("used_at"), revocation: revocation)
    }
}
