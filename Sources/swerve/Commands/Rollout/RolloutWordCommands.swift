import ArgumentParser
import Judge
import Lifecycle
import Operations

/// What the words to a rollout have in common.
struct RolloutSpeaking: ParsableArguments {
    @Argument(help: "The model.")
    var model: String

    @Option(help: "Why, for the history.")
    var reason = ""

    @OptionGroup var signing: SigningOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func say(_ word: RolloutWord) throws {
        let request = RolloutWordRequest(
            model: try ModelName(model), word: word, reason: reason)
        let result = try registry.backend(kafka, signing).sayToRollout(request)
        if output.json {
            Terminal.document(result.document)
        } else {
            Terminal.line(result.standing.headline)
            if !result.isNew { Terminal.line("it was so already; nothing was changed") }
        }
        if let fault = result.fault { throw fault }
    }
}

struct RolloutPauseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Hold a rollout where it is.",
        discussion: "The judge goes on: a guard that fails rolls back all the same.")

    @OptionGroup var speaking: RolloutSpeaking

    func run() throws { try speaking.say(.pause) }
}

struct RolloutResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Let a paused or held rollout go on.",
        discussion: """
            A frozen one goes on although a guard has failed: the failures of this comparison are \
            acknowledged, and roll nothing back any more.
            """)

    @OptionGroup var speaking: RolloutSpeaking

    func run() throws { try speaking.say(.resume) }
}

struct RolloutApproveCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve", abstract: "Open the gate at which a rollout waits for a person.")

    @OptionGroup var speaking: RolloutSpeaking

    func run() throws { try speaking.say(.approve) }
}

struct RolloutSkipCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "skip",
        abstract: "Leave the step out that a rollout is at, whatever the judge says of it so far.")

    @OptionGroup var speaking: RolloutSpeaking

    func run() throws { try speaking.say(.skip) }
}

struct RolloutPromoteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote",
        abstract: "Leave all steps out: the candidate gets all records, and the bake begins.")

    @OptionGroup var speaking: RolloutSpeaking

    func run() throws { try speaking.say(.promote) }
}

struct RolloutAbortCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort",
        abstract: "End a rollout: the candidate is dropped, or the old version is stable again.",
        discussion: "In every phase, also where no broker answers: then it is announced later.")

    @OptionGroup var speaking: RolloutSpeaking

    func run() throws { try speaking.say(.abort) }
}
