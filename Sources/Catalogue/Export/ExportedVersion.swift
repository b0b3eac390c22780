import Lifecycle
import ModelFormats
import Platform
import Registry

/// A folder as `swerve export` writes it, read back; whatever is in it is hostile until checked.
struct ExportedVersion {
    let artifact: Artifact
    let manifest: ArtifactManifest
    let digest: Digest
    /// Nil where the folder has no `metadata.json`.
    let metadata: ExportedMetadata?
    /// Files of the folder that belong to nothing; the first few, by name.
    let leftOut: [String]

    /// The folder that `request` names; nil where it names a file.
    static func named(in request: RegistrationRequest) throws(SwerveError) -> ExportedVersion? {
        let path = request.file
        guard FolderListing.isFolder(path) else { return nil }
        let act = "registering \(request.model) from folder \(path)"
        let exported: ExportedVersion
        do throws(SwerveError) {
            exported = try ExportedVersion(reading: path, act: act)
        } catch {
            throw error.act == act ? error : error.during(act)
        }
        let said = [
            ("featurizer", request.featurizer != nil), ("golden", request.golden != nil),
            ("threshold", request.threshold != nil), ("label", !request.labels.isEmpty),
        ]
        if let (parameter, _) = said.first(where: \.1) {
            throw SwerveError(
                .usage, act: act,
                reason: "\(parameter) is given, and the folder's manifest says that already",
                problem: Problem(.saidByManifest, [.parameter: parameter]))
        }
        return exported
    }

    private init(reading folder: String, act: String) throws(SwerveError) {
        let entries = try FolderListing.names(in: folder, limit: Self.entriesListed)
        let path = "\(folder)/\(ArtifactFileName.manifest)"
        do throws(SwerveError) {
            let manifest = try StateFile.read(
                path, limit: Limits.manifestBytes, followsLinks: false)
            (artifact, self.manifest) = try Self.artifact(manifest, folder: folder, act: act)
        } catch {
            guard error.code == .notFound, error.act == "reading \(path)" else { throw error }
            throw SwerveError(
                .invalid, act: act,
                reason: "there is no \(ArtifactFileName.manifest) in it",
                remedy: "name a regular file, or a folder that an export wrote")
        }
        digest = ContentHash.sha256(artifact.manifestBytes)
        metadata = try Self.metadata(in: folder)
        if let said = metadata?.digest, said != digest {
            throw SwerveError(
                .invalid, act: act,
                reason: "\(ArtifactFileName.manifest) is \(digest), "
                    + "\(ArtifactFileName.metadata) says \(said)",
                remedy: "one of them was changed; export the version again")
        }
        let known = Set(manifest.files.map(\.name))
            .union([ArtifactFileName.manifest, ArtifactFileName.metadata])
        leftOut = entries.filter { !known.contains($0) }.sorted()
    }

    private static func artifact(
        _ manifestBytes: [UInt8], folder: String, act: String
    ) throws(SwerveError) -> (Artifact, ArtifactManifest) {
        let manifest = try ArtifactManifest(parsing: manifestBytes)
        guard manifest.files.count <= Limits.artifactFiles else {
            throw SwerveError(
                .tooLarge, act: act,
                reason: "\(ArtifactFileName.manifest) lists \(manifest.files.count) files, "
                    + "the limit is \(Limits.artifactFiles)")
        }
        // Before any file is read: what is too large is not read in part.
        var total = 0
        for file in manifest.files {
            total += min(file.bytes, artifactBytes + 1)
            guard total <= artifactBytes else {
                throw SwerveError(
                    .tooLarge, act: act,
                    reason:
                        "\(file.name.shortened(to: 80)): above \(artifactBytes) bytes with what "
                        + "precedes it")
            }
        }
        var files: [String: [UInt8]] = [:]
        for file in manifest.files {
            if let fault = ArtifactFileName.fault(file.name) {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "\(ArtifactFileName.manifest) lists "
                        + "'\(file.name.shortened(to: 80))': \(fault)")
            }
            let bytes = try read(file, in: folder, act: act)
            guard files.updateValue(bytes, forKey: file.name) == nil else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "\(ArtifactFileName.manifest) lists '\(file.name)' twice")
            }
        }
        return (Artifact(manifestBytes: manifestBytes, files: files), manifest)
    }

    private static func read(
        _ file: ArtifactManifest.File, in folder: String, act: String
    ) throws(SwerveError) -> [UInt8] {
        let bytes: [UInt8]
        do throws(SwerveError) {
            bytes = try StateFile.read(
                "\(folder)/\(file.name)", limit: file.bytes, followsLinks: false)
        } catch {
            guard error.code == .tooLarge else { throw error }
            throw SwerveError(
                .invalid, act: act,
                reason: "\(file.name) has more bytes than the \(file.bytes) of the manifest")
        }
        guard bytes.count == file.bytes else {
            throw SwerveError(
                .invalid, act: act,
                reason: "\(file.name) has \(bytes.count) bytes, the manifest says \(file.bytes)")
        }
        let digest = ContentHash.sha256(bytes)
        guard digest == file.sha256 else {
            throw SwerveError(
                .invalid, act: act,
                reason: "\(file.name) is \(digest), the manifest says \(file.sha256)",
                remedy: "it was changed since the export")
        }
        return bytes
    }

    private static func metadata(in folder: String) throws(SwerveError) -> ExportedMetadata? {
        let path = "\(folder)/\(ArtifactFileName.metadata)"
        let bytes: [UInt8]
        do throws(SwerveError) {
            bytes = try StateFile.read(
                path, limit: Limits.exportedMetadataBytes, followsLinks: false)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        return try ExportedMetadata(parsing: bytes, file: path)
    }

    /// The folder's artifact, loaded as a worker loads it.
    func prepared(isForced: Bool) throws(SwerveError) -> PreparedArtifact {
        let scorer = try OfflineScorer.load(artifact, isWideAllowed: isForced)
        let golden = manifest.file(.golden).flatMap { file in
            artifact.files[file.name].map { NamedBytes(name: file.name, bytes: $0) }
        }
        return PreparedArtifact(
            artifact: artifact, manifest: manifest, digest: digest,
            goldenInputs: try golden.map { golden throws(SwerveError) in
                try GoldenFile.parse(golden).count
            } ?? 0,
            facts: VersionFacts(scorer))
    }

    /// What the folder says of the version, with what the command line says on top, key by key.
    func completed(_ given: VersionMetadata) -> VersionMetadata {
        guard let metadata else { return given }
        return VersionMetadata(
            note: given.note.isEmpty ? metadata.note : given.note,
            metrics: metadata.metrics.merging(given.metrics) { _, given in given },
            tags: metadata.tags.merging(given.tags) { _, given in given },
            lineage: Lineage(
                .object(
                    metadata.lineage.fields.merging(given.lineage.fields) { _, given in given }
                        .mapValues { .string($0) })), registeredAt: given.registeredAt,
            registeredBy: given.registeredBy)
    }

    private static let entriesListed = 1_000
    private static let artifactBytes =
        Limits.modelFileBytes + Limits.featurizerSpecBytes + Limits.goldenBytes
}
