import GRDB
import Lifecycle
import Platform

/// Digests of rows that would be too long for an entry of the audit chain, column by column as they
/// are stored.
enum AuditDigest {
    /// What people say of a version: note, metrics and tags; nil without a row.
    static func said(
        _ model: String, _ number: Int, in db: Database, act: String
    ) throws -> Digest? {
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT \(CheckedRow.bounded("note", Limits.remarkBytes, as: "note")),
                        \(CheckedRow.bounded("metrics", RegistryBounds.metadataBytes, as: "metrics")),
                        \(CheckedRow.bounded("tags", RegistryBounds.metadataBytes, as: "tags"))
                    FROM version_metadata WHERE model = ? AND number = ?
                    """), arguments: [model, number])
        return try row.map { row in
            let row = CheckedRow(row: row, act: act)
            return digest([
                "note": .string(try row.text("note")), "metrics": .string(try row.text("metrics")),
                "tags": .string(try row.text("tags")),
            ])
        }
    }

    /// What a version is, as lists and searches know it; nil without a row.
    static func facts(
        _ model: String, _ number: Int, in db: Database, act: String
    ) throws -> Digest? {
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT \(CheckedRow.bounded("format", RegistryBounds.wordBytes, as: "format")),
                        bytes, threshold, features,
                        \(CheckedRow.bounded("golden", RegistryBounds.wordBytes, as: "golden")),
                        \(CheckedRow.bounded("task", RegistryBounds.wordBytes, as: "task")),
                        \(CheckedRow.bounded("input_view", RegistryBounds.wordBytes, as: "input_view")),
                        \(CheckedRow.bounded("labels", RegistryBounds.labelsBytes, as: "labels"))
                    FROM version_facts WHERE model = ? AND number = ?
                    """), arguments: [model, number])
        return try row.map { row in
            let row = CheckedRow(row: row, act: act)
            func text(_ column: String) throws -> JSONValue {
                try row.optionalText(column).map { .string($0) } ?? .null
            }
            let features = try row.optionalInteger("features", in: 0...Int64.max)
            return digest([
                "format": try text("format"), "golden": try text("golden"),
                "task": try text("task"), "input_view": try text("input_view"),
                "labels": try text("labels"), "threshold": .double(try row.double("threshold")),
                "bytes": .int(try row.integer("bytes", in: 0...Int64.max)),
                "features": features.map { .int($0) } ?? .null,
            ])
        }
    }

    private static func digest(_ columns: [String: JSONValue]) -> Digest {
        ContentHash.sha256(JSONValue.object(columns).bytes)
    }
}
