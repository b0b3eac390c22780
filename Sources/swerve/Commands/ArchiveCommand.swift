import ArgumentParser
import Lifecycle
import Platform
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
        let selector = try VersionSelector(version)
        let registry = try registry.open(create: false)
        let reference = try registry.resolve(selector)
        let note = ChangeNote(
            by: Environment.author, at: Timestamp.text(ofMs: WallClock.nowMs), reason: reason)
        var isChanged = false
        try Terminal.changing { () throws(SwerveError) in
            if undo {
                try registry.unarchive(reference, note: note)
            } else {
                try registry.archive(reference, note: note)
            }
            isChanged = true
        }
        defer { announcing.announcePending(in: registry, by: self.registry) }
        if output.json {
            Terminal.document(VersionDocument.brief(try registry.version(reference)))
        } else if isChanged {
            Terminal.line("\(reference) \(undo ? "taken back from the archive" : "archived")")
        }
    }
}
