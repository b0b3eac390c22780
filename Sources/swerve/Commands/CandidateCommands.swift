import ArgumentParser
import Lifecycle
import Registry

/// The candidate was good.
struct CompleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "complete", abstract: "Make the candidate the stable version.",
        discussion: "The stable version of now becomes the previous one, for a rollback.")

    @Argument(help: "The model.")
    var model: String

    @OptionGroup var changing: DeploymentChanging

    func run() throws { try changing.run(.complete, of: try ModelName(model)) }
}

/// The candidate was not.
struct AbortCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort", abstract: "Drop the candidate; the stable version decides alone.")

    @Argument(help: "The model.")
    var model: String

    @OptionGroup var changing: DeploymentChanging

    func run() throws { try changing.run(.abort, of: try ModelName(model)) }
}
