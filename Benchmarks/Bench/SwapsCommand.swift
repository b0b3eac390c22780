import ArgumentParser
import Fleet
import Kafka
import Lifecycle
import Operations
import Platform
import Registry

/// Promotes versions of a model in turn, each once the whole fleet serves the one before, by the
/// code of `swerve promote`, in one process.
///
/// Prints one JSON document after every so many swaps.
struct SwapsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "swaps", abstract: "Promote versions in turn, as fast as a fleet follows.")

    @OptionGroup var cluster: ClusterOptions

    @Option(help: "The registry file.")
    var registry: String

    @Option(help: "The model.")
    var model = "http-anomaly"

    @Option(help: "Its versions 1 … N are promoted in turn.")
    var versions = 3

    @Option(help: "The control topic.")
    var controlTopic: String

    @Option(help: "The status topic.")
    var statusTopic: String

    @Option(help: "How many swaps.")
    var swaps: Int

    @Option(help: "After so many swaps a document is printed.")
    var every = 100

    func validate() throws {
        guard versions > 1, swaps > 0, every > 0 else {
            throw ValidationError("--versions, --swaps or --every")
        }
    }

    func run() throws {
        let settings = cluster.settings
        let registry = try Registry.open(path: registry, access: .readWrite(create: false))
        let topic = KafkaControlTopic(
            settings: settings, topic: controlTopic, timeoutMs: Self.timeoutMs,
            log: BrokerOptions.log)
        defer { topic.close() }
        let relay = OutboxRelay(registry: registry, topic: topic)
        try relay.prepare()
        let listener = FleetListener(
            feed: try KafkaStatusFeed(
                settings: settings, topic: statusTopic, log: BrokerOptions.log))
        defer { listener.close() }
        let promoter = Promoter(registry: registry, relay: relay)
        let model = try ModelName(model)
        let stable = try registry.deployment(of: model)?.stable.version ?? versions
        var found: [Double] = []
        for number in 1...swaps {
            let began = MonotonicClock.now
            let outcome = try promoter.change(
                ChangeOrder(
                    .change(.promote((stable + number - 1) % versions + 1)), of: model,
                    note: ChangeNote(by: "swerve-bench", at: Timestamp.text(ofMs: WallClock.nowMs)))
            )
            try outcome.check()
            try follow(outcome.deployment, listener)
            found.append(Double(MonotonicClock.now &- began) / 1e6)
            guard number % every == 0 || number == swaps else { continue }
            tell(number, found, listener.watcher.lastRecords(of: model) ?? [])
            found = []
        }
    }

    private func follow(_ deployment: Deployment, _ listener: FleetListener) throws {
        let wait = ConvergenceWait(
            for: WantedEpoch(epoch: deployment.epoch), of: deployment.model,
            deadlineMs: listener.nowMs + Int64(Self.timeoutMs))
        while true {
            try listener.listen(milliseconds: Self.pollMs)
            guard let outcome = wait.outcome(listener.watcher, nowMs: listener.nowMs) else {
                continue
            }
            guard outcome.isConverged else {
                throw SwerveError(
                    .timedOut, act: "swapping to epoch \(deployment.epoch)",
                    reason: "\(outcome.verdict)")
            }
            return
        }
    }

    /// - Parameter records: what each slot said last.
    private func tell(_ number: Int, _ found: [Double], _ records: [StatusRecord]) {
        let ordered = found.sorted()
        Output.line([
            "swaps": .int(Int64(number)),
            "records": .int(records.reduce(0) { $0 + $1.counts.records }),
            "p50_ms": .double(ordered[ordered.count / 2]),
            "p99_ms": .double(ordered[min(ordered.count - 1, ordered.count * 99 / 100)]),
        ])
    }

    private static let timeoutMs: Int32 = 60_000
    private static let pollMs = 20
}
