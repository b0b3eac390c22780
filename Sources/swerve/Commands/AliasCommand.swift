import ArgumentParser
import Lifecycle
import Operations
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
        if let alias {
            guard remove == nil else { throw Self.contradiction }
            let selector = try VersionSelector(what)
            let request = SetAliasRequest(alias: try AliasName(alias), version: selector)
            try announcing.change(registry) { backend throws(SwerveError) in
                try backend.setAlias(request)
            } tell: { result in
                Terminal.tell(already: result.already)
                try list(result.version.model)
            }
        } else if let remove {
            let model = try ModelName(what)
            let request = RemoveAliasRequest(alias: try AliasName(remove), model: model)
            try announcing.change(registry) { backend throws(SwerveError) in
                try Self.absence { () throws(SwerveError) in
                    _ = try backend.removeAlias(request)
                }
            } tell: { already in
                Terminal.tell(already: already)
                try list(model)
            }
        } else {
            try list(try ModelName(what))
        }
    }

    /// That there is no such alias, which is no failure: it was taken away before, most likely.
    private static func absence(
        _ remove: () throws(SwerveError) -> Void
    ) throws(SwerveError) -> SwerveError? {
        do throws(SwerveError) {
            try remove()
            return nil
        } catch {
            guard error.problem?.kind == .aliasNotFound else { throw error }
            return error
        }
    }

    private func list(_ model: ModelName) throws {
        let aliases = try registry.backend().aliases(AliasesRequest(model: model)).aliases
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
