import Lifecycle
package import ModelFormats
import Platform

/// A folder as an export writes it, in memory; whatever is in it is hostile until `ExportedVersion`
/// has checked it.
package struct ExportedFolder: Codable, Sendable, Equatable {
    /// As somebody named it, for errors.
    package let path: String
    package let manifest: NamedBytes
    /// Nil where it has no `metadata.json`.
    package let metadata: NamedBytes?
    /// Those that the manifest lists.
    package let files: [NamedBytes]
    /// Files of the folder that belong to nothing; the first few, by name.
    package let leftOut: [String]

    package init(
        path: String, manifest: NamedBytes, metadata: NamedBytes?, files: [NamedBytes],
        leftOut: [String]
    ) {
        self.path = path
        self.manifest = manifest
        self.metadata = metadata
        self.files = files
        self.leftOut = leftOut
    }
}

extension ExportedFolder {
    /// Reads what the manifest lists, and no more of each file than the manifest says.
    init(reading path: String, for model: ModelName) throws(SwerveError) {
        let act = "registering \(model) from folder \(path)"
        do throws(SwerveError) {
            try self.init(reading: path, act: act)
        } catch {
            throw error.act == act ? error : error.during(act)
        }
    }

    private init(reading path: String, act: String) throws(SwerveError) {
        let entries = try FolderListing.names(in: path, limit: Self.entriesListed)
        let manifest = try Self.manifest(in: path, act: act)
        let listed = try Self.listed(by: manifest.bytes, act: act).files
        var names: Set<String> = []
        var files: [NamedBytes] = []
        for file in listed where names.insert(file.name).inserted {
            files.append(try Self.read(file, in: path, act: act))
        }
        let metadata = try Self.metadata(in: path)
        let known = names.union([ArtifactFileName.manifest, ArtifactFileName.metadata])
        self.init(
            path: path, manifest: manifest, metadata: metadata, files: files,
            leftOut: entries.filter { !known.contains($0) }.sorted())
    }

    func act(for model: ModelName) -> String { "registering \(model) from folder \(path)" }

    /// - Parameter said: what the manifest says already, and whether somebody says it again.
    func requireUnsaid(
        _ said: [(parameter: String, isGiven: Bool)], for model: ModelName
    ) throws(SwerveError) {
        guard let parameter = said.first(where: \.isGiven)?.parameter else { return }
        throw SwerveError(
            .usage, act: act(for: model),
            reason: "\(parameter) is given, and the folder's manifest says that already",
            problem: Problem(.saidByManifest, [.parameter: parameter]))
    }

    /// The manifest, once what it lists can be read: neither too many files, nor too large ones,
    /// nor names that lead out of the folder.
    static func listed(
        by bytes: [UInt8], act: String
    ) throws(SwerveError) -> ArtifactManifest {
        let manifest = try ArtifactManifest(parsing: bytes)
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
        for file in manifest.files {
            guard let fault = ArtifactFileName.fault(file.name) else { continue }
            throw SwerveError(
                .invalid, act: act,
                reason: "\(ArtifactFileName.manifest) lists "
                    + "'\(file.name.shortened(to: 80))': \(fault)")
        }
        return manifest
    }

    private static func manifest(
        in folder: String, act: String
    ) throws(SwerveError) -> NamedBytes {
        let path = "\(folder)/\(ArtifactFileName.manifest)"
        do throws(SwerveError) {
            let bytes = try StateFile.read(path, limit: Limits.manifestBytes, followsLinks: false)
            return NamedBytes(name: ArtifactFileName.manifest, bytes: bytes)
        } catch {
            guard error.code == .notFound, error.act == "reading \(path)" else { throw error }
            throw SwerveError(
                .invalid, act: act,
                reason: "there is no \(ArtifactFileName.manifest) in it",
                remedy: "name a regular file, or a folder that an export wrote")
        }
    }

    private static func read(
        _ file: ArtifactManifest.File, in folder: String, act: String
    ) throws(SwerveError) -> NamedBytes {
        do throws(SwerveError) {
            let bytes = try StateFile.read(
                "\(folder)/\(file.name)", limit: file.bytes, followsLinks: false)
            return NamedBytes(name: file.name, bytes: bytes)
        } catch {
            guard error.code == .tooLarge else { throw error }
            throw SwerveError(
                .invalid, act: act,
                reason: "\(file.name) has more bytes than the \(file.bytes) of the manifest")
        }
    }

    private static func metadata(in folder: String) throws(SwerveError) -> NamedBytes? {
        let path = "\(folder)/\(ArtifactFileName.metadata)"
        do throws(SwerveError) {
            let bytes = try StateFile.read(
                path, limit: Limits.exportedMetadataBytes, followsLinks: false)
            return NamedBytes(name: ArtifactFileName.metadata, bytes: bytes)
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }

    private static let entriesListed = 1_000
    private static let artifactBytes =
        Limits.modelFileBytes + Limits.featurizerSpecBytes + Limits.goldenBytes
}
