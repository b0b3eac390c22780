import FoundationEssentials
import GRDB
import Lifecycle
import Platform

extension AuditRowCheck {
    /// The history row and the announcement of a change.
    func change(_ entry: AuditEntry) throws -> [String] {
        let model = entry.model ?? ""
        let epoch = Int64(entry.epoch ?? 0)
        let name = "\(model) epoch \(epoch)"
        let limit = Limits.controlRecordBytes
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT \(CheckedRow.bounded("h.after", limit, as: "after")),
                        \(CheckedRow.bounded("h.changed_by", RegistryBounds.authorBytes, as: "by")),
                        \(CheckedRow.bounded("h.changed_at", RegistryBounds.timestampBytes, as: "at")),
                        \(CheckedRow.bounded("h.reason", Limits.remarkBytes, as: "reason")),
                        h.before IS (SELECT b.after FROM deployment_history b
                            WHERE b.model = h.model AND b.epoch < h.epoch
                            ORDER BY b.epoch DESC LIMIT 1) AS follows,
                        o.record = CAST(h.after AS BLOB) AS same,
                        \(CheckedRow.bounded("o.signature", 256, as: "signature")),
                        \(CheckedRow.bounded("o.adopted_registry", 36, as: "adopted_registry")),
                        o.adopted_epoch, o.epoch AS announced
                    FROM deployment_history h LEFT JOIN outbox o USING (model, epoch)
                    WHERE h.model = ? AND h.epoch = ?
                    """), arguments: [model, epoch])
        guard let row else { return ["the history of \(name) was removed"] }
        let found = CheckedRow(row: row, act: act)
        let text = try found.text("after")
        let record: ControlRecord
        do throws(SwerveError) {
            record = try ControlRecord(key: model.utf8, value: text.utf8)
        } catch {
            return ["the history of \(name) is not a control record any more: \(error.reason)"]
        }
        var words = try history(entry, record, text, found, name: name)
        guard try found.optionalInteger("announced", in: RegistryBounds.epochs) != nil else {
            return words + ["the announcement of \(name) was removed from the outbox"]
        }
        if try found.optionalInteger("same", in: 0...1) != 1 {
            words.append("the announcement of \(name) in the outbox is not that of its history")
        }
        return words + (try announcement(entry, record, text, found, name: name))
    }

    private func history(
        _ entry: AuditEntry, _ record: ControlRecord, _ text: String, _ found: CheckedRow,
        name: String
    ) throws -> [String] {
        let isImported = entry.act == AuditAct.imported.rawValue
        var words = AuditComparison.differences(
            of: "the history of \(name)",
            [
                (
                    "deployment", record.deployment.auditDocument.text,
                    (entry.fields["deployment"] ?? .null).text
                ),
                ("registry", record.registry, registry),
                (
                    "time", record.issuedAt,
                    isImported ? entry.fields["original"]?["at"]?.string : entry.at
                ),
                (
                    "author", record.issuedBy,
                    isImported ? entry.fields["original"]?["by"]?.string : entry.by
                ),
            ])
        words += AuditComparison.differences(
            of: "the row of the history of \(name)",
            [
                ("time", try found.optionalText("at"), record.issuedAt),
                ("author", try found.optionalText("by"), record.issuedBy),
                ("reason", try found.optionalText("reason"), record.reason),
            ])
        if isImported {
            if let head = record.auditHead {
                words.append(
                    "\(name) was announced with the head \(head.short) of a chain that is gone: "
                        + "the chain was begun anew")
            }
            words += AuditComparison.differences(
                of: "the record of \(name)",
                [
                    (
                        "digest", ContentHash.sha256(Array(text.utf8)).description,
                        entry.fields["record"]?.string
                    )
                ])
        } else {
            words += AuditComparison.differences(
                of: "the announcement of \(name)",
                [
                    ("audit head", record.auditHead?.description, entry.hash.description),
                    ("reason", record.reason, entry.reason),
                ])
        }
        if try found.optionalInteger("follows", in: 0...1) != 1 {
            words.append("the history of \(name) does not follow from the change before it")
        }
        return words
    }

    private func announcement(
        _ entry: AuditEntry, _ record: ControlRecord, _ text: String, _ found: CheckedRow,
        name: String
    ) throws -> [String] {
        let adopted = entry.fields["adopted"]
        let epochs = 0...RegistryBounds.epochs.upperBound
        var words: [String] = []
        // The chain of an imported change does not tell whose record it replaced, or who signed.
        if entry.act != AuditAct.imported.rawValue {
            words = AuditComparison.differences(
                of: "the announcement of \(name)",
                [
                    (
                        "registry adopted from", try found.optionalText("adopted_registry"),
                        adopted?["registry"]?.string
                    ),
                    (
                        "epoch adopted",
                        try found.optionalInteger("adopted_epoch", in: epochs).map(String.init),
                        (adopted?["epoch"]?.int).map(String.init)
                    ),
                ])
        }
        let signing = entry.fields["signing"]
        guard let topic = signing?["topic"]?.string, let keyName = signing?["key"]?.string else {
            if try found.optionalText("signature") != nil {
                words.append("the announcement of \(name) has a signature, the entry tells of none")
            }
            return words
        }
        let message = SignedMessage.controlRecord(
            topic: topic, registry: registry, key: Array((entry.model ?? "").utf8),
            value: Array(text.utf8))
        let stands = try holds(
            try found.optionalText("signature"), by: keyName, over: message)
        return stands
            ? words
            : words + ["the signature of '\(keyName)' on \(name) is missing or does not hold"]
    }

    /// Whether the signature is the key's, as the registry knows it.
    func holds(_ text: String?, by keyName: String, over message: [UInt8]) throws -> Bool {
        guard let text, let signature = try? RecordSignature(text), signature.keyName == keyName,
            let name = try? ModelName(keyName), let key = try Registry.key(name, in: db, act: act)
        else { return false }
        return SignatureCheck.isValid(
            publicKey: key.publicKey, message: message, signature: signature.bytes)
    }
}
