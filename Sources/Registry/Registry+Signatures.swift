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
