import ArgumentParser
import ControlPlane
import Kafka
import Lifecycle
import Platform
import Registry

/// What the fleet really runs.
struct StatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what each slot serves, since which offsets, and who is missing.",
        discussion: """
            Reads the status and control topics; the registry is looked at where it is there. \
            Exit code 0 when converged, 2 when not.
            """)

    @Argument(help: "The model.")
    var model: String

    @Flag(help: "Draw it again every second until interrupted.")
    var watch = false

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let model = try ModelName(model)
        let brokers = try kafka.resolve()
        let signals = try SignalWatch()
        let feed = try brokers.statusFeed()
        defer { feed.close() }
        let control = brokers.controlTopic()
        var board = FleetBoard(model: model)
        while true {
            try read(feed, into: &board, timeoutMs: Int64(brokers.timeoutMs))
            let report = FleetReport(
                board: board, wanted: wanted(model), topic: try control.current(),
                nowMs: WallClock.nowMs)
            if output.json {
                Terminal.document(report.json)
            } else {
                let isRedrawn = watch && StandardStream.output.isTerminal
                Terminal.line((isRedrawn ? "\u{1B}[H\u{1B}[2J" : "") + report.text)
            }
            guard watch else {
                if report.verdict != .converged { throw ExitCode(ExitContract.notConverged) }
                return
            }
            let ready = try Poll.waitForAny([signals.descriptor], timeoutMs: Self.redrawMs)
            if !ready.isEmpty { return }
        }
    }

    /// Reads to the topic's end, and whatever came meanwhile.
    private func read(
        _ feed: KafkaStatusFeed, into board: inout FleetBoard, timeoutMs: Int64
    ) throws(SwerveError) {
        let deadline = WallClock.nowMs + timeoutMs
        while true {
            var heard: [(SlotID, StatusRecord?)] = []
            let isCurrent = try feed.poll(milliseconds: Self.pollMs) { heard.append(($0, $1)) }
            for (slot, record) in heard { board.hear(slot, record, heardAtMs: WallClock.nowMs) }
            if isCurrent { return }
            guard WallClock.nowMs < deadline else {
                throw SwerveError(
                    .unavailable, act: "reading the status topic",
                    reason: "its end was not reached within \(timeoutMs) ms",
                    remedy: "check that the brokers are up and bootstrap.servers is right")
            }
        }
    }

    /// Nil where there is no registry at hand: the topics alone tell enough.
    private func wanted(_ model: ModelName) -> Deployment? {
        guard let registry = try? Registry.open(path: registry.path, access: .readOnly) else {
            return nil
        }
        return (try? registry.deployment(of: model)) ?? nil
    }

    private static let pollMs = 100
    private static let redrawMs = 1_000
}
