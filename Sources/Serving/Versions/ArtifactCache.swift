package import Lifecycle
import Platform

/// Artifacts by digest on the worker's own disk, so that a restart needs no registry.
///
/// A damaged entry is fetched again, and so is one that the caller does not accept: its signatures,
/// which lie beside the files, may have become more at the source. Shared by the slots of a host:
/// files are written whole and never change. Loader thread only.
package struct ArtifactCache: Sendable {
    /// An artifact that came from the source, for `keep`.
    package struct Fetched: Sendable {
        package let artifact: Artifact
        /// Whether the cache had an entry of it that would not do.
        let isReplacing: Bool
        /// Which file of that entry is damaged, in words; nil for none.
        let damage: String?

        func isSame(as other: Fetched) -> Bool {
            artifact.manifestBytes == other.artifact.manifestBytes
        }
    }

    private let folder: String
    private let source: any ArtifactSource

    package init(folder: String, source: any ArtifactSource) throws(SwerveError) {
        self.folder = "\(folder)/artifacts"
        self.source = source
        try StateFile.makeFolder(self.folder)
        // One of an older swerve may be open to all.
        StateFile.tighten(self.folder)
    }

    /// Hands the artifact to `load`, from the cache where it is whole and accepted, else from the
    /// source.
    ///
    /// `load` holds the files against the manifest; only where it fails is it asked whether the
    /// cache is to blame, so that nothing is hashed twice.
    /// - Parameter accept: throws where the artifact's signatures do not do; nothing of it is used
    ///   then.
    /// - Returns: what `load` made, and the artifact where it came from the source: `keep` it when
    ///   nobody waits.
    /// - Throws: as the source, `accept` and `load` do; `.invalid` when the source gives other
    ///   bytes than the digest's.
    package func load<Loaded>(
        _ digest: Digest, accept: (Artifact) throws(SwerveError) -> Void,
        load: (Artifact) throws(SwerveError) -> Loaded
    ) throws(SwerveError) -> (loaded: Loaded, fetched: Fetched?) {
        if let cached = cached(digest), (try? accept(cached)) != nil {
            do throws(SwerveError) {
                return (try load(cached), nil)
            } catch {
                if isWhole(cached) { throw error }
            }
        }
        let isReplacing = hasEntry(digest)
        let damage = isReplacing ? damage(digest) : nil
        let fetched: Artifact
        do throws(SwerveError) {
            fetched = try source.artifact(digest)
        } catch {
            guard let damage else { throw error }
            throw SwerveError(
                error.code, act: error.act, reason: "\(error.reason) (and \(damage))",
                remedy: error.remedy, problem: error.problem)
        }
        guard ContentHash.sha256(fetched.manifestBytes) == digest else {
            throw SwerveError(
                .invalid, act: "fetching artifact \(digest.short)",
                reason:
                    "its manifest has digest \(ContentHash.sha256(fetched.manifestBytes).short)",
                remedy: "check the registry: swerve verify")
        }
        try accept(fetched)
        return (
            try load(fetched),
            Fetched(artifact: fetched, isReplacing: isReplacing, damage: damage)
        )
    }

    /// What the cache has under `digest`, its files not yet held against the manifest.
    private func cached(_ digest: Digest) -> Artifact? {
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
    private func hasEntry(_ digest: Digest) -> Bool {
        (try? FileStatus.of(manifestPath(digest))) != nil
    }

    /// Which file of an entry is not as it was written, in words; nil where all are.
    private func damage(_ digest: Digest) -> String? {
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

    private func isWhole(_ artifact: Artifact) -> Bool {
        guard let manifest = try? ArtifactManifest(parsing: artifact.manifestBytes) else {
            return false
        }
        return manifest.files.allSatisfy { file in
            artifact.files[file.name].map { ContentHash.sha256($0) == file.sha256 } ?? false
        }
    }

    /// None where the file is missing or damaged: then they are fetched again if they matter.
    private func signatures(_ digest: Digest) -> [ArtifactSignature] {
        guard
            let bytes = try? StateFile.read(signaturesPath(digest), limit: Self.signatureBytes),
            let listed = try? JSONValue(parsing: bytes, act: "reading signatures").array
        else { return [] }
        return listed.compactMap { entry in
            guard let model = entry["model"]?.string, let text = entry["signature"]?.string,
                let model = try? ModelName(model), let signature = try? RecordSignature(text)
            else { return nil }
            return ArtifactSignature(model: model, signature: signature)
        }
    }

    /// Writes an artifact that came from the source, unless another slot of the host has or does.
    ///
    /// Files first, the manifest last: an entry without a manifest does not count.
    /// - Throws: `.system` for a full disk and the like.
    package func keep(_ fetched: Fetched) throws(SwerveError) {
        let artifact = fetched.artifact
        let digest = ContentHash.sha256(artifact.manifestBytes)
        let lock: FileLock
        do throws(SwerveError) {
            lock = try FileLock.acquire("\(folder)/\(Self.lockName)", waiting: .zero)
        } catch {
            if error.code == .unavailable { return }
            throw error
        }
        defer { lock.release() }
        guard fetched.isReplacing || !hasEntry(digest) else { return }
        let manifest = try ArtifactManifest(parsing: artifact.manifestBytes)
        try StateFile.makeFolder(path(digest))
        for file in manifest.files {
            try StateFile.write(
                "\(path(digest))/\(file.role.rawValue)", artifact.files[file.name] ?? [])
        }
        let signatures = artifact.signatures.map { entry -> JSONValue in
            [
                "model": .string(entry.model.description),
                "signature": .string(entry.signature.description),
            ]
        }
        try StateFile.write(signaturesPath(digest), JSONValue.array(signatures).bytes)
        try StateFile.write(manifestPath(digest), artifact.manifestBytes)
    }

    private func path(_ digest: Digest) -> String { "\(folder)/\(digest.hex)" }

    private func manifestPath(_ digest: Digest) -> String { "\(path(digest))/manifest.json" }

    private func signaturesPath(_ digest: Digest) -> String { "\(path(digest))/signatures.json" }

    private static let lockName = ".lock"
    private static let signatureBytes = 1 << 20
}
