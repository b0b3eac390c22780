import GRDB
import Lifecycle

/// The table `artifact_signatures`: which keys stand for which artifact as a version of a model.
struct SignatureStore {
    let transaction: RegistryTransaction

    /// The signatures of an artifact for any model, by model and key.
    func all(of digest: Digest) throws -> [ArtifactSignature] {
        let rows = try transaction.rows(
            """
            SELECT \(CheckedRow.bounded("model", 63, as: "model")),
                \(CheckedRow.bounded("key_name", 63, as: "key_name")),
                \(CheckedRow.bounded("signature", 256, as: "signature"))
            FROM artifact_signatures WHERE artifact = ? ORDER BY model, key_name
            LIMIT \(RegistryBounds.signaturesOfArtifact + 1)
            """, [digest.description])
        guard rows.count <= RegistryBounds.signaturesOfArtifact else {
            throw SwerveError(
                .tooLarge, act: transaction.act,
                reason: "more than \(RegistryBounds.signaturesOfArtifact) signatures")
        }
        return try rows.map { row in
            let signature = try RecordSignature(row.text("signature"))
            guard try row.text("key_name") == signature.keyName else {
                throw row.malformed("signature", "another key's than its row says")
            }
            return ArtifactSignature(model: try row.model("model"), signature: signature)
        }
    }

    /// A signature's row as it is, its text and time; the names may be those of an edited entry.
    func row(_ model: String, _ digest: String, _ keyName: String) throws -> CheckedRow? {
        try transaction.row(
            """
            SELECT \(CheckedRow.bounded("signature", 256, as: "signature")),
                \(CheckedRow.bounded("signed_at", RegistryBounds.timestampBytes, as: "at"))
            FROM artifact_signatures WHERE model = ? AND artifact = ? AND key_name = ?
            """, [model, digest, keyName])
    }

    /// Adds the signer's word for a version, and tells the audit chain.
    ///
    /// - Returns: false where the key's signature is there already; nothing is changed then.
    @discardableResult
    func sign(
        _ version: VersionReference, _ digest: Digest, by signer: RecordSigner, note: ChangeNote
    ) throws -> Bool {
        let message = SignedMessage.artifact(model: version.model, digest: digest)
        let signature = try transaction.keys.signature(over: message, by: signer, role: .register)
        let isThere = try all(of: digest).contains {
            $0.model == version.model && $0.signature.keyName == signer.keyName
        }
        guard !isThere else { return false }
        try transaction.execute(
            """
            INSERT INTO artifact_signatures (model, artifact, key_name, signature, signed_at)
            VALUES (?, ?, ?, ?, ?)
            """,
            [
                version.model.description, digest.description, signer.keyName,
                signature.description, note.at,
            ])
        try transaction.audit.append(
            .signArtifact, model: version.model, note: note,
            details: [
                "version": .int(Int64(version.version)), "digest": .string(digest.description),
                "key": .string(signer.keyName), "signature": .string(signature.description),
            ])
        return true
    }
}
