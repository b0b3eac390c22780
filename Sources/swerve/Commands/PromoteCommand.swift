import ArgumentParser
import Lifecycle
import Operations

/// Moves a model to a version, for all records or for a share of them.
struct PromoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Promote a version, for all records, as a canary for a share, or as a shadow.",
        discussion: """
            The change is one transaction of the registry and is then announced on the control topic. \
            Promoting the candidate completes its canary; another share widens or narrows it, and the \
            records that were in a smaller share stay in a larger one. A shadow scores its share and \
            is compared, and none of its predictions is produced.
            """)

    @Argument(help: "The version, NAME@V or NAME@ALIAS.")
    var version: String

    @Option(help: "The share of the records that it decides: 5%, or 0.05.")
    var canary: String?

    @Option(
        defaultAsFlag: "100%", parsing: .next,
        help: "The share of the records that it scores without deciding any; all of them without.")
    var shadow: String?

    @Flag(
        help: "Also where it reads, does or says something else than the stable version.")
    var force = false

    @OptionGroup var changing: DeploymentChanging

    func run() throws {
        let request = try request()
        try changing.run { backend throws(SwerveError) in try backend.change(request) }
    }

    func request() throws(SwerveError) -> ChangeRequest {
        let selector = try VersionSelector(version)
        return try changing.request(
            try change(selector.choice), of: selector.model, isForced: force)
    }

    private func change(
        _ choice: VersionSelector.Choice
    ) throws(SwerveError) -> DeploymentChange<VersionSelector.Choice> {
        switch (canary, shadow) {
        case (nil, nil): return .promote(choice)
        case (let canary?, nil): return .canary(choice, try Share(canary))
        case (nil, let shadow?): return .shadow(choice, try Share(shadow))
        case (.some, .some):
            throw SwerveError(
                .usage, act: "promoting \(version.shortened(to: 80))",
                reason: "--canary and --shadow exclude each other", remedy: "give one of them")
        }
    }
}
