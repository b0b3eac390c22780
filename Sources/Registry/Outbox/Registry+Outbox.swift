import GRDB
package import Lifecycle

extension Registry {
    /// Each model's newest deployment where it is not known to be on the control topic, by name.
    ///
    /// Older ones are never announced: a record carries the whole state.
    package func pendingPublications() throws(SwerveError) -> [PendingPublication] {
        let act = "reading the outbox"
        let limit = Limits.controlRecordBytes
        return try read(act) { db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT \(CheckedRow.bounded("o.model", 63, as: "model")), o.epoch,
                        \(CheckedRow.bounded("o.record", limit, as: "record")),
                        \(CheckedRow.bounded("o.signature", 256, as: "signature")),
                        \(CheckedRow.bounded("a.adopted_registry", 36, as: "adopted_registry")),
                        a.adopted_epoch
                    FROM outbox o
                    LEFT JOIN outbox a ON a.model = o.model AND a.epoch = (
                        SELECT max(epoch) FROM outbox WHERE model = o.model
                            AND published_at IS NULL AND adopted_registry IS NOT NULL)
                    WHERE o.published_at IS NULL
                        AND o.epoch = (SELECT max(epoch) FROM outbox WHERE model = o.model)
                    ORDER BY o.model
                    """)
            return try rows.map { try Self.publication(CheckedRow(row: $0, act: act)) }
        }
    }

    /// Notes that the control topic has `epoch` of `model`, or a later one.
    package func markPublished(
        _ model: ModelName, upTo epoch: Int64, at: String
    ) throws(SwerveError) {
        try write("marking \(model) as published up to epoch \(epoch)") { db in
            try db.execute(
                sql: """
                    UPDATE outbox SET published_at = ?
                    WHERE model = ? AND epoch <= ? AND published_at IS NULL
                    """,
                arguments: [at, model.description, epoch])
        }
    }

    /// Puts the present state of `model`, or of all, into the outbox again.
    ///
    /// - Returns: how many models that are.
    @discardableResult
    package func requeue(_ model: ModelName? = nil) throws(SwerveError) -> Int {
        let act = "announcing \(model?.description ?? "all models") again"
        return try write(act) { db in
            if let model { try Self.requireModel(model, in: db, act: act) }
            try db.execute(
                sql: """
                    UPDATE outbox SET published_at = NULL
                    WHERE (model, epoch) IN (
                        SELECT model, epoch FROM deployments WHERE model = coalesce(?, model))
                    """,
                arguments: [model?.description])
            return db.changesCount
        }
    }

    private static func publication(_ row: CheckedRow) throws(SwerveError) -> PendingPublication {
        var adoption: PendingPublication.Adoption?
        if let registry = try row.optionalText("adopted_registry") {
            adoption = PendingPublication.Adoption(
                registry: registry,
                epoch: try row.integer("adopted_epoch", in: 0...RegistryBounds.epochs.upperBound))
        }
        let model = try row.model("model")
        let epoch = try row.integer("epoch", in: RegistryBounds.epochs)
        let record = try row.bytes("record")
        let read = try ControlRecord(key: model.description.utf8, value: record)
        guard read.deployment.epoch == epoch else {
            throw row.malformed("outbox", "at epoch \(epoch) with a record of another")
        }
        return PendingPublication(
            model: model, epoch: epoch, record: record,
            signature: try row.optionalText("signature"), adoption: adoption,
            expiresAtMs: read.expiresAtMs)
    }
}
