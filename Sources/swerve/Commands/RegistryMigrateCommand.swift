import ArgumentParser
import Lifecycle
import Registry

/// Brings the schema of a registry to that of this swerve.
struct RegistryMigrateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Bring a registry made by an older swerve to this one's schema.",
        discussion: "Every writing command does the same; older swerves no longer open it then.")

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var announcing: AnnouncingOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let opened = try registry.open(create: false, for: "migrating the registry")
        defer { announcing.announcePending(in: opened, by: self.registry) }
        if output.json {
            Terminal.document(["path": .string(opened.path), "id": .string(opened.id)])
        } else {
            Terminal.line("\(opened.path) has the schema of this swerve".printable)
        }
    }
}
