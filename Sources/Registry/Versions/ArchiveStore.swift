import GRDB
import Lifecycle

/// The table `archived_versions`: versions that were put away; and which of them gc may take.
struct ArchiveStore {
    let transaction: RegistryTransaction

    /// - Throws: `.refused` for an archived version, which is not deployed and gets no alias.
    func requireUnarchived(_ version: VersionReference) throws {
        let row = try transaction.row(
            """
            SELECT collected_at IS NOT NULL AS collected FROM archived_versions
            WHERE model = ? AND number = ?
            """, [version.model.description, version.version])
        guard let row else { return }
        // Taking it back would be refused: what helps is told at once.
        guard try row.integer("collected", in: 0...1) == 0 else {
            throw SwerveError(
                .refused, act: transaction.act,
                reason: "\(version) is archived, and gc removed its files",
                problem: ArtifactStore.filesCollected(version))
        }
        throw SwerveError(
            .refused, act: transaction.act, reason: "\(version) is archived",
            problem: Problem(.versionArchived, [.version: "\(version)"]))
    }

    /// Puts a version away, and tells the audit chain.
    func add(_ version: RegisteredVersion, note: ChangeNote) throws {
        let reference = version.reference
        try transaction.execute(
            """
            INSERT INTO archived_versions (model, number, archived_at, archived_by, reason)
            VALUES (?, ?, ?, ?, ?)
            """,
            [
                reference.model.description, reference.version, note.at, note.by, note.reason,
            ])
        try transaction.audit.append(
            .archive, model: reference.model, note: note, details: Self.named(version))
    }

    /// Takes a version back, and tells the audit chain.
    ///
    /// - Parameter isStored: its files were stored again.
    func remove(
        _ version: RegisteredVersion, note: ChangeNote, isStored: Bool = false
    ) throws {
        let reference = version.reference
        var details = Self.named(version)
        if isStored { details["files"] = "stored again" }
        try transaction.execute(
            "DELETE FROM archived_versions WHERE model = ? AND number = ?",
            [reference.model.description, reference.version])
        try transaction.audit.append(
            .unarchive, model: reference.model, note: note, details: details)
    }

    private static func named(_ version: RegisteredVersion) -> [String: JSONValue] {
        [
            "version": .int(Int64(version.reference.version)),
            "digest": .string(version.digest.description),
        ]
    }

    /// Notes that the files of a version are gone.
    func markCollected(_ version: VersionReference, at time: String) throws {
        try transaction.execute(
            "UPDATE archived_versions SET collected_at = ? WHERE model = ? AND number = ?",
            [time, version.model.description, version.version])
    }

    /// Notes that every version of an artifact has its files again.
    func markStored(_ digest: Digest) throws {
        try transaction.execute(
            """
            UPDATE archived_versions SET collected_at = NULL
            WHERE (model, number) IN (SELECT model, number FROM versions WHERE artifact = ?)
            """, [digest.description])
    }

    /// A version of the artifact whose files were removed, and when; nil where there is none.
    func collected(_ digest: Digest) throws -> (version: VersionReference, at: String)? {
        let row = try transaction.row(
            """
            SELECT \(CheckedRow.bounded("a.model", 63, as: "model")), a.number,
                \(CheckedRow.bounded("a.collected_at", RegistryBounds.timestampBytes, as: "at"))
            FROM versions v JOIN archived_versions a
                ON a.model = v.model AND a.number = v.number AND a.collected_at IS NOT NULL
            WHERE v.artifact = ? ORDER BY a.model, a.number LIMIT 1
            """, [digest.description])
        return try row.map { row in
            let number = Int(try row.integer("number", in: RegistryBounds.versions))
            return (
                VersionReference(model: try row.model("model"), version: number),
                try row.text("at")
            )
        }
    }

    /// The archived versions that have files, of `model` or of all: those that gc may take, and
    /// those that something else holds.
    ///
    /// - Throws: `.invalid` for an archived version that does not exist.
    func collectable(
        of model: ModelName?
    ) throws -> (entries: [CollectionPlan.Entry], kept: [CollectionPlan.Kept]) {
        var entries: [CollectionPlan.Entry] = []
        var kept: [CollectionPlan.Kept] = []
        for row in try transaction.rows(Self.withFiles, [model?.description]) {
            let number = Int(try row.integer("number", in: RegistryBounds.versions))
            let reference = VersionReference(model: try row.model("model"), version: number)
            guard try row.optionalText("artifact") != nil else {
                throw row.malformed("archive", "of \(reference), which does not exist")
            }
            if let holder = try holder(row) {
                kept.append(CollectionPlan.Kept(reference: reference, reason: holder))
                continue
            }
            entries.append(
                CollectionPlan.Entry(
                    reference: reference, digest: try row.digest("artifact"),
                    bytes: try row.integer("bytes", in: 0...Int64.max),
                    archivedAt: try row.text("archived_at")))
        }
        return (entries, kept)
    }

    private func holder(_ row: CheckedRow) throws -> String? {
        if try row.optionalInteger("deployed", in: 0...1) == 1 {
            return "the deployment names it"
        }
        return try row.optionalText("other").map { "\($0) is the same artifact" }
    }

    /// `other` is a version out of reach with the same artifact.
    private static let withFiles = """
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
