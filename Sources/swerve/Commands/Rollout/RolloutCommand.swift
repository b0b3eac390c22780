import ArgumentParser
import Configuration
import Kafka
import Lifecycle
import Operations
import Serving
import Verification

/// A candidate on its way to all records, step by step, by the judge's verdicts.
struct RolloutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollout",
        abstract: "Widen, promote or roll a candidate back by a plan and the judge's verdicts.",
        discussion: """
            swerve rollout NAME@V starts one, and swerve rollout run carries it out: in the \
            foreground of a terminal or as a service, and several at once harm nothing. Begin with \
            --observe, which judges and tells and never acts.
            """,
        subcommands: [
            RolloutStartCommand.self, RolloutRunCommand.self, RolloutStatusCommand.self,
            RolloutSignCommand.self,
            RolloutPauseCommand.self, RolloutResumeCommand.self, RolloutApproveCommand.self,
            RolloutSkipCommand.self, RolloutPromoteCommand.self, RolloutAbortCommand.self,
        ], defaultSubcommand: RolloutStartCommand.self)
}

/// Starts a rollout.
struct RolloutStartCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start a rollout, in place of an active one of the model.",
        discussion: """
            Prints what the plan's margins come to at the present rate of alerts. The standard plan \
            goes by a shadow of 25%, and canaries of 1%, 5% and 25%, to all records, and then the old \
            version shadows the new one for half an hour. A plan is refused whose abs is more than a \
            fifth of the stable version's present alert rate, unless it names abs itself.

            With a person's key (role promote) the plan is signed: both versions, the steps, the \
            settings, and how long that holds. The loop then signs each step with a key of its own \
            (role rollout), and workers with a trust file believe it as far as the plan goes.
            """)

    @Argument(help: "The version, NAME@V or NAME@ALIAS.")
    var version: String

    @Option(help: "The plan, a YAML file; the standard plan without.")
    var plan: String?

    @Flag(
        help: """
            Judge and tell, and never act: of a version that is canary or shadow already. What it \
            would have done becomes an event; changes by hand are followed.
            """)
    var observe = false

    @Option(help: "Why, for the history.")
    var reason = ""

    @OptionGroup var holding: PlanHolding
    @OptionGroup var signing: SigningOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let request = try request()
        let result = try registry.backend(kafka, signing).startRollout(request)
        if output.json {
            Terminal.document(result.document)
        } else {
            for line in result.lines(by: try registry.announcer()) { Terminal.line(line) }
        }
        if let fault = result.fault { throw fault }
    }

    func request() throws(SwerveError) -> RolloutStartRequest {
        let selector = try VersionSelector(version)
        return RolloutStartRequest(
            model: selector.model, version: selector.choice,
            plan: try plan.map { path throws(SwerveError) in try PlanFile.read(path) },
            planName: plan ?? "", isObserved: observe, reason: reason,
            holdsMs: try holding.milliseconds())
    }
}

/// Runs rollouts in the foreground.
struct RolloutRunCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Carry rollouts out, until interrupted.",
        discussion: """
            Once a second it looks at clock, registry and fleet, asks the judge, and writes what \
            follows: state and deployment in one transaction. Killed at any moment, the next run goes \
            on where it was. With a name it ends with that model's rollout, also where another one \
            takes its place; without, it runs those of all models, also those that begin later.

            --labels or --labels-topic reads what somebody found out later of single records, as \
            swerve labels does, and hands what was drawn at random ("basis":"random") to the guards \
            false-positives and missed-attacks. Both versions are asked about each such record, with \
            the workers' configuration. What is new is read every ten seconds; after a restart nothing \
            counts twice. Labels that name a source (3@42) are found at once; those that name an id, \
            where its prediction is of the last day.

            Where plans are signed, it signs with a key of the role rollout, which signs nothing \
            but what a signed plan allows; workers have to know it. A step that they would not \
            believe waits, and the line says who has to sign; what is taken back is always \
            committed.

            Exit code 0 when interrupted, and with a name when its rollout completed; 1 when that was \
            rolled back, aborted or superseded.
            """)

    @Argument(help: "The model; all models without.")
    var model: String?

    @Option(help: ArgumentHelp("Labels of the named model's records.", valueName: "file"))
    var labels: String?

    @Option(help: ArgumentHelp("The same, on a topic.", valueName: "topic"))
    var labelsTopic: String?

    @OptionGroup var signing: SigningOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let name = try model.map { model throws(SwerveError) in try ModelName(model) }
        // Before the threads of the Kafka handles.
        let stop = try StopSign()
        let watch = try watch(name)
        defer { watch?.close() }
        let isJSON = output.json
        let standing = try registry.fileBackend(
            kafka, signing, for: "running rollouts"
        ).runRollouts(
            of: name, labels: watch, isStopped: { () throws(SwerveError) in try stop.isGiven() }
        ) { news in
            RolloutText.tell(news, asJSON: isJSON)
        }
        guard let standing, standing.endedAt != nil else { return }
        isJSON ? Terminal.document(standing.document) : Terminal.line(standing.headline)
        guard !standing.isCompleted else { return }
        throw ExitCode(ExitContract.failed)
    }
}

extension RolloutRunCommand {
    func validate() throws {
        guard labels == nil || labelsTopic == nil else {
            throw ValidationError("Give --labels or --labels-topic, and not both")
        }
        guard model != nil || (labels ?? labelsTopic) == nil else {
            throw ValidationError("Labels are of one model: name it")
        }
        guard labels != "-" else {
            throw ValidationError("Labels are read again and again: name a file")
        }
    }

    private func watch(_ model: ModelName?) throws(SwerveError) -> RolloutLabelWatch? {
        let source: LabelFollower.Source? =
            labels.map { .file($0) } ?? labelsTopic.map { .topic($0) }
        guard let source, let model else { return nil }
        try source.requireThere()
        let evidence = try EvidenceSource(model, group: nil, registry, kafka)
        let access = StreamAccess(
            settings: evidence.brokers.settings, input: try evidence.form(),
            artifacts: evidence.artifacts, timeoutMs: evidence.brokers.timeoutMs,
            log: KafkaLog.quiet)
        return try RolloutLabelWatch(access, evidence.terms(), source)
    }
}

/// How a rollout stands.
struct RolloutStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show a model's newest rollout: step, exposure, the judge's words, events.",
        discussion: "Reads the registry alone.")

    @Argument(help: "The model.")
    var model: String

    @Flag(help: "Show it again every second until interrupted.")
    var watch = false

    @Option(
        help: ArgumentHelp(
            "Write a page of its own with plots to this file, too.", valueName: "file"))
    var html: String?

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let request = RolloutRequest(model: try ModelName(model))
        let backend = try registry.backend()
        let stop = watch ? try StopSign() : nil
        let standing = try backend.rollout(request)
        if let html { try RolloutPage.write(standing, to: html) }
        let announcer = try registry.announcer()
        guard let stop else {
            return RolloutScreen.write(standing, json: output.json, by: announcer)
        }
        let screen = RolloutScreen(json: output.json, by: announcer)
        var last = standing
        screen.show(last)
        defer { screen.close(last: last) }
        while try !stop.isGiven(withinMs: Self.watchMs) {
            last = try backend.rollout(request)
            screen.show(last)
        }
    }

    private static let watchMs = 1_000
}
