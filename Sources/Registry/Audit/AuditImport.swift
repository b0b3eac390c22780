import GRDB
import Lifecycle
import Platform

/// What a registry held before its audit chain began, as entries of act `imported`.
///
/// A change's own entry says less than its announcement, so that one's SHA-256 goes in too.
enum AuditImport {
    /// Hands over the fields of one entry for each version and each change of a deployment.
    static func forEach(
        in db: Database, act: String, _ body: ([String: JSONValue]) throws -> Void
    ) throws {
        let versions = try Row.fetchCursor(
            db,
            sql: """
                SELECT \(CheckedRow.bounded("v.model", 63, as: "model")), v.number,
                    \(CheckedRow.bounded("v.artifact", 71, as: "artifact")),
                    \(CheckedRow.bounded("m.lineage", RegistryBounds.metadataBytes, as: "lineage")),
                    \(CheckedRow.bounded("m.registered_at", RegistryBounds.timestampBytes, as: "at")),
                    \(CheckedRow.bounded("m.registered_by", RegistryBounds.authorBytes, as: "by"))
                FROM versions v LEFT JOIN version_metadata m USING (model, number)
                ORDER BY v.model, v.number
                """)
        while let row = try versions.next() {
            try body(version(CheckedRow(row: row, act: act), in: db))
        }
        let changes = try Row.fetchCursor(
            db,
            sql: """
                SELECT \(CheckedRow.bounded("model", 63, as: "model")),
                    \(CheckedRow.bounded("after", Limits.controlRecordBytes, as: "after"))
                FROM deployment_history ORDER BY model, epoch
                """)
        while let row = try changes.next() { try body(change(CheckedRow(row: row, act: act))) }
    }

    /// When the chain begins: not before what it tells of, even where the clock went back.
    static func time(_ now: String, in db: Database, act: String) throws -> String {
        let newest = try String.fetchOne(
            db,
            sql: """
                SELECT max(at) FROM (
                    SELECT max(registered_at) AS at FROM version_metadata
                        WHERE length(registered_at) = \(timeBytes)
                    UNION ALL SELECT max(changed_at) FROM deployment_history
                        WHERE length(changed_at) = \(timeBytes))
                """)
        guard let newest, let newestMs = Timestamp.milliseconds(of: newest),
            let nowMs = Timestamp.milliseconds(of: now)
        else { return now }
        return newestMs > nowMs ? newest : now
    }

    /// Of a time as this code writes it.
    private static let timeBytes = 24

    private static func version(
        _ row: CheckedRow, in db: Database
    ) throws -> [String: JSONValue] {
        let model = try row.model("model")
        let number = try row.integer("number", in: RegistryBounds.versions)
        let reference = VersionReference(model: model, version: Int(number))
        let fields: [String: JSONValue] = [
            "act": .string(AuditAct.imported.rawValue), "model": .string(model.description),
            "version": .int(number), "digest": .string(try row.digest("artifact").description),
            "lineage": .object(try row.object("lineage", limit: RegistryBounds.metadataBytes)),
            "original": ["at": .string(try row.text("at")), "by": .string(try row.text("by"))],
        ]
        return fields.merging(try Registry.auditDigests(of: reference, in: db, act: row.act)) {
            $1
        }
    }

    private static func change(_ row: CheckedRow) throws -> [String: JSONValue] {
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
