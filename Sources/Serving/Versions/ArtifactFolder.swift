import Lifecycle
import Platform

/// The cache's folder: an entry for each artifact, its files under the names of their roles.
struct ArtifactFolder: Sendable {
    let path: String

    /// - Parameter state: the worker's state folder; the slots of a host may share it.
    init(state: String) throws(SwerveError) {
        path = "\(state)/artifacts"
        try StateFile.makeFolder(path)
        // One of an older swerve may be open to all.
        StateFile.tighten(path)
    }

    /// What the cache has under `digest`, its files not yet held against the manifest.
    func cached(_ digest: Digest) -> Artifact? {
        guard
            let manifestBytes = try? StateFile.read(
                manifestPath(digest), limit: Limits.manifestBytes),
            ContentHash.sha256(manifestBytes) == digest,
            let manifest = try? ArtifactManifest(parsing: manifestBytes)
        else { return nil }
        var files: [String: [UInt8]] = [:]
        for file in manifest.files {
            guard
                let bytes = try? StateFile.read(
                    "\(path(digest))/\(file.role.rawValue)", limit: Limits.modelFileBytes)
            else { return nil }
            files[file.name] = bytes
        }
        return Artifact(
            manifestBytes: manifestBytes, files: files, signatures: signatures(digest))
    }

    /// Whether somebody has written the artifact, well or badly.
    func hasEntry(_ digest: Digest) -> Bool {
        (try? FileStatus.of(manifestPath(digest))) != nil
    }

    /// Which file of an entry is not as it was written, in words; nil where all are.
    func damage(_ digest: Digest) -> String? {
        let manifestPath = manifestPath(digest)
        guard let bytes = try? StateFile.read(manifestPath, limit: Limits.manifestBytes),
            ContentHash.sha256(bytes) == digest,
            let manifest = try? ArtifactManifest(parsing: bytes)
        else { return "the cache's file \(manifestPath) is damaged" }
        for file in manifest.files {
            let path = "\(path(digest))/\(file.role.rawValue)"
            guard let bytes = try? StateFile.read(path, limit: Limits.modelFileBytes),
                ContentHash.sha256(bytes) == file.sha256
            else { return "the cache's file \(path) is damaged or missing" }
        }
        return nil
    }

    func isWhole(_ artifact: Artifact) -> Bool {
        guard let manifest = try? ArtifactManifest(parsing: artifact.manifestBytes) else {
            return false
        }
        return manifest.files.allSatisfy { file in
            artifact.files[file.name].map { ContentHash.sha256($0) == file.sha256 } ?? false
        }
    }

    /// None where the file is missing or damaged: then they are fetched again if they matter.
    private func signatures(_ digest: Digest) -> [ArtifactSignature] {
        (try? StateFile.read(signaturesPath(digest), limit: Limits.signatureListBytes))
            .map(ArtifactSignature.list) ?? []
    }

    /// Writes an artifact that came from the source, unless another slot of the host has or does.
    ///
    /// Files first, the manifest last: an entry without a manifest does not count.
    /// - Parameter isReplacing: whether an entry that is there will not do.
    /// - Throws: `.system` for a full disk and the like.
    func keep(_ artifact: Artifact, isReplacing: Bool) throws(SwerveError) {
        let digest = ContentHash.sha256(artifact.manifestBytes)
        let lock: FileLock
        do throws(SwerveError) {
            lock = try FileLock.acquire("\(path)/\(Self.lockName)", waiting: .zero)
        } catch {
            if error.code == .unavailable { return }
            throw error
        }
        defer { lock.release() }
        guard isReplacing || !hasEntry(digest) else { return }
        let manifest = try ArtifactManifest(parsing: artifact.manifestBytes)
        try StateFile.makeFolder(path(digest))
        for file in manifest.files {
            try StateFile.write(
                "\(path(digest))/\(file.role.rawValue)", artifact.files[file.name] ?? [])
        }
        try StateFile.write(signaturesPath(digest), ArtifactSignature.bytes(artifact.signatures))
        try StateFile.write(manifestPath(digest), artifact.manifestBytes)
    }

    func path(_ digest: Digest) -> String { "\(path)/\(digest.hex)" }

    private func manifestPath(_ digest: Digest) -> String { "\(path(digest))/manifest.json" }

    private func signaturesPath(_ digest: Digest) -> String { "\(path(digest))/signatures.json" }

    private static let lockName = ".lock"
}
