import ArgumentParser
import Lifecycle
import Registry

/// Moves a model to a version, for all records or for a share of them.
struct PromoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Promote a version, for all records or as a canary for a share of them.",
        discussion: """
            The change is one transaction of the registry and is then announced on the control topic. \
            Promoting the candidate completes its canary; another share widens or narrows it, and the \
            records that were in a smaller share stay in a larger one.
            """)

    @Argument(help: "The version, NAME@V.")
    var version: String

    @Option(help: "The share of the records that it decides: 5%, or 0.05.")
    var canary: String?

    @OptionGroup var changing: DeploymentChanging

    func run() throws {
        let reference = try VersionReference(version)
        let request: ChangeRequest =
            if let canary {
                .canary(reference.version, try Share(canary))
            } else {
                .promote(reference.version)
            }
        try changing.run(request, of: reference.model)
    }
}
