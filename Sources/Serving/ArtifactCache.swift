package import Lifecycle
import Platform

/// Artifacts by digest on the worker's own disk, so that a restart needs no registry.
///
/// A damaged entry is fetched again, and so is one that the caller does not accept: its signatures,
/// which lie beside the files, may have become more at the source. Shared by the slots of a host:
/// files are written whole and never change. Loader thread only.
package struct ArtifactCache: Sendable {
    private let folder: String
    private let source: any ArtifactSource

    package init(folder: String, source: any ArtifactSource) throws(SwerveError) {
        self.folder = "\(folder)/artifacts"
        self.source = source
        try StateFile.makeFolder(self.folder)
    }

    /// The artifact, from the cache where it is whole and accepted, else from the source.
    ///
    /// - Parameter accept: throws where the artifact's signatures do not do; nothing of it is used
    ///   then.
    /// - Throws: as the source and `accept` do; `.invalid` when the source gives other bytes than
    ///   the digest's.
    package func artifact(
        _ digest: Digest, accept: (Artifact) throws(SwerveError) -> Void
    ) throws(SwerveError) -> Artifact {
        if let cached = cached(digest), (try? accept(cached)) != nil { return cached }
        let fetched = try source.artifact(digest)
        guard ContentHash.sha256(fetched.manifestBytes) == digest else {
            throw SwerveError(
                .invalid, act: "fetching artifact \(digest.short)",
                reason:
                    "its manifest has digest \(ContentHash.sha256(fetched.manifestBytes).short)",
                remedy: "check the registry: swerve verify")
        }
        try accept(fetched)
        try store(fetched, digest)
        return fetched
    }

    private func cached(_ digest: Digest) -> Artifact? {
        guard
            let manifestBytes = try? StateFile.read(
                "\(path(digest))/manifest.json", limit: Limits.manifestBytes),
            ContentHash.sha256(manifestBytes) == digest,
            let manifest = try? ArtifactManifest(parsing: manifestBytes)
        else { return nil }
        var files: [String: [UInt8]] = [:]
        for file in manifest.files {
            guard
                let bytes = try? StateFile.read(
                    "\(path(digest))/\(file.role.rawValue)", limit: Limits.modelFileBytes),
                ContentHash.sha256(bytes) == file.sha256
            else { return nil }
            files[file.name] = bytes
        }
        return Artifact(
            manifestBytes: manifestBytes, files: files, signatures: signatures(digest))
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

    /// Files first, the manifest last: an entry without a manifest does not count.
    private func store(_ artifact: Artifact, _ digest: Digest) throws(SwerveError) {
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
        try StateFile.write("\(path(digest))/manifest.json", artifact.manifestBytes)
    }

    private func path(_ digest: Digest) -> String { "\(folder)/\(digest.hex)" }

    private func signaturesPath(_ digest: Digest) -> String { "\(path(digest))/signatures.json" }

    private static let signatureBytes = 1 << 20
}
