import ArgumentParser
import Lifecycle
import Registry

/// A backup in the place of the registry.
struct RegistryRestoreCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore",
        abstract: "Put a copy of a backup, checked, in the place of the registry's file.",
        discussion: """
            Stop what has the registry open first (the hub, commands); workers serve on. The backup stays \
            where it is. The file that was there is kept beside its place, as NAME.before-TIME, with its \
            write-ahead log, which would otherwise be taken for the backup's.

            The backup has perhaps older epochs, with which it may not speak: swerve registry adopt NAME \
            takes the topic over. It is refused where its audit chain does not bear it out or a stored \
            file has not its digest, and where another registry is in that place, unless --force is given; \
            where SQLite finds it damaged, always.
            """)

    @Argument(help: "The backup.")
    var file: String

    @Flag(help: "Also a backup of another registry, or one that its audit chain does not bear out.")
    var force = false

    @Flag(help: "Remove the file that was there, in place of keeping it.")
    var discard = false

    @Flag(help: "Check the backup, and that nobody has the registry open; change nothing.")
    var dryRun = false

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        var terms = RegistryRestore.Terms()
        terms.isForced = force
        terms.keepsReplaced = !discard
        terms.isTrial = dryRun
        let done = try Registry.restore(
            file, to: registry.path(for: "restoring the registry"), terms)
        if let warning = Self.warning(done, file) {
            Terminal.note("swerve: warning: \(warning)".printable)
        }
        if output.json {
            Terminal.document([
                "path": .string(done.path), "bytes": .int(done.bytes), "id": .string(done.id),
                "changes": .int(done.newestChange ?? 0),
                "replaced_changes": done.replacedChange.map { .int($0) } ?? .null,
                "kept": done.kept.map { .string($0) } ?? .null, "dry_run": .bool(dryRun),
                "audit_findings": done.audit.map { .int(Int64($0.count)) } ?? .null,
            ])
        } else {
            for line in lines(of: done) { Terminal.line(line.printable) }
        }
        guard !dryRun else { return }
        Terminal.note(
            "swerve: where workers have heard newer epochs than the backup's: swerve registry adopt NAME"
        )
    }

    private func lines(of done: RegistryRestore) -> [String] {
        let was = dryRun ? "would be" : "is"
        let changes = done.newestChange.map { "up to change \($0)" } ?? "without a change"
        var lines = ["\(done.path): \(was) the registry \(done.id), \(changes)"]
        if let before = done.replacedChange {
            lines.append("what was there had changes up to \(before)")
        }
        if let kept = done.kept { lines.append("what was there is kept: \(kept)") }
        return lines
    }

    private static func warning(_ done: RegistryRestore, _ file: String) -> String? {
        guard let audit = done.audit else {
            return
                "\(file) has the schema of an older swerve, so it was not held against its audit chain; "
                + "the first command that writes brings it up to date; see then: swerve audit verify"
        }
        guard let first = audit.findings.first else { return nil }
        let more = audit.count > 1 ? ", and \(audit.count - 1) more" : ""
        return "its audit chain does not bear it out: \(first)\(more); see: swerve audit verify"
    }
}
