import ArgumentParser
import Configuration
import Fleet
import Kafka
import Lifecycle
import Operations
import Platform
import Registry

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
            every slot is gone is not waited for while another one is there.

            Exit code 0 when converged, 2 when not; with --wait 1 when a slot rejects the epoch; \
            with --watch alone 0.
            """)

    @Argument(help: "The model; every model on the status topic without.")
    var model: String?

    @Flag(help: "Show it again every second until interrupted.")
    var watch = false

    @Flag(help: "Wait until converged; exit 2 naming who is missing, 1 when a slot rejects.")
    var wait = false

    @Option(help: "With --wait: how long, in seconds.")
    var timeout = 60.0

    @Option(help: "Only this group; all groups that were heard without.")
    var group: String?

    @Flag(help: "Without a name: the slots of every model, too.")
    var slots = false

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
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
        let configuration = try registry.configuration(kafka)
        let brokers = try kafka.brokers(configuration)
        // Before the threads of the Kafka handles; a single look ends as any other command.
        let stop = watch || wait ? try StopSign() : nil
        let trust = try brokers.trust(isNeeded: false)
        let listener = FleetListener(feed: try brokers.statusFeed())
        defer { listener.close() }
        let control = brokers.controlTopic(timeoutMs: min(brokers.timeoutMs, Self.controlMs))
        defer { control.close() }
        let path = try configuration.required(.registry)
        let reader = StatusReader(
            .init(model: model, group: group, withSlots: slots), listener: listener,
            control: control, trust: trust,
            isRegistryExpected: configuration.given(.registry) != nil
        ) { model throws(SwerveError) in
            do throws(SwerveError) {
                let registry = try Registry.open(path: path, access: .readOnly)
                let deployments =
                    if let model {
                        [try registry.deployment(of: model)].compactMap(\.self)
                    } else {
                        try registry.deployments()
                    }
                return deployments.map {
                    RegisteredDeployment(deployment: $0, registry: registry.id)
                }
            } catch {
                throw error.atTerminal
            }
        }
        let isStopped = { () throws(SwerveError) in try stop?.isGiven() ?? false }
        let deadlineMs = listener.nowMs + Int64(timeout * 1_000)
        try reader.prepare(timeoutMs: Int64(brokers.timeoutMs), isStopped: isStopped)
        if watch {
            let screen = StatusScreen(json: output.json)
            var last: FleetStatus?
            defer { screen.close(last: last) }
            try reader.follow(deadlineMs: wait ? deadlineMs : nil, isStopped: isStopped) {
                last = $0
                screen.show($0)
            }
            if wait, let last { try check(last) }
            return
        }
        let status =
            wait
            ? try reader.waitUntilDecided(deadlineMs: deadlineMs, isStopped: isStopped)
            : reader.status()
        StatusScreen.write(status, json: output.json, isFollowed: false)
        if wait { try check(status) }
        if !status.isConverged { throw ExitCode(ExitContract.notConverged) }
    }

    private func check(_ status: FleetStatus) throws(SwerveError) {
        guard case .model(let report) = status else { return }
        try NotConverged.check(report)
    }

    /// The bound of one look at the control topic.
    private static let controlMs: Int32 = 5_000
}
