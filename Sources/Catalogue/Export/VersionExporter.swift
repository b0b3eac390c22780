package import Lifecycle
import Platform
package import Registry

/// A version into a folder: its files under their own names, `manifest.json` with the very bytes
/// that have the digest, and `metadata.json` with what is said of it.
package enum VersionExporter {
    /// Writes `version` into `folder`, which is made; an existing one must be empty.
    ///
    /// Each file is written whole or not at all, the manifest last, so that a folder with one is
    /// complete. What was written goes again when something fails.
    ///
    /// - Returns: the names that were written.
    /// - Throws: `.refused` for a folder with something in it, `.invalid` for an artifact that does
    ///   not fit its digest or whose file names do not fit a folder.
    @discardableResult
    package static func export(
        _ version: RegisteredVersion, _ artifact: Artifact, to folder: String
    ) throws(SwerveError) -> [String] {
        let act = "exporting \(version.reference) to \(folder)"
        var files = try checkedFiles(version, artifact, act: act)
        files.append(
            (
                ArtifactFileName.metadata,
                Array((ExportedMetadata(version, artifact).json.prettyText + "\n").utf8)
            ))
        files.append((ArtifactFileName.manifest, artifact.manifestBytes))
        let isNew = try prepare(folder, act: act)
        var written: [String] = []
        do throws(SwerveError) {
            for (name, bytes) in files {
                try StateFile.write("\(folder)/\(name)", bytes)
                written.append(name)
            }
        } catch {
            for name in written { _ = try? StateFile.remove("\(folder)/\(name)") }
            if isNew { FolderListing.removeEmpty(folder) }
            throw error.during(act)
        }
        return written
    }

    /// Writes `version` as one file into `folder`, which is made: as a web server gives it to
    /// workers (`ArtifactBundle`), called by the digits of its digest.
    ///
    /// One that is there is replaced: signatures may have become more. All may read it, as a web
    /// server has to.
    ///
    /// - Returns: its path, and its bytes.
    /// - Throws: `.invalid` for an artifact that does not fit its digest.
    package static func exportBundle(
        _ version: RegisteredVersion, _ artifact: Artifact, to folder: String
    ) throws(SwerveError) -> (path: String, bytes: Int64) {
        let act = "exporting \(version.reference) to \(folder)"
        let files = try checkedFiles(version, artifact, act: act)
        let manifest = try ArtifactManifest(parsing: artifact.manifestBytes)
        guard Set(manifest.files.map(\.role)).count == manifest.files.count else {
            throw SwerveError(.invalid, act: act, reason: "two of its files have the same role")
        }
        do throws(SwerveError) {
            try StateFile.makeFolder(folder, permissions: 0o755)
            let path = "\(folder)/\(version.digest.hex)"
            let temporary = StateFile.temporaryName(for: path)
            try StateFile.reserve(temporary, for: path, permissions: 0o644)
            do throws(SwerveError) {
                let file = try PartialFile(temporary)
                defer { file.close() }
                var entries = [
                    (ArtifactBundle.manifest, artifact.manifestBytes),
                    (ArtifactBundle.signatures, ArtifactSignature.bytes(artifact.signatures)),
                ]
                entries += zip(manifest.files, files).map { ($0.role.rawValue, $1.bytes) }
                for (name, bytes) in entries {
                    try file.append(ArtifactBundle.header(name, bytes: bytes.count))
                    try file.append(bytes)
                    let padding = ArtifactBundle.padding(bytes.count)
                    try file.append([UInt8](repeating: 0, count: padding))
                }
                try file.append(ArtifactBundle.end)
                let bytes = try file.length()
                try StateFile.publish(temporary, as: path)
                return (path, bytes)
            } catch {
                _ = try? StateFile.remove(temporary)
                throw error
            }
        } catch {
            throw error.during(act)
        }
    }

    /// The artifact's files in the manifest's order, once manifest, digests and names are checked.
    private static func checkedFiles(
        _ version: RegisteredVersion, _ artifact: Artifact, act: String
    ) throws(SwerveError) -> [(name: String, bytes: [UInt8])] {
        func wrong(_ reason: String, _ remedy: String) -> SwerveError {
            SwerveError(.invalid, act: act, reason: reason, remedy: remedy)
        }
        let damaged = "the registry was edited by hand or is damaged; restore a backup"
        guard ContentHash.sha256(artifact.manifestBytes) == version.digest else {
            throw wrong("its manifest has another digest than the version", damaged)
        }
        let manifest = try ArtifactManifest(parsing: artifact.manifestBytes)
        var names: Set<String> = []
        var files: [(name: String, bytes: [UInt8])] = []
        for file in manifest.files {
            if let fault = ArtifactFileName.fault(file.name) {
                throw wrong(
                    "'\(file.name.shortened(to: 80))' cannot be a file of a folder: \(fault)",
                    "register the files again, under other names")
            }
            guard names.insert(file.name).inserted else {
                throw wrong("two of its files are called '\(file.name)'", damaged)
            }
            guard let bytes = artifact.files[file.name] else {
                throw wrong("its file '\(file.name)' is missing", damaged)
            }
            guard bytes.count == file.bytes, ContentHash.sha256(bytes) == file.sha256 else {
                throw wrong("its file '\(file.name)' is not what the manifest says", damaged)
            }
            files.append((file.name, bytes))
        }
        return files
    }

    /// Makes the folder; false for one that was there already, empty.
    private static func prepare(_ folder: String, act: String) throws(SwerveError) -> Bool {
        guard !folder.isEmpty, !folder.utf8.contains(0) else {
            throw SwerveError(.usage, act: act, reason: "not a folder's name")
        }
        let isThere = FolderListing.isFolder(folder)
        if isThere, !(try FolderListing.names(in: folder, limit: 1)).isEmpty {
            throw SwerveError(
                .refused, act: act, reason: "the folder is not empty", remedy: "name a new one")
        }
        if !isThere {
            do throws(SwerveError) { try StateFile.makeFolder(folder) } catch {
                throw error.during(act)
            }
        }
        return !isThere
    }
}
