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

    @Option(help: "The number of the version to go back to.")
    var to: Int?

    @OptionGroup var changing: DeploymentChanging

    func run() throws {
        let model = try ModelName(model)
        try changing.run(to.map { .rollbackTo($0) } ?? .rollback, of: model)
    }
}
