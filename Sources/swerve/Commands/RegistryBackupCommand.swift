import ArgumentParser
import HubClient
import Lifecycle
import Registry

/// A copy of the registry while others write.
struct RegistryBackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Write a whole, checked copy of the registry into a file.",
        discussion: """
            To restore it: swerve registry restore FILE. The copy is held against its audit chain; where that does not bear it out, it says so, \
            and is a copy all the same.

            Of a hub's registry it is fetched (--hub), which needs the role admin of all models. It comes \
            with its digest, and without the file that webhooks' secrets are made with.
            """)

    @Argument(help: "The file to write.")
    var file: String

    @Flag(help: "Replace the file where it is there.")
    var force = false

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let backup: RegistryBackup
        switch try RegistryPlace(registry.configuration()) {
        case .file(let path):
            backup = try Registry.open(path: path, access: .copying)
                .backup(to: file, isForced: force)
        case .hub(let address):
            backup = try HubBackup(address).write(to: file, isForced: force)
        }
        if let warning = Self.warning(backup) {
            Terminal.note("swerve: warning: \(warning)".printable)
        }
        if output.json {
            Terminal.document([
                "path": .string(backup.path), "bytes": .int(backup.bytes), "id": .string(backup.id),
                "audit_findings": backup.audit.map { .int(Int64($0.count)) } ?? .null,
            ])
        } else {
            Terminal.line("\(backup.path): \(backup.bytes) bytes, registry \(backup.id)".printable)
        }
    }

    /// What whoever keeps the copy should know of it; nil where there is nothing.
    static func warning(_ backup: RegistryBackup) -> String? {
        guard let audit = backup.audit else {
            return
                "\(backup.path) has the schema of an older swerve, so it was not held against its "
                + "audit chain; after swerve registry migrate, see: swerve audit verify"
        }
        guard let first = audit.findings.first else { return nil }
        let more = audit.count > 1 ? ", and \(audit.count - 1) more" : ""
        return "\(backup.path) is a copy of a registry that its audit chain does not bear out: "
            + "\(first)\(more); see: swerve audit verify; keep an older backup, and see who could "
            + "write the file"
    }
}
