import FoundationEssentials
import GRDB
package import Lifecycle
import Platform

/// A public key that the registry knows: what it may sign, who added it, and its end.
package struct RegisteredKey: Sendable, Equatable, Codable {
    package struct Revocation: Sendable, Equatable, Codable {
        /// Wall clock, ISO 8601 UTC.
        package let at: String
        package let by: String
        package let reason: String
    }

    package let name: ModelName
    /// Ed25519, 32 bytes.
    package let publicKey: [UInt8]
    package let roles: Set<KeyRole>
    package let addedAt: String
    package let addedBy: String
    /// Nil while it holds.
    package let revocation: Revocation?

    /// `promote,register`, as the table and trust files have it.
    package static func text(of roles: Set<KeyRole>) -> String {
        roles.sorted().map(\.rawValue).joined(separator: ",")
    }
}

/// The table `keys`: public keys, revoked ones among them; no name and no key is ever used twice.
struct KeyStore {
    let transaction: RegistryTransaction

    /// By name.
    func all() throws -> [RegisteredKey] {
        try transaction.rows("\(Self.columns) ORDER BY name").map { try Self.key($0) }
    }

    func one(_ name: ModelName) throws -> RegisteredKey? {
        try row(name.description).map { try Self.key($0) }
    }

    /// A key's row as it is; the name may be that of an edited entry.
    func row(_ name: String) throws -> CheckedRow? {
        try transaction.row("\(Self.columns) WHERE name = ?", [name])
    }

    /// - Throws: `.refused` for a name or a key that is there already, revoked or not, also where
    ///   the audit chain alone tells of the name; `.tooLarge` where the registry has enough keys.
    func requireNew(_ name: ModelName, _ publicKey: [UInt8]) throws {
        if let key = try one(name) {
            throw nameTaken(name, key.revocation.map { ", revoked at \($0.at)" } ?? "")
        }
        if try transaction.audit.keyNames().contains(name.description) {
            throw nameTaken(name, " in the audit chain, and it was removed from the registry")
        }
        let other = try transaction.row(
            """
            SELECT \(CheckedRow.bounded("name", 63, as: "name")) FROM keys WHERE public_key = ?
            """, [Data(publicKey)])
        if let other {
            let known = try other.text("name")
            throw SwerveError(
                .refused, act: transaction.act, reason: "this public key is known as '\(known)'",
                problem: Problem(.publicKeyKnown, [.key: known]))
        }
        let count = try transaction.row("SELECT count(*) AS keys FROM keys")?
            .integer("keys", in: 0...Int64.max)
        guard count ?? 0 < Limits.trustedKeys else {
            throw SwerveError(
                .tooLarge, act: transaction.act,
                reason: "the registry has \(Limits.trustedKeys) keys already")
        }
    }

    private func nameTaken(_ name: ModelName, _ words: String) -> SwerveError {
        SwerveError(
            .refused, act: transaction.act, reason: "there is a key '\(name)'\(words)",
            remedy: "a name is never used twice; choose another")
    }

    func add(
        _ name: ModelName, _ publicKey: [UInt8], roles: Set<KeyRole>, note: ChangeNote
    ) throws {
        try transaction.execute(
            """
            INSERT INTO keys (name, public_key, roles, added_at, added_by)
            VALUES (?, ?, ?, ?, ?)
            """,
            [
                name.description, Data(publicKey), RegisteredKey.text(of: roles), note.at, note.by,
            ])
        try transaction.audit.append(
            .addKey, model: nil, note: note,
            details: [
                "key": .string(name.description),
                "public_key": .string(Data(publicKey).base64EncodedString()),
                "roles": .string(RegisteredKey.text(of: roles)),
            ])
    }

    /// - Throws: `.notFound`, `.unchanged` for one that is revoked already.
    func revoke(_ name: ModelName, note: ChangeNote) throws {
        guard let key = try one(name) else {
            throw unknown(name, Problem(.keyNotFound, [.key: "\(name)"]))
        }
        if let revocation = key.revocation {
            throw SwerveError(
                .unchanged, act: transaction.act,
                reason: "it was revoked at \(revocation.at) already")
        }
        try transaction.execute(
            "UPDATE keys SET revoked_at = ?, revoked_by = ?, revoked_reason = ? WHERE name = ?",
            [note.at, note.by, note.reason, name.description])
        try transaction.audit.append(
            .revokeKey, model: nil, note: note, details: ["key": .string(name.description)])
    }

    private func unknown(_ name: ModelName, _ problem: Problem) -> SwerveError {
        SwerveError(
            .notFound, act: transaction.act, reason: "the registry has no key '\(name)'",
            problem: problem)
    }

    private static let columns = """
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

    private static func key(_ row: CheckedRow) throws(SwerveError) -> RegisteredKey {
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

/// Keys at work.
extension KeyStore {
    /// Signs `message`, and holds the signature against the key that the registry knows.
    ///
    /// - Throws: `.refused` for a key that is not known, revoked, without `role`, not borne out by
    ///   the audit chain, or another one than the registry's of that name.
    func signature(
        over message: [UInt8], by signer: RecordSigner, role: KeyRole
    ) throws -> RecordSignature {
        let name = try ModelName(signer.keyName)
        let key = try require(name, role: role)
        let signature = try signer.signature(over: message)
        guard
            SignatureCheck.isValid(
                publicKey: key.publicKey, message: message, signature: signature.bytes)
        else {
            throw SwerveError(
                .refused, act: transaction.act,
                reason: "the private key is not that of the registry's '\(name)'",
                problem: Problem(.keyMismatch, [.key: "\(name)"]))
        }
        return signature
    }

    /// Holds a key against what it would sign, as `signature` does.
    func requireSigner(_ name: ModelName, role: KeyRole) throws {
        _ = try require(name, role: role)
    }

    private func require(_ name: ModelName, role: KeyRole) throws -> RegisteredKey {
        guard let key = try one(name) else {
            throw unknown(
                name, Problem(.signerNotFound, [.key: "\(name)", .role: role.rawValue]))
        }
        try transaction.witness.requireKey(name)
        if let revocation = key.revocation {
            throw SwerveError(
                .refused, act: transaction.act,
                reason: "key '\(name)' was revoked at \(revocation.at)",
                problem: Problem(.keyRevoked, [.key: "\(name)"]))
        }
        guard key.roles.contains(role) else {
            throw SwerveError(
                .refused, act: transaction.act,
                reason: "key '\(name)' has the role \(RegisteredKey.text(of: key.roles)), not "
                    + role.rawValue,
                problem: Problem(.keyLacksRole, [.key: "\(name)", .role: role.rawValue]))
        }
        return key
    }

    /// Whether a signature is that of the key, as the registry knows it now.
    func isValid(_ text: String?, by keyName: String, over message: [UInt8]) throws -> Bool {
        guard let text, let signature = try? RecordSignature(text), signature.keyName == keyName,
            let name = try? ModelName(keyName), let key = try one(name)
        else { return false }
        return SignatureCheck.isValid(
            publicKey: key.publicKey, message: message, signature: signature.bytes)
    }
}
