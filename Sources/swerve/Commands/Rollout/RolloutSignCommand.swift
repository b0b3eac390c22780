import ArgumentParser
import Judge
import Lifecycle
import Operations

/// Signs the plan of an active rollout anew.
struct RolloutSignCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign",
        abstract: "Sign the plan of a running rollout anew, with a person's key.",
        discussion: """
            Needed where the time of the plan's signature is over, and where somebody has changed \
            the deployment since: workers believe a plan only until a person speaks. It signs what \
            is deployed now, and the steps that the plan has.
            """)

    @Argument(help: "The model.")
    var model: String

    @Option(help: "Why, for the history.")
    var reason = ""

    @OptionGroup var holding: PlanHolding
    @OptionGroup var signing: SigningOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let standing = try registry.backend(kafka, signing).signRollout(
            RolloutSignRequest(
                model: try ModelName(model), holdsMs: try holding.milliseconds(), reason: reason))
        guard !output.json else { return Terminal.document(standing.document) }
        Terminal.line(standing.headline)
        if let signature = standing.signature { Terminal.line(signature.line) }
    }
}

/// How long a signed plan holds.
struct PlanHolding: ParsableArguments {
    @Option(
        help: """
            How long the signature on the plan holds, as 12h or 3d, 90d at most; without, as long as \
            its steps may take and a day. What is taken back is believed for 30 days longer.
            """)
    var expires: String?

    /// Nil where nobody says so.
    func milliseconds() throws(SwerveError) -> Int64? {
        guard let expires else { return nil }
        guard let given = PlanDuration.milliseconds(of: expires),
            RolloutTerms.holdsMs.contains(given)
        else {
            throw SwerveError(
                .usage, act: "reading --expires '\(expires.shortened(to: 40))'",
                reason: "not a duration from 1m to 90d", remedy: "write 12h or 3d")
        }
        return given
    }
}
