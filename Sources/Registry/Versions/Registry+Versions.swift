import FoundationEssentials
import GRDB
package import Lifecycle
import Platform

extension Registry {
    /// Stores `artifact` as the next version of `model`, which is made on first use; or says which
    /// version it is already.
    ///
    /// The artifact is held against its digest and manifest before anything is written. A version
    /// that was archived is taken back, and files that gc removed are stored again.
    /// - Parameters:
    ///   - aliases: names that the version has from now on, wherever they pointed before.
    ///   - signer: stands for the artifact in the same transaction; where the model has it already,
    ///     the signature is added to that version.
    package func register(
        _ artifact: Artifact, digest: Digest, as model: ModelName, metadata: VersionMetadata,
        facts: VersionFacts = VersionFacts(), aliases: [AliasName] = [],
        signer: RecordSigner? = nil
    ) throws(SwerveError) -> Registration {
        let act = "registering \(model)"
        try metadata.check(act: act)
        let manifest = try Self.verified(artifact, digest: digest, act: act)
        let note = ChangeNote(by: metadata.registeredBy, at: metadata.registeredAt)
        return try audited(act, note) { db, note in
            let metadata = metadata.registered(by: note.by, at: note.at)
            let isStored = try Self.store(artifact, manifest: manifest, digest: digest, in: db)
            let registration: Registration
            if let number = try Self.number(of: digest, model: model, in: db) {
                let version = VersionReference(model: model, version: number)
                registration = Registration(
                    version: version, digest: digest, isNew: false,
                    revival: try revived(version, isStored: isStored, note: note, in: db, act: act))
            } else {
                let version = try Self.nextVersion(of: model, at: note.at, in: db, act: act)
                try Self.insertVersion(version, digest: digest, metadata: metadata, in: db)
                try Self.insertFacts(version, manifest: manifest, facts: facts, in: db)
                var details = try Self.auditDigests(of: version, in: db, act: act)
                details["version"] = .int(Int64(version.version))
                details["digest"] = .string(digest.description)
                details["lineage"] = metadata.lineage.json
                try AuditLog.append(
                    .register, model: model, note: note, details: details, registry: id, in: db,
                    act: act)
                registration = Registration(
                    version: version, digest: digest, isNew: true, revival: nil)
            }
            for alias in aliases {
                _ = try Self.setAlias(
                    alias, to: registration.version, note: note, registry: id, in: db, act: act)
            }
            try sign(registration.version, digest, by: signer, note: note, in: db, act: act)
            return registration
        }
    }

    /// Takes a version that is registered again back from the archive.
    private func revived(
        _ reference: VersionReference, isStored: Bool, note: ChangeNote, in db: Database,
        act: String
    ) throws -> Registration.Revival? {
        let version = try Self.version(reference, in: db, act: act)
        if version.archival != nil {
            try Self.unarchive(
                version, note: note, isStored: isStored, registry: id, in: db, act: act)
        }
        return isStored ? .stored : version.archival == nil ? nil : .unarchived
    }

    /// For its entry: what people say of it, and what it is, as the tables have it.
    static func auditDigests(
        of version: VersionReference, in db: Database, act: String
    ) throws -> [String: JSONValue] {
        let (model, number) = (version.model.description, version.version)
        var fields: [String: JSONValue] = [:]
        fields["said"] = try AuditDigest.said(model, number, in: db, act: act)
            .map { .string($0.description) }
        fields["facts"] = try AuditDigest.facts(model, number, in: db, act: act)
            .map { .string($0.description) }
        return fields
    }

    private static func nextVersion(
        of model: ModelName, at: String, in db: Database, act: String
    ) throws -> VersionReference {
        try db.execute(
            sql: "INSERT INTO models (name, created_at) VALUES (?, ?) ON CONFLICT DO NOTHING",
            arguments: [model.description, at])
        let last = try Int64.fetchOne(
            db, sql: "SELECT coalesce(max(number), 0) FROM versions WHERE model = ?",
            arguments: [model.description])
        guard let last, (0..<RegistryBounds.versions.upperBound).contains(last) else {
            throw SwerveError(.refused, act: act, reason: "the version numbers are used up")
        }
        return VersionReference(model: model, version: Int(last) + 1)
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

    /// Stores what is missing of an artifact.
    ///
    /// - Returns: whether files of an artifact that was there before were missing.
    private static func store(
        _ artifact: Artifact, manifest: ArtifactManifest, digest: Digest, in db: Database
    ) throws -> Bool {
        let isKnown = try exists(
            "SELECT 1 FROM artifacts WHERE digest = ?", [digest.description], in: db)
        if !isKnown {
            try db.execute(
                sql: "INSERT INTO artifacts (digest, manifest) VALUES (?, ?)",
                arguments: [digest.description, Data(artifact.manifestBytes)])
        }
        var isIncomplete = false
        for file in manifest.files {
            let isListed = try exists(
                "SELECT 1 FROM artifact_files WHERE artifact = ? AND name = ?",
                [digest.description, file.name], in: db)
            guard !isListed else { continue }
            isIncomplete = true
            let sha256 = file.sha256.description
            if try !exists("SELECT 1 FROM blobs WHERE sha256 = ?", [sha256], in: db) {
                try db.execute(
                    sql: "INSERT INTO blobs (sha256, content) VALUES (?, ?)",
                    arguments: [sha256, Data(artifact.files[file.name] ?? [])])
            }
            try db.execute(
                sql: "INSERT INTO artifact_files (artifact, name, sha256) VALUES (?, ?, ?)",
                arguments: [digest.description, file.name, sha256])
        }
        guard isKnown, isIncomplete else { return false }
        // Other models' versions of the artifact have their files again, too.
        try db.execute(
            sql: """
                UPDATE archived_versions SET collected_at = NULL
                WHERE (model, number) IN (SELECT model, number FROM versions WHERE artifact = ?)
                """,
            arguments: [digest.description])
        return true
    }

    private static func exists(
        _ sql: String, _ arguments: StatementArguments, in db: Database
    ) throws -> Bool {
        try Int64.fetchOne(db, sql: sql, arguments: arguments) != nil
    }
}
