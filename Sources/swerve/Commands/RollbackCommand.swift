import ArgumentParser
import Lifecycle
import Registry

/// Back to what was good.
struct RollbackCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Drop the candidate; without one, go back to the previous stable version.",
        discussion: """
            Workers keep the previous version loaded, so a rollback is a swap of pointers. It uses the \
            previous version up: a second rollback names a version with --to.
            """)

    @Argument(help: "The model.")
    var model: String

    @Option(
        help: "The version to go back to: its number or an alias, with NAME@ before it or without.")
    var to: String?

    @OptionGroup var changing: DeploymentChanging

    func run() throws {
        let model = try ModelName(model)
        guard let to else { return try changing.run(.rollback, of: model) }
        let reference = try changing.registry.resolve(try VersionSelector(model: model, to))
        try changing.run(.rollbackTo(reference.version), of: model)
    }
}
