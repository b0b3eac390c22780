import ArgumentParser
import Lifecycle
import Operations
import Registry

/// Puts a version away, or takes it back.
struct ArchiveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "archive",
        abstract: "Put a version away: it cannot be deployed, and gc may remove its files.",
        discussion: "Never a stable, candidate or previous version, nor one with an alias.")

    @Argument(help: "The version, NAME@V or NAME@ALIAS.")
    var version: String

    @Option(help: "Why, for the audit.")
    var reason = ""

    @Flag(help: "Take it back from the archive.")
    var undo = false

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var announcing: AnnouncingOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let request = ArchiveRequest(
            version: try VersionSelector(version), isUndone: undo, reason: reason)
        try announcing.change(registry) { backend throws(SwerveError) in
            try backend.archive(request)
        } tell: { result in
            Terminal.tell(already: result.already)
            if output.json {
                Terminal.document(VersionDocument.brief(result.version))
            } else if result.already == nil {
                Terminal.line(
                    "\(result.version.reference) "
                        + (undo ? "taken back from the archive" : "archived"))
            }
        }
    }
}
