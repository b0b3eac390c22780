import ArgumentParser
import Catalogue
import Lifecycle
import Operations
import Registry

/// A version out of the registry, as files.
struct ExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export",
        abstract: "Write a version's files, manifest and metadata into a folder.",
        discussion: """
            swerve register takes the folder into this or another registry, under the same digest. \
            The folder is made; one that has something in it is refused.

            With --bundle it is one file instead, called by the digits of the digest, as workers \
            with artifacts: https://HOST/PATH/{digest} fetch it: put it where a web server serves \
            it. It is a tar archive, and stands beside others.
            """)

    @Argument(help: "The version, NAME@V or NAME@ALIAS.")
    var version: String

    @Argument(help: "The folder.")
    var folder: String

    @Flag(help: "Write one file for web servers, into a folder that may have others in it.")
    var bundle = false

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let selector = try VersionSelector(version)
        let result = try registry.backend().artifact(ArtifactRequest(version: selector))
        let found = result.version
        guard !bundle else { return try writeBundle(found, result.artifact) }
        let files = try VersionExporter.export(found, result.artifact, to: folder)
        guard !output.json else {
            return Terminal.document([
                "model": .string(found.reference.model.description),
                "version": .int(Int64(found.reference.version)),
                "digest": .string(found.digest.description), "folder": .string(folder),
                "files": .array(files.map { .string($0) }),
            ])
        }
        Terminal.line(
            "\(found.reference) exported to \(folder): \(found.digest.short), "
                + "\(files.count) files".printable)
    }

    private func writeBundle(_ found: RegisteredVersion, _ artifact: Artifact) throws {
        let (path, bytes) = try VersionExporter.exportBundle(found, artifact, to: folder)
        guard !output.json else {
            return Terminal.document([
                "model": .string(found.reference.model.description),
                "version": .int(Int64(found.reference.version)),
                "digest": .string(found.digest.description), "folder": .string(folder),
                "bundle": .string(path), "bytes": .int(bytes),
            ])
        }
        Terminal.line("\(found.reference) exported to \(path): \(bytes) bytes".printable)
    }
}
