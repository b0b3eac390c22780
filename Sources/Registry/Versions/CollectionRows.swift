import GRDB
import Lifecycle

/// The archived versions with files, and which of them gc may take.
struct CollectionRows {
    let model: ModelName?
    let db: Database
    let act: String

    /// - Throws: `.invalid` for an archived version that does not exist.
    func plan() throws -> CollectionPlan {
        let rows = try Row.fetchAll(
            db, sql: Self.archived, arguments: [model?.description]
        ).map { CheckedRow(row: $0, act: act) }
        var entries: [CollectionPlan.Entry] = []
        var kept: [CollectionPlan.Kept] = []
        for row in rows {
            let number = Int(try row.integer("number", in: RegistryBounds.versions))
            let reference = VersionReference(model: try row.model("model"), version: number)
            guard try row.optionalText("artifact") != nil else {
                throw row.malformed("archive", "of \(reference), which does not exist")
            }
            if let holder = try holder(row, of: reference) {
                kept.append(CollectionPlan.Kept(reference: reference, reason: holder))
                continue
            }
            entries.append(
                CollectionPlan.Entry(
                    reference: reference, digest: try row.digest("artifact"),
                    bytes: try row.integer("bytes", in: 0...Int64.max),
                    archivedAt: try row.text("archived_at")))
        }
        let (files, bytes) = try freed(by: entries)
        return CollectionPlan(entries: entries, kept: kept, files: files, bytes: bytes)
    }

    /// Removes what the plan names; the blobs that it leaves without an artifact go with it.
    func remove(_ plan: CollectionPlan, at: String) throws {
        let artifacts = Self.list(plan.entries.map(\.digest.description))
        let blobs = try String.fetchAll(
            db, sql: "SELECT substr(sha256, 1, 71) FROM (\(Self.freedBlobs))",
            arguments: [artifacts])
        try db.execute(
            sql: "DELETE FROM artifact_files WHERE artifact IN (SELECT value FROM json_each(?))",
            arguments: [artifacts])
        try db.execute(
            sql: "DELETE FROM blobs WHERE sha256 IN (SELECT value FROM json_each(?))",
            arguments: [Self.list(blobs)])
        for entry in plan.entries {
            try db.execute(
                sql: """
                    UPDATE archived_versions SET collected_at = ? WHERE model = ? AND number = ?
                    """,
                arguments: [at, entry.reference.model.description, entry.reference.version])
        }
    }

    private func holder(
        _ row: CheckedRow, of reference: VersionReference
    ) throws(SwerveError) -> String? {
        if try row.optionalInteger("deployed", in: 0...1) == 1 {
            return "the deployment names it"
        }
        guard let other = try row.optionalText("other") else { return nil }
        return "\(other) is the same artifact"
    }

    /// - Returns: how many stored files, and their bytes.
    private func freed(by entries: [CollectionPlan.Entry]) throws -> (Int, Int64) {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT count(*) AS files, coalesce(sum(length(content)), 0) AS bytes FROM blobs
                WHERE sha256 IN (\(Self.freedBlobs))
                """,
            arguments: [Self.list(entries.map(\.digest.description))])
        guard let row else { return (0, 0) }
        let checked = CheckedRow(row: row, act: act)
        return (
            Int(try checked.integer("files", in: 0...Int64.max)),
            try checked.integer("bytes", in: 0...Int64.max)
        )
    }

    private static func list(_ digests: [String]) -> String {
        JSONValue.array(digests.map { .string($0) }).text
    }

    /// The blobs that no other artifact needs, when the artifacts of the list ?1 are gone.
    private static let freedBlobs = """
        SELECT DISTINCT f.sha256 FROM artifact_files f
        WHERE f.artifact IN (SELECT value FROM json_each(?1)) AND NOT EXISTS (
            SELECT 1 FROM artifact_files o WHERE o.sha256 = f.sha256
                AND o.artifact NOT IN (SELECT value FROM json_each(?1)))
        """

    /// Archived versions with files; `other` is a version out of reach with the same artifact.
    private static let archived = """
        SELECT \(CheckedRow.bounded("a.model", 63, as: "model")), a.number,
            \(CheckedRow.bounded("v.artifact", 71, as: "artifact")), f.bytes,
            \(CheckedRow.bounded("a.archived_at", RegistryBounds.timestampBytes, as: "archived_at")),
            EXISTS (SELECT 1 FROM deployments d WHERE d.model = a.model
                AND a.number IN (d.stable, d.candidate, d.previous)) AS deployed,
            (SELECT substr(o.model, 1, 63) || '@' || o.number FROM versions o
                WHERE o.artifact = v.artifact AND (o.model <> a.model OR o.number <> a.number)
                    AND ((?1 IS NOT NULL AND o.model <> ?1) OR NOT EXISTS (
                        SELECT 1 FROM archived_versions b
                        WHERE b.model = o.model AND b.number = o.number))
                LIMIT 1) AS other
        FROM archived_versions a
        LEFT JOIN versions v ON v.model = a.model AND v.number = a.number
        LEFT JOIN version_facts f ON f.model = a.model AND f.number = a.number
        WHERE a.collected_at IS NULL AND a.model = coalesce(?1, a.model)
        ORDER BY a.model, a.number
        """
}
