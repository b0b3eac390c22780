import ArgumentParser
import Lifecycle
import Operations
import Registry

/// Removes what nothing needs any more.
struct CollectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gc",
        abstract: "List, or with --delete remove, the files of archived versions.",
        discussion: """
            Files that a version outside the archive needs stay. Numbers and digests stay for ever; \
            registering the same files again stores them under their number.
            """)

    @Flag(help: "Remove them; without, they are only listed.")
    var delete = false

    @Option(help: "Only of this model.")
    var model: String?

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var announcing: AnnouncingOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let request = CollectRequest(
            model: try model.map { text throws(SwerveError) in try ModelName(text) },
            isDeleting: delete)
        try announcing.change(registry) { backend throws(SwerveError) in
            try backend.collect(request)
        } tell: { result in
            guard !output.json else { return Terminal.document(document(result)) }
            show(result)
        }
    }

    private func show(_ result: CollectResult) {
        let plan = result.plan
        for entry in plan.entries {
            Terminal.line(
                "\(entry.reference)  \(entry.digest.short)  \(entry.bytes) bytes  archived "
                    + entry.archivedAt.printable)
        }
        for kept in plan.kept { Terminal.line("\(kept.reference) stays: \(kept.reason)".printable) }
        let amount = "\(plan.files) files of \(plan.entries.count) versions, \(plan.bytes) bytes"
        Terminal.line(
            delete
                ? "removed \(amount); the registry's file is \(result.shrunkBytes) bytes smaller"
                : "would remove \(amount); nothing is removed without --delete")
    }

    private func document(_ result: CollectResult) -> JSONValue {
        let plan = result.plan
        return [
            "deleted": .bool(delete), "files": .int(Int64(plan.files)), "bytes": .int(plan.bytes),
            "shrunk_bytes": .int(result.shrunkBytes),
            "versions": .array(
                plan.entries.map { entry in
                    [
                        "version": .string(entry.reference.description),
                        "digest": .string(entry.digest.description), "bytes": .int(entry.bytes),
                    ]
                }),
            "kept": .array(
                plan.kept.map { kept in
                    [
                        "version": .string(kept.reference.description),
                        "reason": .string(kept.reason),
                    ]
                }),
        ]
    }
}
