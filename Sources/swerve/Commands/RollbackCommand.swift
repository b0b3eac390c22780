import ArgumentParser
import Lifecycle
import Operations

/// Returns to the version that was live before.
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
        let request = try request()
        try changing.run { backend throws(SwerveError) in try backend.change(request) }
    }

    func request() throws(SwerveError) -> ChangeRequest {
        let model = try ModelName(model)
        guard let to else { return try changing.request(.rollback, of: model) }
        let choice = try VersionSelector(model: model, to).choice
        return try changing.request(.rollbackTo(choice), of: model)
    }
}
