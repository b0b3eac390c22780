import ArgumentParser
import Fleet
import Lifecycle
import Operations

/// What the fleet really runs.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what each slot serves, since which offsets, and who is missing.",
        discussion: """
            Reads the status topic; the control topic and the registry are looked at where they \
            can be read. Without a name, one line for each model and group.

            A slot is live when it was heard in the last 5 s, stale when not, gone after 60 s, \
            missing when the others of its group count it and it was never heard, failed when its \
            last word was why it ended. A group whose \
            every slot is gone is listed and does not count while another one is there; --group \
            NAME judges it by itself. Where the trust file (trust:, --trust) has a key with the role \
            report, only heartbeats that such a key signed count, by the time that they say \
            themselves; a slot of which nothing else was heard is unbelieved.

            Exit code 0 when converged, 2 when not; with --wait 1 when a slot rejects the epoch; \
            with --watch alone 0.
            """)

    @Argument(help: "The model; every model on the status topic without.")
    var model: String?

    @Flag(help: "Show it again every second until interrupted.")
    var watch = false

    @Flag(help: "Wait until converged; exit 2 naming who is missing, 1 when a slot rejects.")
    var wait = false

    @Option(parsing: .unconditional, help: "With --wait: how long, in seconds.")
    var timeout = 60.0

    @Option(
        help: """
            Only this group, repeatable; without it all that were heard, of which those of groups in \
            the configuration, if it names any, are waited for.
            """)
    var group: [String] = []

    @Flag(help: "Without a name: the slots of every model, too.")
    var slots = false

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let request = try request()
        // Before the threads of the Kafka handles; a single look ends as any other command.
        let stop = watch || wait ? try StopSign() : nil
        let backend = try registry.backend(kafka)
        var screen: StatusScreen?
        var last: FleetStatus?
        defer { screen?.close(last: last) }
        try backend.status(
            request, isStopped: { () throws(SwerveError) in try stop?.isGiven() ?? false }
        ) { status in
            last = status
            guard watch else { return }
            let shown = screen ?? StatusScreen(json: output.json)
            screen = shown
            shown.show(status)
        }
        guard let last else { return }
        if !watch { StatusScreen.write(last, json: output.json, isFollowed: false) }
        if wait { try check(last) }
        if !watch, !last.isConverged { throw ExitCode(ExitContract.notConverged) }
    }

    func request() throws(SwerveError) -> StatusRequest {
        let model = try model.map { name throws(SwerveError) in try ModelName(name) }
        guard model != nil || !wait else {
            throw SwerveError(
                .usage, act: "reading --wait", reason: "no model is named",
                remedy: "name the one to wait for: swerve status NAME --wait")
        }
        guard timeout > 0, timeout <= 86_400 else {
            throw SwerveError(
                .usage, act: "reading --timeout", reason: "not between 0 and 86400 seconds")
        }
        return StatusRequest(
            model: model, groups: group, withSlots: slots, isFollowed: watch,
            timeoutMs: wait ? Int64(timeout * 1_000) : nil)
    }

    private func check(_ status: FleetStatus) throws(SwerveError) {
        guard case .model(let report) = status else { return }
        try NotConverged.check(report)
    }
}
