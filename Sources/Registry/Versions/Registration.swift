package import Lifecycle
import Platform

/// What a registration came to.
package struct Registration: Sendable, Equatable, Codable {
    /// What became of a version that was put away, when its artifact was registered again.
    package enum Revival: String, Sendable, Codable, CaseIterable {
        /// It was archived, and no longer is.
        case unarchived
        /// Its files were gone, and are stored again; it is not archived either.
        case stored
    }

    package let version: VersionReference
    package let digest: Digest
    /// False where the model had this artifact already: then `version` is that one, and its note,
    /// metrics, tags and lineage stay as they were.
    package let isNew: Bool
    /// Nil for a new version and for one that was there whole.
    package let revival: Revival?
}

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
        return try audited(act, note) { transaction, note in
            let isStored = try transaction.artifacts.add(
                artifact, manifest: manifest, digest: digest)
            let registration: Registration
            if let number = try transaction.versions.number(of: digest, model: model) {
                let version = VersionReference(model: model, version: number)
                registration = Registration(
                    version: version, digest: digest, isNew: false,
                    revival: try Self.revived(
                        version, isStored: isStored, note: note, in: transaction))
            } else {
                try transaction.models.add(model, at: note.at)
                let metadata = metadata.registered(by: note.by, at: note.at)
                let version = try transaction.versions.add(
                    digest, to: model, metadata: metadata, manifest: manifest, facts: facts)
                try Self.tell(version, digest, metadata.lineage, note: note, in: transaction)
                registration = Registration(
                    version: version, digest: digest, isNew: true, revival: nil)
            }
            for alias in aliases {
                _ = try transaction.aliases.set(alias, to: registration.version, note: note)
            }
            if let signer {
                try transaction.signatures.sign(
                    registration.version, digest, by: signer, note: note)
            }
            return registration
        }
    }

    /// Takes a version that is registered again back from the archive.
    private static func revived(
        _ reference: VersionReference, isStored: Bool, note: ChangeNote,
        in transaction: RegistryTransaction
    ) throws -> Registration.Revival? {
        let version = try transaction.search.version(reference)
        if version.archival != nil {
            try transaction.archive.remove(version, note: note, isStored: isStored)
        }
        return isStored ? .stored : version.archival == nil ? nil : .unarchived
    }

    private static func tell(
        _ version: VersionReference, _ digest: Digest, _ lineage: Lineage, note: ChangeNote,
        in transaction: RegistryTransaction
    ) throws {
        var details = try transaction.versions.auditDigests(of: version)
        details["version"] = .int(Int64(version.version))
        details["digest"] = .string(digest.description)
        details["lineage"] = lineage.json
        try transaction.audit.append(
            .register, model: version.model, note: note, details: details)
        try transaction.events.tell(registered: version, digest, note)
    }

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
}
