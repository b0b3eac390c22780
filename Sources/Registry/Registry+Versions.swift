import FoundationEssentials
import GRDB
package import Lifecycle
import Platform

extension Registry {
    /// Stores `artifact` as the next version of `model`, which is made on first use; or says which
    /// version it is already.
    ///
    /// The artifact is held against its digest and manifest before anything is written.
    /// - Parameter signer: stands for the artifact in the same transaction; where the model has it
    ///   already, the signature is added to that version.
    package func register(
        _ artifact: Artifact, digest: Digest, as model: ModelName, metadata: VersionMetadata,
        facts: VersionFacts = VersionFacts(), signer: RecordSigner? = nil
    ) throws(SwerveError) -> Registration {
        let act = "registering \(model)"
        try metadata.check(act: act)
        let manifest = try Self.verified(artifact, digest: digest, act: act)
        let note = ChangeNote(by: metadata.registeredBy, at: metadata.registeredAt)
        return try audited(act, note) { db, note in
            let metadata = metadata.registered(by: note.by, at: note.at)
            if let number = try Self.number(of: digest, model: model, in: db) {
                let version = VersionReference(model: model, version: number)
                try sign(version, digest, by: signer, note: note, in: db, act: act)
                return Registration(version: version, digest: digest, isNew: false)
            }
            try Self.store(artifact, manifest: manifest, digest: digest, in: db)
            try db.execute(
                sql: "INSERT INTO models (name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
                arguments: [model.description, metadata.registeredAt])
            let last = try Int64.fetchOne(
                db, sql: "SELECT coalesce(max(number), 0) FROM versions WHERE model = ?",
                arguments: [model.description])
            guard let last, (0..<RegistryBounds.versions.upperBound).contains(last) else {
                throw SwerveError(.refused, act: act, reason: "the version numbers are used up")
            }
            let version = VersionReference(model: model, version: Int(last) + 1)
            try Self.insertVersion(version, digest: digest, metadata: metadata, in: db)
            try Self.insertFacts(version, manifest: manifest, facts: facts, in: db)
            try AuditLog.append(
                .register, model: model, note: note,
                details: [
                    "version": .int(Int64(version.version)), "digest": .string(digest.description),
                    "lineage": metadata.lineage.json,
                ], registry: id, in: db, act: act)
            try sign(version, digest, by: signer, note: note, in: db, act: act)
            return Registration(version: version, digest: digest, isNew: true)
        }
    }

    /// All versions of `model`, oldest first.
    ///
    /// - Throws: `.notFound` for a model that is not registered, naming those that are.
    package func versions(of model: ModelName) throws(SwerveError) -> [RegisteredVersion] {
        let act = "listing the versions of \(model)"
        return try read(act) { db in
            try Self.requireModel(model, in: db, act: act)
            return try Self.versions(of: model, number: nil, in: db, act: act)
        }
    }

    /// One version.
    ///
    /// - Throws: `.notFound`, naming what there is.
    package func version(_ reference: VersionReference) throws(SwerveError) -> RegisteredVersion {
        let act = "looking up \(reference)"
        return try read(act) { db in try Self.version(reference, in: db, act: act) }
    }

    static func version(
        _ reference: VersionReference, in db: Database, act: String
    ) throws -> RegisteredVersion {
        try requireModel(reference.model, in: db, act: act)
        let found = try versions(
            of: reference.model, number: reference.version, in: db, act: act)
        if let version = found.first { return version }
        let newest = try Int64.fetchOne(
            db, sql: "SELECT max(number) FROM versions WHERE model = ?",
            arguments: [reference.model.description])
        let existing: String
        switch newest ?? 0 {
        case ...0: existing = "\(reference.model) has no versions"
        case 1: existing = "\(reference.model) has version 1 alone"
        case let newest: existing = "\(reference.model) has versions 1 to \(newest)"
        }
        throw SwerveError(
            .notFound, act: act, reason: "there is no version \(reference.version); \(existing)",
            remedy: "see: swerve show \(reference.model)")
    }

    private static func versions(
        of model: ModelName, number: Int?, in db: Database, act: String
    ) throws -> [RegisteredVersion] {
        let rows = try Row.fetchAll(
            db,
            sql: """
                SELECT v.number, \(CheckedRow.bounded("v.artifact", 71, as: "artifact")),
                    (SELECT sum(length(b.content)) FROM artifact_files f
                        JOIN blobs b ON b.sha256 = f.sha256 WHERE f.artifact = v.artifact) AS bytes,
                    \(CheckedRow.bounded("m.note", Limits.remarkBytes, as: "note")),
                    \(CheckedRow.bounded("m.metrics", RegistryBounds.metadataBytes, as: "metrics")),
                    \(CheckedRow.bounded("m.tags", RegistryBounds.metadataBytes, as: "tags")),
                    \(CheckedRow.bounded("m.lineage", RegistryBounds.metadataBytes, as: "lineage")),
                    \(CheckedRow.bounded("m.registered_at", RegistryBounds.timestampBytes, as: "at")),
                    \(CheckedRow.bounded("m.registered_by", RegistryBounds.authorBytes, as: "by"))
                FROM versions v LEFT JOIN version_metadata m USING (model, number)
                WHERE v.model = ?1 AND v.number = coalesce(?2, v.number) ORDER BY v.number
                """,
            arguments: [model.description, number])
        return try rows.map { row in
            let row = CheckedRow(row: row, act: act)
            let number = Int(try row.integer("number", in: RegistryBounds.versions))
            let bytes = try row.optionalInteger("bytes", in: 0...Int64.max) ?? 0
            return RegisteredVersion(
                reference: VersionReference(model: model, version: number),
                digest: try row.digest("artifact"), bytes: Int(bytes),
                metadata: VersionMetadata(
                    note: try row.text("note"),
                    metrics: try row.object("metrics", limit: RegistryBounds.metadataBytes)
                        .compactMapValues(\.double),
                    tags: try row.object("tags", limit: RegistryBounds.metadataBytes)
                        .compactMapValues(\.string),
                    lineage: Lineage(
                        .object(try row.object("lineage", limit: RegistryBounds.metadataBytes))),
                    registeredAt: try row.text("at"), registeredBy: try row.text("by")))
        }
    }

    private static func number(
        of digest: Digest, model: ModelName, in db: Database
    ) throws -> Int? {
        try Int64.fetchOne(
            db, sql: "SELECT number FROM versions WHERE model = ? AND artifact = ?",
            arguments: [model.description, digest.description]
        ).flatMap(Int.init(exactly:))
    }

    private static func insertFacts(
        _ version: VersionReference, manifest: ArtifactManifest, facts: VersionFacts,
        in db: Database
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO version_facts (model, number, format, bytes, threshold, golden, labels,
                    task, input_view, features)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                version.model.description, version.version, manifest.format,
                manifest.files.reduce(0) { $0 + $1.bytes }, manifest.threshold,
                manifest.goldenSource.rawValue,
                facts.labels.map { JSONValue.array($0.map { .string($0) }).text }, facts.task,
                facts.inputView, facts.features,
            ])
    }

    private static func insertVersion(
        _ version: VersionReference, digest: Digest, metadata: VersionMetadata, in db: Database
    ) throws {
        try db.execute(
            sql: "INSERT INTO versions (model, number, artifact) VALUES (?, ?, ?)",
            arguments: [version.model.description, version.version, digest.description])
        try db.execute(
            sql: """
                INSERT INTO version_metadata
                    (model, number, note, metrics, tags, lineage, registered_at, registered_by)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                version.model.description, version.version, metadata.note,
                JSONValue.object(metadata.metrics.mapValues { .double($0) }).text,
                JSONValue.object(metadata.tags.mapValues { .string($0) }).text,
                metadata.lineage.json.text, metadata.registeredAt, metadata.registeredBy,
            ])
    }
}

extension Registry {
    /// Holds an artifact against its digest and its manifest: the pair of the check at each load.
    private static func verified(
        _ artifact: Artifact, digest: Digest, act: String
    ) throws(SwerveError) -> ArtifactManifest {
        func wrong(_ reason: String) -> SwerveError {
            SwerveError(.invalid, act: act, reason: reason)
        }
        guard ContentHash.sha256(artifact.manifestBytes) == digest else {
            throw wrong("the manifest's bytes do not have the digest \(digest.short)")
        }
        let manifest = try ArtifactManifest(parsing: artifact.manifestBytes)
        let names = Set(manifest.files.map(\.name))
        guard names.count == manifest.files.count, names == Set(artifact.files.keys) else {
            throw wrong("the manifest lists other files than the artifact has")
        }
        guard names.count <= RegistryBounds.filesOfArtifact else {
            throw wrong("more than \(RegistryBounds.filesOfArtifact) files")
        }
        for file in manifest.files {
            guard let bytes = artifact.files[file.name], bytes.count == file.bytes,
                ContentHash.sha256(bytes) == file.sha256
            else {
                throw wrong("file '\(file.name)' has another content than the manifest says")
            }
        }
        return manifest
    }

    private static func store(
        _ artifact: Artifact, manifest: ArtifactManifest, digest: Digest, in db: Database
    ) throws {
        guard try !exists("artifacts", "digest", digest, in: db) else { return }
        try db.execute(
            sql: "INSERT INTO artifacts (digest, manifest) VALUES (?, ?)",
            arguments: [digest.description, Data(artifact.manifestBytes)])
        for file in manifest.files {
            if try !exists("blobs", "sha256", file.sha256, in: db) {
                try db.execute(
                    sql: "INSERT INTO blobs (sha256, content) VALUES (?, ?)",
                    arguments: [file.sha256.description, Data(artifact.files[file.name] ?? [])])
            }
            try db.execute(
                sql: "INSERT INTO artifact_files (artifact, name, sha256) VALUES (?, ?, ?)",
                arguments: [digest.description, file.name, file.sha256.description])
        }
    }

    private static func exists(
        _ table: String, _ column: String, _ digest: Digest, in db: Database
    ) throws -> Bool {
        try Int64.fetchOne(
            db, sql: "SELECT 1 FROM \(table) WHERE \(column) = ?", arguments: [digest.description])
            != nil
    }
}
