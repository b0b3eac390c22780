import FoundationEssentials
import GRDB
package import Lifecycle
import Platform

extension Registry {
    /// All public keys, revoked ones among them, by name.
    package func keys() throws(SwerveError) -> [RegisteredKey] {
        let act = "listing the keys"
        return try read(act) { db in
            try Row.fetchAll(db, sql: "\(Self.keyColumns) ORDER BY name")
                .map { try Self.key(CheckedRow(row: $0, act: act)) }
        }
    }

    /// Takes a public key in.
    ///
    /// - Throws: `.refused` for a name or a key that is there already, revoked or not.
    package func addKey(
        _ name: ModelName, publicKey: [UInt8], roles: Set<KeyRole>, note: ChangeNote
    ) throws(SwerveError) {
        let act = "adding key \(name)"
        guard !roles.isEmpty else {
            throw SwerveError(
                .usage, act: act, reason: "it has no role",
                problem: Problem(.keyWithoutRole, [.key: "\(name)"]))
        }
        guard SignatureCheck.isUsable(publicKey: publicKey) else {
            throw SwerveError(.invalid, act: act, reason: "not a public Ed25519 key")
        }
        try audited(act, note) { db, note in
            try Self.requireNewKey(name, publicKey, in: db, act: act)
            try db.execute(
                sql: """
                    INSERT INTO keys (name, public_key, roles, added_at, added_by)
                    VALUES (?, ?, ?, ?, ?)
                    """,
                arguments: [
                    name.description, Data(publicKey), RegisteredKey.text(of: roles), note.at,
                    note.by,
                ])
            try AuditLog.append(
                .addKey, model: nil, note: note,
                details: [
                    "key": .string(name.description),
                    "public_key": .string(Data(publicKey).base64EncodedString()),
                    "roles": .string(RegisteredKey.text(of: roles)),
                ], registry: id, in: db, act: act)
        }
    }

    /// Ends a key, for good: nothing new is signed with it.
    package func revokeKey(_ name: ModelName, note: ChangeNote) throws(SwerveError) {
        let act = "revoking key \(name)"
        try audited(act, note) { db, note in
            guard let key = try Self.key(name, in: db, act: act) else {
                throw Self.unknownKey(name, Problem(.keyNotFound, [.key: "\(name)"]), act: act)
            }
            if let revocation = key.revocation {
                throw SwerveError(
                    .unchanged, act: act, reason: "it was revoked at \(revocation.at) already")
            }
            try db.execute(
                sql: """
                    UPDATE keys SET revoked_at = ?, revoked_by = ?, revoked_reason = ?
                    WHERE name = ?
                    """,
                arguments: [note.at, note.by, note.reason, name.description])
            try AuditLog.append(
                .revokeKey, model: nil, note: note,
                details: ["key": .string(name.description)], registry: id, in: db, act: act)
        }
    }

    /// Signs `message`, and holds the signature against the key that the registry knows.
    ///
    /// - Throws: `.refused` for a key that is not known, revoked, without `role`, or another one
    ///   than the registry's of that name.
    static func signature(
        over message: [UInt8], by signer: RecordSigner, role: KeyRole, in db: Database, act: String
    ) throws -> RecordSignature {
        let name = try ModelName(signer.keyName)
        let key = try requireKey(name, role: role, in: db, act: act)
        let signature = try signer.signature(over: message)
        guard
            SignatureCheck.isValid(
                publicKey: key.publicKey, message: message, signature: signature.bytes)
        else {
            throw SwerveError(
                .refused, act: act,
                reason: "the private key is not that of the registry's '\(name)'",
                problem: Problem(.keyMismatch, [.key: "\(name)"]))
        }
        return signature
    }

    private static func requireKey(
        _ name: ModelName, role: KeyRole, in db: Database, act: String
    ) throws -> RegisteredKey {
        guard let key = try key(name, in: db, act: act) else {
            throw unknownKey(
                name, Problem(.signerNotFound, [.key: "\(name)", .role: role.rawValue]), act: act)
        }
        let registry = try String.fetchOne(db, sql: "SELECT id FROM registry") ?? ""
        try AuditWitness(db: db, registry: registry, act: act).requireKey(name)
        if let revocation = key.revocation {
            throw SwerveError(
                .refused, act: act, reason: "key '\(name)' was revoked at \(revocation.at)",
                problem: Problem(.keyRevoked, [.key: "\(name)"]))
        }
        guard key.roles.contains(role) else {
            throw SwerveError(
                .refused, act: act,
                reason: "key '\(name)' has the role \(RegisteredKey.text(of: key.roles)), not "
                    + role.rawValue,
                problem: Problem(.keyLacksRole, [.key: "\(name)", .role: role.rawValue]))
        }
        return key
    }

    private static func requireNewKey(
        _ name: ModelName, _ publicKey: [UInt8], in db: Database, act: String
    ) throws {
        if let key = try key(name, in: db, act: act) {
            throw SwerveError(
                .refused, act: act,
                reason: "there is a key '\(name)'"
                    + (key.revocation == nil ? "" : ", revoked at \(key.revocation?.at ?? "")"),
                remedy: "a name is never used twice; choose another")
        }
        let other = try Row.fetchOne(
            db,
            sql: """
                SELECT \(CheckedRow.bounded("name", 63, as: "name")) FROM keys WHERE public_key = ?
                """,
            arguments: [Data(publicKey)])
        if let other {
            let known = try CheckedRow(row: other, act: act).text("name")
            throw SwerveError(
                .refused, act: act, reason: "this public key is known as '\(known)'",
                problem: Problem(.publicKeyKnown, [.key: known]))
        }
        let count = try Int64.fetchOne(db, sql: "SELECT count(*) FROM keys") ?? 0
        guard count < Int64(Limits.trustedKeys) else {
            throw SwerveError(
                .tooLarge, act: act, reason: "the registry has \(Limits.trustedKeys) keys already")
        }
    }

    private static func unknownKey(
        _ name: ModelName, _ problem: Problem, act: String
    ) -> SwerveError {
        SwerveError(
            .notFound, act: act, reason: "the registry has no key '\(name)'", problem: problem)
    }
}

extension Registry {
    static func key(_ name: ModelName, in db: Database, act: String) throws -> RegisteredKey? {
        try Row.fetchOne(
            db, sql: "\(keyColumns) WHERE name = ?", arguments: [name.description]
        ).map { try key(CheckedRow(row: $0, act: act)) }
    }

    static let keyColumns = """
        SELECT \(CheckedRow.bounded("name", 63, as: "name")),
            \(CheckedRow.bounded("public_key", TrustedKey.byteCount, as: "public_key")),
            \(CheckedRow.bounded("roles", 64, as: "roles")),
            \(CheckedRow.bounded("added_at", RegistryBounds.timestampBytes, as: "added_at")),
            \(CheckedRow.bounded("added_by", RegistryBounds.authorBytes, as: "added_by")),
            \(CheckedRow.bounded("revoked_at", RegistryBounds.timestampBytes, as: "revoked_at")),
            \(CheckedRow.bounded("revoked_by", RegistryBounds.authorBytes, as: "revoked_by")),
            \(CheckedRow.bounded("revoked_reason", Limits.remarkBytes, as: "revoked_reason"))
        FROM keys
        """

    static func key(_ row: CheckedRow) throws(SwerveError) -> RegisteredKey {
        let publicKey = try row.bytes("public_key")
        guard publicKey.count == TrustedKey.byteCount else {
            throw row.malformed("public_key", "\(publicKey.count) bytes long")
        }
        let roles = try row.text("roles").split(separator: ",").map { part throws(SwerveError) in
            guard let role = KeyRole(rawValue: String(part)) else {
                throw row.malformed("roles", "'\(part.description.shortened(to: 40))'")
            }
            return role
        }
        let revocation: RegisteredKey.Revocation? =
            if let at = try row.optionalText("revoked_at") {
                RegisteredKey.Revocation(
                    at: at, by: try row.text("revoked_by"),
                    reason: try row.optionalText("revoked_reason") ?? "")
            } else {
                nil
            }
        return RegisteredKey(
            name: try row.model("name"), publicKey: publicKey, roles: Set(roles),
            addedAt: try row.text("added_at"), addedBy: try row.text("added_by"),
            revocation: revocation)
    }
}
