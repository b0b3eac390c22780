import Lifecycle
import ModelFormats
import Platform
import Registry

/// The version that an exported folder is, once nothing in the folder contradicts anything else.
struct ExportedVersion {
    let artifact: Artifact
    let manifest: ArtifactManifest
    let digest: Digest
    /// Nil where the folder has no `metadata.json`.
    let metadata: ExportedMetadata?
    /// Files of the folder that belong to nothing; the first few, by name.
    let leftOut: [String]

    /// The folder that `request` has; nil where it has files.
    static func given(by request: RegistrationRequest) throws(SwerveError) -> ExportedVersion? {
        guard case .folder(let folder) = request.content else { return nil }
        let act = folder.act(for: request.model)
        let exported: ExportedVersion
        do throws(SwerveError) {
            exported = try ExportedVersion(folder, act: act)
        } catch {
            throw error.act == act ? error : error.during(act)
        }
        try folder.requireUnsaid(
            [
                ("threshold", request.threshold != nil), ("label", !request.labels.isEmpty),
                ("positive", request.positive != nil), ("label-rule", request.labelRule != nil),
                ("zero-based", request.isZeroBased),
            ],
            for: request.model)
        return exported
    }

    private init(_ folder: ExportedFolder, act: String) throws(SwerveError) {
        let manifest = try ExportedFolder.listed(by: folder.manifest.bytes, act: act)
        self.manifest = manifest
        artifact = Artifact(
            manifestBytes: folder.manifest.bytes,
            files: try Self.files(of: manifest, in: folder, act: act))
        digest = ContentHash.sha256(artifact.manifestBytes)
        metadata = try folder.metadata.map { file throws(SwerveError) in
            try ExportedMetadata(parsing: file.bytes, file: "\(folder.path)/\(file.name)")
        }
        if let said = metadata?.digest, said != digest {
            throw SwerveError(
                .invalid, act: act,
                reason: "\(ArtifactFileName.manifest) is \(digest), "
                    + "\(ArtifactFileName.metadata) says \(said)",
                remedy: "one of them was changed; export the version again")
        }
        leftOut = folder.leftOut
    }

    private static func files(
        of manifest: ArtifactManifest, in folder: ExportedFolder, act: String
    ) throws(SwerveError) -> [String: [UInt8]] {
        let given = Dictionary(
            folder.files.map { ($0.name, $0.bytes) }, uniquingKeysWith: { first, _ in first })
        var files: [String: [UInt8]] = [:]
        for file in manifest.files {
            guard let bytes = given[file.name] else {
                throw SwerveError(.invalid, act: act, reason: "\(file.name) is missing")
            }
            try check(bytes, against: file, act: act)
            guard files.updateValue(bytes, forKey: file.name) == nil else {
                throw SwerveError(
                    .invalid, act: act,
                    reason: "\(ArtifactFileName.manifest) lists '\(file.name)' twice")
            }
        }
        return files
    }

    private static func check(
        _ bytes: [UInt8], against file: ArtifactManifest.File, act: String
    ) throws(SwerveError) {
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
            facts: VersionFacts(scorer), meaning: ScoreMeaning(scorer))
    }

    /// What the folder says of the version, with what the command line says on top, key by key.
    func completed(_ given: VersionMetadata) -> VersionMetadata {
        guard let metadata else { return given }
        return given.completed(
            note: metadata.note, metrics: metadata.metrics, tags: metadata.tags,
            lineage: metadata.lineage)
    }
}
