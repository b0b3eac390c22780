import ArgumentParser
import Lifecycle
import Operations

/// Ends a trial: the candidate becomes the stable version.
struct CompleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "complete", abstract: "Make the candidate the stable version.",
        discussion: "The stable version of now becomes the previous one, for a rollback.")

    @Argument(help: "The model.")
    var model: String

    @OptionGroup var changing: DeploymentChanging

    func run() throws {
        let request = try request()
        try changing.run { backend throws(SwerveError) in try backend.change(request) }
    }

    func request() throws(SwerveError) -> ChangeRequest {
        try changing.request(.complete, of: try ModelName(model))
    }
}

/// Ends a trial: the candidate is dropped.
struct AbortCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort", abstract: "Drop the candidate; the stable version decides alone.")

    @Argument(help: "The model.")
    var model: String

    @OptionGroup var changing: DeploymentChanging

    func run() throws {
        let request = try request()
        try changing.run { backend throws(SwerveError) in try backend.change(request) }
    }

    func request() throws(SwerveError) -> ChangeRequest {
        try changing.request(.abort, of: try ModelName(model))
    }
}
