import Lifecycle
import Platform

/// What a registry held before its audit chain began, as entries of act `imported`.
///
/// A change's own entry says less than its announcement, so that one's SHA-256 goes in too.
struct AuditImport {
    let transaction: RegistryTransaction

    /// Hands over the fields of one entry for each version and each change of a deployment.
    func forEach(_ body: ([String: JSONValue]) throws -> Void) throws {
        try transaction.versions.forEachOrigin { try body(version($0)) }
        try transaction.history.forEachAnnouncement { try body(change($0)) }
    }

    /// When the chain begins: not before what it tells of, even where the clock went back.
    func time(_ now: String) throws -> String {
        let newest = try transaction.row(
            """
            SELECT max(at) AS at FROM (
                SELECT max(registered_at) AS at FROM version_metadata
                    WHERE length(registered_at) = \(Self.timeBytes)
                UNION ALL SELECT max(changed_at) FROM deployment_history
                    WHERE length(changed_at) = \(Self.timeBytes))
            """
        )?.optionalText("at")
        guard let newest, let newestMs = Timestamp.milliseconds(of: newest),
            let nowMs = Timestamp.milliseconds(of: now)
        else { return now }
        return newestMs > nowMs ? newest : now
    }

    /// Of a time as this code writes it.
    private static let timeBytes = 24

    private func version(_ row: CheckedRow) throws -> [String: JSONValue] {
        let model = try row.model("model")
        let number = try row.integer("number", in: RegistryBounds.versions)
        let reference = VersionReference(model: model, version: Int(number))
        let fields: [String: JSONValue] = [
            "act": .string(AuditAct.imported.rawValue), "model": .string(model.description),
            "version": .int(number), "digest": .string(try row.digest("artifact").description),
            "lineage": .object(try row.object("lineage", limit: RegistryBounds.metadataBytes)),
            "original": ["at": .string(try row.text("at")), "by": .string(try row.text("by"))],
        ]
        return fields.merging(try transaction.versions.auditDigests(of: reference)) { $1 }
    }

    private func change(_ row: CheckedRow) throws -> [String: JSONValue] {
        let model = try row.model("model")
        let bytes = Array(try row.text("after").utf8)
        let record = try ControlRecord(key: model.description.utf8, value: bytes)
        return [
            "act": .string(AuditAct.imported.rawValue), "model": .string(model.description),
            "deployment": record.deployment.auditDocument,
            "record": .string(ContentHash.sha256(bytes).description),
            "original": ["at": .string(record.issuedAt), "by": .string(record.issuedBy)],
        ]
    }
}
