import FoundationEssentials
import GRDB
package import Lifecycle
import Platform

extension Registry {
    /// The artifact with `digest` as stored; whoever loads it verifies it.
    ///
    /// Sizes are held against `Limits` before anything is read.
    /// - Throws: `.notFound`, `.tooLarge` above a limit, `.invalid` for a damaged registry.
    package func artifact(_ digest: Digest) throws(SwerveError) -> Artifact {
        let act = "reading artifact \(digest.short)"
        return try read(act) { db in
            let manifest = try Self.manifestBytes(digest, in: db, act: act)
            let names = try Row.fetchAll(
                db,
                sql: """
                    SELECT \(CheckedRow.bounded("f.name", RegistryBounds.fileNameBytes, as: "name")),
                        length(b.content) AS size
                    FROM artifact_files f LEFT JOIN blobs b ON b.sha256 = f.sha256
                    WHERE f.artifact = ? LIMIT \(RegistryBounds.filesOfArtifact + 1)
                    """,
                arguments: [digest.description]
            ).map { CheckedRow(row: $0, act: act) }
            guard names.count <= RegistryBounds.filesOfArtifact else {
                throw SwerveError(
                    .tooLarge, act: act,
                    reason: "more than \(RegistryBounds.filesOfArtifact) files")
            }
            if names.isEmpty { try Self.requireFiles(digest, in: db, act: act) }
            var files: [String: [UInt8]] = [:]
            var total: Int64 = 0
            for entry in names {
                let name = try entry.text("name")
                total += try entry.integer("size", in: 0...Int64(UInt32.max))
                guard total <= Self.artifactBytes else {
                    throw SwerveError(
                        .tooLarge, act: act,
                        reason: "'\(name)': above \(Self.artifactBytes) bytes with what precedes it"
                    )
                }
                files[name] = try Self.fileBytes(name, of: digest, in: db)
            }
            return Artifact(
                manifestBytes: manifest, files: files,
                signatures: try Self.signatures(of: digest, in: db, act: act))
        }
    }

    /// The manifest of an artifact, checked against its digest.
    package func manifest(_ digest: Digest) throws(SwerveError) -> ArtifactManifest {
        let act = "reading the manifest of artifact \(digest.short)"
        let bytes = try read(act) { db in try Self.manifestBytes(digest, in: db, act: act) }
        guard ContentHash.sha256(bytes) == digest else {
            throw SwerveError(
                .invalid, act: act, reason: "its bytes have another digest",
                remedy: "the registry was edited by hand or is damaged; restore a backup")
        }
        return try ArtifactManifest(parsing: bytes)
    }

    /// - Throws: `.notFound` where gc removed the files of the artifact, with the remedy.
    private static func requireFiles(_ digest: Digest, in db: Database, act: String) throws {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT \(CheckedRow.bounded("a.model", 63, as: "model")), a.number,
                    \(CheckedRow.bounded("a.collected_at", RegistryBounds.timestampBytes, as: "at"))
                FROM versions v JOIN archived_versions a
                    ON a.model = v.model AND a.number = v.number AND a.collected_at IS NOT NULL
                WHERE v.artifact = ? ORDER BY a.model, a.number LIMIT 1
                """,
            arguments: [digest.description])
        guard let row else {
            throw SwerveError(
                .invalid, act: act, reason: "its files are missing",
                remedy: "the registry was edited by hand or is damaged; restore a backup")
        }
        let checked = CheckedRow(row: row, act: act)
        let model = try checked.model("model")
        let number = try checked.integer("number", in: RegistryBounds.versions)
        throw SwerveError(
            .notFound, act: act,
            reason: "\(model)@\(number) is archived, and gc removed its files at "
                + (try checked.text("at")),
            problem: filesCollected(VersionReference(model: model, version: Int(number))))
    }

    private static let artifactBytes = Int64(
        Limits.modelFileBytes + Limits.featurizerSpecBytes + Limits.goldenBytes)

    private static func manifestBytes(
        _ digest: Digest, in db: Database, act: String
    ) throws -> [UInt8] {
        let column = CheckedRow.bounded("manifest", Limits.manifestBytes, as: "manifest")
        let row = try Row.fetchOne(
            db, sql: "SELECT \(column) FROM artifacts WHERE digest = ?",
            arguments: [digest.description])
        guard let row else {
            throw SwerveError(
                .notFound, act: act, reason: "the registry has no artifact \(digest)",
                problem: Problem(.artifactNotFound, [.artifact: digest.description]))
        }
        return try CheckedRow(row: row, act: act).bytes("manifest")
    }

    private static func fileBytes(
        _ name: String, of digest: Digest, in db: Database
    ) throws -> [UInt8] {
        let rows = try Row.fetchCursor(
            db,
            sql: """
                SELECT CAST(b.content AS BLOB) FROM artifact_files f
                JOIN blobs b ON b.sha256 = f.sha256 WHERE f.artifact = ? AND f.name = ?
                """,
            arguments: [digest.description, name])
        // Out of SQLite's own memory: a model file is copied once.
        return try rows.next().map { row in
            try row.withUnsafeData(atIndex: 0) { data in data.map { Array($0) } ?? [] }
        } ?? []
    }
}
