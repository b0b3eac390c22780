import GRDB
package import Lifecycle

extension Registry {
    /// The signatures of an artifact as a version of `model`, in the order of their keys' names.
    package func signatures(
        of model: ModelName, _ digest: Digest
    ) throws(SwerveError) -> [ArtifactSignature] {
        let act = "reading the signatures of artifact \(digest.short)"
        return try read(act) { db in
            try Self.requireModel(model, in: db, act: act)
            return try Self.signatures(of: digest, in: db, act: act).filter { $0.model == model }
        }
    }

    /// Adds `signer`'s word for a version that is registered.
    ///
    /// - Returns: false where the key's signature is there already; nothing is changed then.
    /// - Throws: `.refused` for a key that is unknown, revoked, without the role register, or not
    ///   the registry's of that name.
    @discardableResult
    package func sign(
        _ version: VersionReference, by signer: RecordSigner, note: ChangeNote
    ) throws(SwerveError) -> Bool {
        let act = "signing \(version)"
        return try audited(act, note) { db, note in
            let digest = try Self.version(version, in: db, act: act).digest
            return try sign(version, digest, by: signer, note: note, in: db, act: act)
        }
    }

    @discardableResult
    func sign(
        _ version: VersionReference, _ digest: Digest, by signer: RecordSigner?, note: ChangeNote,
        in db: Database, act: String
    ) throws -> Bool {
        guard let signer else { return false }
        let message = SignedMessage.artifact(model: version.model, digest: digest)
        let signature = try Self.signature(
            over: message, by: signer, role: .register, in: db, act: act)
        let isThere = try Self.signatures(of: digest, in: db, act: act).contains {
            $0.model == version.model && $0.signature.keyName == signer.keyName
        }
        guard !isThere else { return false }
        try db.execute(
            sql: """
                INSERT INTO artifact_signatures (model, artifact, key_name, signature, signed_at)
                VALUES (?, ?, ?, ?, ?)
                """,
            arguments: [
                version.model.description, digest.description, signer.keyName,
                signature.description, note.at,
            ])
        try AuditLog.append(
            .signArtifact, model: version.model, note: note,
            details: [
                "version": .int(Int64(version.version)), "digest": .string(digest.description),
                "key": .string(signer.keyName), "signature": .string(signature.description),
            ], registry: id, in: db, act: act)
        return true
    }

    /// The signatures of an artifact for any model.
    static func signatures(
        of digest: Digest, in db: Database, act: String
    ) throws -> [ArtifactSignature] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT \(CheckedRow.bounded("model", 63, as: "model")),
                    \(CheckedRow.bounded("key_name", 63, as: "key_name")),
                    \(CheckedRow.bounded("signature", 256, as: "signature"))
                FROM artifact_signatures WHERE artifact = ? ORDER BY model, key_name
                LIMIT \(RegistryBounds.signaturesOfArtifact + 1)
                """,
            arguments: [digest.description])
        guard rows.count <= RegistryBounds.signaturesOfArtifact else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "more than \(RegistryBounds.signaturesOfArtifact) signatures")
        }
        return try rows.map { row in
            let row = CheckedRow(row: row, act: act)
            let signature = try RecordSignature(row.text("signature"))
            guard try row.text("key_name") == signature.keyName else {
                throw row.malformed("signature", "another key's than its row says")
            }
            return ArtifactSignature(model: try row.model("model"), signature: signature)
        }
    }
}
