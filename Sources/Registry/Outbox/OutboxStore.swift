import FoundationEssentials
import GRDB
import Lifecycle

/// The table `outbox`: what must be announced, as the exact bytes of control records.
///
/// Only the mark of what was published ever changes. Older rows than a model's newest are never
/// announced: a record carries the whole state.
struct OutboxStore {
    let transaction: RegistryTransaction

    func add(
        _ model: ModelName, epoch: Int64, record: [UInt8], signature: RecordSignature?,
        adoption: PendingPublication.Adoption?
    ) throws {
        try transaction.execute(
            """
            INSERT INTO outbox (model, epoch, record, signature, adopted_registry, adopted_epoch)
            VALUES (?, ?, ?, ?, ?, ?)
            """,
            [
                model.description, epoch, Data(record), signature?.description,
                adoption?.registry, adoption?.epoch,
            ])
    }

    /// Each model's newest announcement where it is not marked as published, by name.
    ///
    /// What it may replace on the topic is what the newest of those that were not published may.
    func pending() throws -> [PendingPublication] {
        try transaction.rows(
            """
            SELECT \(CheckedRow.bounded("o.model", 63, as: "model")), o.epoch,
                \(CheckedRow.bounded("o.record", Limits.controlRecordBytes, as: "record")),
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
            """
        ).map(Self.publication)
    }

    private static func publication(_ row: CheckedRow) throws -> PendingPublication {
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

    /// The announcement of an epoch; nil where somebody took it out.
    func announcement(_ model: ModelName, epoch: Int64) throws -> StoredAnnouncement? {
        try transaction.row(
            """
            SELECT \(CheckedRow.bounded("record", Limits.controlRecordBytes, as: "record")),
                \(CheckedRow.bounded("signature", 256, as: "signature")),
                published_at IS NOT NULL AS published
            FROM outbox WHERE model = ? AND epoch = ?
            """, [model.description, epoch]
        ).map { row in
            StoredAnnouncement(
                model: model, record: try row.bytes("record"),
                signature: try row.optionalText("signature"),
                isPublished: try row.integer("published", in: 0...1) == 1)
        }
    }

    /// Whether `epoch` of `model`, or a later one, is marked as published.
    func isPublished(_ model: ModelName, epoch: Int64) throws -> Bool {
        try transaction.exists(
            """
            SELECT 1 FROM outbox
            WHERE model = ? AND epoch >= ? AND published_at IS NOT NULL LIMIT 1
            """, [model.description, epoch])
    }

    /// Marks `epoch` of `model` and all before it as published.
    func markPublished(_ model: ModelName, upTo epoch: Int64, at time: String) throws {
        try transaction.execute(
            """
            UPDATE outbox SET published_at = ?
            WHERE model = ? AND epoch <= ? AND published_at IS NULL
            """, [time, model.description, epoch])
    }

    /// Takes the mark from the present state of `model`, or of all.
    ///
    /// - Returns: how many rows that are.
    func requeue(_ model: ModelName?) throws -> Int {
        try transaction.execute(
            """
            UPDATE outbox SET published_at = NULL
            WHERE (model, epoch) IN (
                SELECT model, epoch FROM deployments WHERE model = coalesce(?, model))
            """, [model?.description])
        return transaction.db.changesCount
    }

    /// The epochs of `model` that are not published and may replace another registry's record.
    func pendingAdoptions(of model: ModelName) throws -> [Int64] {
        try transaction.rows(
            """
            SELECT epoch FROM outbox WHERE model = ? AND published_at IS NULL
                AND adopted_registry IS NOT NULL AND typeof(epoch) = 'integer' LIMIT 1000
            """, [model.description]
        ).map { try $0.integer("epoch", in: Int64.min...Int64.max) }
    }
}

/// An announcement as the outbox has it, published or not.
struct StoredAnnouncement {
    let model: ModelName
    /// The control record's exact bytes.
    let record: [UInt8]
    let signature: String?
    let isPublished: Bool

    /// Whether the key's signature for this topic stands on it, and is still good where nobody has
    /// it yet.
    func isSigned(
        as signing: DeploymentSigning, nowMs: Int64, in transaction: RegistryTransaction
    ) throws -> Bool {
        guard let signature else { return false }
        if !isPublished {
            let expiry = try ControlRecord(key: model.description.utf8, value: record).expiresAtMs
            if let expiry, expiry <= nowMs { return false }
        }
        let message = SignedMessage.controlRecord(
            topic: signing.topic, registry: transaction.registry,
            key: Array(model.description.utf8), value: record)
        return try transaction.keys.isValid(
            signature, by: signing.signer.keyName, over: message)
    }
}
