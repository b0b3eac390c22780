import FoundationEssentials
import GRDB
package import Lifecycle
import Platform

/// The tables `artifacts`, `artifact_files` and `blobs`: what was registered, by digest.
///
/// A file that several artifacts have is stored once.
struct ArtifactStore {
    let transaction: RegistryTransaction

    /// The artifact as stored; whoever loads it verifies it.
    ///
    /// Sizes are held against `Limits` before anything is read.
    func artifact(_ digest: Digest) throws -> Artifact {
        let manifest = try manifestBytes(digest)
        let names = try transaction.rows(
            """
            SELECT \(CheckedRow.bounded("f.name", RegistryBounds.fileNameBytes, as: "name")),
                length(b.content) AS size
            FROM artifact_files f LEFT JOIN blobs b ON b.sha256 = f.sha256
            WHERE f.artifact = ? LIMIT \(RegistryBounds.filesOfArtifact + 1)
            """, [digest.description])
        guard names.count <= RegistryBounds.filesOfArtifact else {
            throw tooLarge("more than \(RegistryBounds.filesOfArtifact) files")
        }
        if names.isEmpty { throw try withoutFiles(digest) }
        var files: [String: [UInt8]] = [:]
        var total: Int64 = 0
        for entry in names {
            let name = try entry.text("name")
            total += try entry.integer("size", in: 0...Int64(UInt32.max))
            guard total <= Self.artifactBytes else {
                throw tooLarge(
                    "'\(name)': above \(Self.artifactBytes) bytes with what precedes it")
            }
            files[name] = try fileBytes(name, of: digest)
        }
        return Artifact(
            manifestBytes: manifest, files: files,
            signatures: try transaction.signatures.all(of: digest))
    }

    /// As stored, not held against the digest.
    ///
    /// - Throws: `.notFound` for an artifact that is not there.
    func manifestBytes(_ digest: Digest) throws -> [UInt8] {
        let column = CheckedRow.bounded("manifest", Limits.manifestBytes, as: "manifest")
        let row = try transaction.row(
            "SELECT \(column) FROM artifacts WHERE digest = ?", [digest.description])
        guard let row else {
            throw SwerveError(
                .notFound, act: transaction.act, reason: "the registry has no artifact \(digest)",
                problem: Problem(.artifactNotFound, [.artifact: digest.description]))
        }
        return try row.bytes("manifest")
    }

    private func fileBytes(_ name: String, of digest: Digest) throws -> [UInt8] {
        let rows = try Row.fetchCursor(
            transaction.db,
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

    private func tooLarge(_ reason: String) -> SwerveError {
        SwerveError(.tooLarge, act: transaction.act, reason: reason)
    }

    /// Why an artifact has no files: gc removed them, or somebody else did.
    private func withoutFiles(_ digest: Digest) throws -> SwerveError {
        guard let (version, time) = try transaction.archive.collected(digest) else {
            return transaction.edited("its files are missing")
        }
        return SwerveError(
            .notFound, act: transaction.act,
            reason: "\(version) is archived, and gc removed its files at \(time)",
            problem: Self.filesCollected(version))
    }

    static func filesCollected(_ version: VersionReference) -> Problem {
        Problem(.filesCollected, [.version: "\(version)", .model: "\(version.model)"])
    }

    private static let artifactBytes = Int64(
        Limits.modelFileBytes + Limits.featurizerSpecBytes + Limits.goldenBytes)
}

extension ArtifactStore {
    /// Stores what is missing of an artifact that was held against its digest.
    ///
    /// - Returns: whether files of an artifact that was there before were missing.
    func add(_ artifact: Artifact, manifest: ArtifactManifest, digest: Digest) throws -> Bool {
        let isKnown = try transaction.exists(
            "SELECT 1 FROM artifacts WHERE digest = ?", [digest.description])
        if !isKnown {
            try transaction.execute(
                "INSERT INTO artifacts (digest, manifest) VALUES (?, ?)",
                [digest.description, Data(artifact.manifestBytes)])
        }
        var isIncomplete = false
        for file in manifest.files {
            let isListed = try transaction.exists(
                "SELECT 1 FROM artifact_files WHERE artifact = ? AND name = ?",
                [digest.description, file.name])
            guard !isListed else { continue }
            isIncomplete = true
            try add(file, artifact.files[file.name] ?? [], of: digest)
        }
        guard isKnown, isIncomplete else { return false }
        // Other models' versions of the artifact have their files again, too.
        try transaction.archive.markStored(digest)
        return true
    }

    private func add(
        _ file: ArtifactManifest.File, _ bytes: [UInt8], of digest: Digest
    ) throws {
        let sha256 = file.sha256.description
        if try !transaction.exists("SELECT 1 FROM blobs WHERE sha256 = ?", [sha256]) {
            try transaction.execute(
                "INSERT INTO blobs (sha256, content) VALUES (?, ?)", [sha256, Data(bytes)])
        }
        try transaction.execute(
            "INSERT INTO artifact_files (artifact, name, sha256) VALUES (?, ?, ?)",
            [digest.description, file.name, sha256])
    }

    /// The stored files that no artifact needs when those are gone, and their bytes.
    func freed(without digests: [Digest]) throws -> (files: Int, bytes: Int64) {
        let row = try transaction.row(
            """
            SELECT count(*) AS files, coalesce(sum(length(content)), 0) AS bytes FROM blobs
            WHERE sha256 IN (\(Self.freedBlobs))
            """, [Self.list(digests.map(\.description))])
        guard let row else { return (0, 0) }
        return (
            Int(try row.integer("files", in: 0...Int64.max)),
            try row.integer("bytes", in: 0...Int64.max)
        )
    }

    /// Removes the files of the artifacts, and the blobs that no other needs.
    func removeFiles(of digests: [Digest]) throws {
        let artifacts = Self.list(digests.map(\.description))
        let blobs = try transaction.rows(
            "SELECT substr(sha256, 1, 71) AS sha256 FROM (\(Self.freedBlobs))", [artifacts]
        ).map { try $0.text("sha256") }
        try transaction.execute(
            "DELETE FROM artifact_files WHERE artifact IN (SELECT value FROM json_each(?))",
            [artifacts])
        try transaction.execute(
            "DELETE FROM blobs WHERE sha256 IN (SELECT value FROM json_each(?))",
            [Self.list(blobs)])
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
}

extension Registry {
    /// The models that have an artifact as a version, by name.
    package func models(with digest: Digest) throws(SwerveError) -> [ModelName] {
        try read("reading artifact \(digest.short)") { transaction in
            try transaction.rows(
                """
                SELECT \(CheckedRow.bounded("m.name", 63, as: "name")) FROM models m
                WHERE EXISTS (SELECT 1 FROM versions v WHERE v.model = m.name AND v.artifact = ?)
                ORDER BY m.name
                """, [digest.description]
            ).map { try ModelName(try $0.text("name")) }
        }
    }

    /// The artifact with `digest` as stored; whoever loads it verifies it.
    ///
    /// - Throws: `.notFound`, `.tooLarge` above a limit, `.invalid` for a damaged registry.
    package func artifact(_ digest: Digest) throws(SwerveError) -> Artifact {
        try read("reading artifact \(digest.short)") { try $0.artifacts.artifact(digest) }
    }

    /// The manifest of an artifact, checked against its digest.
    package func manifest(_ digest: Digest) throws(SwerveError) -> ArtifactManifest {
        let act = "reading the manifest of artifact \(digest.short)"
        let bytes = try read(act) { try $0.artifacts.manifestBytes(digest) }
        guard ContentHash.sha256(bytes) == digest else {
            throw SwerveError(
                .invalid, act: act, reason: "its bytes have another digest",
                remedy: "the registry was edited by hand or is damaged; restore a backup")
        }
        return try ArtifactManifest(parsing: bytes)
    }
}

/// Artifacts out of a registry file, for workers beside it; opened read-only for each call.
///
/// Not kept open: loads are rare, and a registry that was restored in the meantime is another file
/// under the same name.
package struct RegistryArtifacts: ArtifactSource {
    private let path: String

    /// - Parameter path: of the registry; it need not exist yet.
    package init(path: String) { self.path = path }

    /// The file may have the schema of an older swerve: a rolling upgrade need not migrate first.
    ///
    /// - Throws: `.notFound` for a digest that the registry does not have; `.unavailable` where
    ///   the file is missing, locked or not to be read: somebody mends that while the workers run.
    package func artifact(_ digest: Digest) throws(SwerveError) -> Artifact {
        do throws(SwerveError) {
            let registry: Registry
            do throws(SwerveError) {
                registry = try Registry.open(path: path, access: .artifacts)
            } catch {
                throw error.code == .notFound ? Self.passing(error) : error
            }
            return try registry.artifact(digest)
        } catch {
            throw error.code == .system ? Self.passing(error) : error
        }
    }

    private static func passing(_ error: SwerveError) -> SwerveError {
        SwerveError(
            .unavailable, act: error.act, reason: error.reason, remedy: error.remedy,
            problem: error.problem)
    }
}
