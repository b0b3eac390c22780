import ArgumentParser
import Lifecycle
import Registry

/// A copy of the registry while others write.
struct RegistryBackupCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup",
        abstract: "Write a whole, checked copy of the registry into a file.",
        discussion: """
            To restore it, put it in the registry's place. It has the same id and perhaps older \
            epochs, with which it may not speak: swerve registry adopt NAME takes the topic over.
            """)

    @Argument(help: "The file to write.")
    var file: String

    @Flag(help: "Replace the file where it is there.")
    var force = false

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let backup = try Registry.open(path: registry.path, access: .readOnly)
            .backup(to: file, isForced: force)
        if output.json {
            Terminal.document([
                "path": .string(backup.path), "bytes": .int(backup.bytes), "id": .string(backup.id),
            ])
        } else {
            Terminal.line("\(backup.path): \(backup.bytes) bytes, registry \(backup.id)".printable)
        }
    }
}
