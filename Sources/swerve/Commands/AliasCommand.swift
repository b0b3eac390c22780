import ArgumentParser
import Lifecycle
import Operations
import Platform
import Registry

/// Names for versions, beside deployments.
struct AliasCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alias",
        abstract: "Give a version a name, take one away, or list a model's names.",
        discussion: """
            swerve alias NAME@V ALIAS names the version, wherever the alias pointed before; \
            swerve alias NAME --remove ALIAS takes it away; swerve alias NAME lists them.
            """)

    @Argument(help: "NAME@V (or another alias of it) to name a version, NAME to list or to remove.")
    var what: String

    @Argument(help: "The alias: a-z, 0-9 and '-', a letter first.")
    var alias: String?

    @Option(help: "The alias to take away.")
    var remove: String?

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var announcing: AnnouncingOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let note = ChangeNote(
            by: Environment.author, at: Timestamp.text(ofMs: WallClock.nowMs))
        let model: ModelName
        var written: Registry?
        defer { if let written { announcing.announcePending(in: written, by: self.registry) } }
        if let alias {
            guard remove == nil else { throw Self.contradiction }
            let selector = try VersionSelector(what)
            let alias = try AliasName(alias)
            let registry = try registry.open(create: false)
            let reference = try registry.resolve(selector)
            try Terminal.changing { () throws(SwerveError) in
                try registry.setAlias(alias, to: reference, note: note)
            }
            written = registry
            model = reference.model
        } else if let remove {
            model = try ModelName(what)
            let alias = try AliasName(remove)
            let registry = try registry.open(create: false)
            try registry.removeAlias(alias, of: model, note: note)
            written = registry
        } else {
            model = try ModelName(what)
        }
        try list(model)
    }

    private func list(_ model: ModelName) throws {
        let aliases = try FileBackend(registry).aliases(AliasesRequest(model: model)).aliases
        guard !output.json else {
            return Terminal.document([
                "model": .string(model.description),
                "aliases": .object(
                    Dictionary(
                        uniqueKeysWithValues: aliases.map {
                            ($0.alias.description, .int(Int64($0.version)))
                        })),
            ])
        }
        if aliases.isEmpty { Terminal.note("\(model) has no aliases") }
        for entry in aliases {
            Terminal.line(
                "\(model)@\(entry.alias)  version \(entry.version)  since \(entry.at) by \(entry.by)"
                    .printable)
        }
    }

    private static let contradiction = SwerveError(
        .usage, act: "changing an alias", reason: "both an alias and --remove are given",
        remedy: "give one of them")
}
