import ArgumentParser
import Kafka
import Lifecycle
import Operations
import Platform
import Registry

/// Promotes what each line of standard input names, by the code of `swerve promote`, in one
/// process: no program starts beside what is measured.
struct PromotionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promotions",
        abstract: "Promote the version NAME@V of each line of standard input.",
        discussion: "Answers each line with one JSON document, once the topic has the promotion.")

    @OptionGroup var cluster: ClusterOptions

    @Option(help: "The registry file.")
    var registry: String

    @Option(help: "The control topic.")
    var controlTopic: String

    func run() throws {
        let registry = try Registry.open(path: registry, access: .readWrite(create: false))
        let topic = KafkaControlTopic(
            settings: cluster.settings, topic: controlTopic, timeoutMs: Self.timeoutMs,
            log: BrokerOptions.log)
        defer { topic.close() }
        let relay = OutboxRelay(registry: registry, topic: topic)
        try relay.prepare()
        let promoter = Promoter(registry: registry, relay: relay)
        var lines = PipeLineReader(
            OwnedDescriptor(StandardStream.input.descriptor), limit: Limits.remarkBytes)
        while let line = try lines.next(timeoutMs: nil, act: "reading what to promote") {
            let version = try VersionReference(String(decoding: line, as: UTF8.self))
            let began = MonotonicClock.now
            let outcome = try promoter.change(
                ChangeOrder(
                    .change(.promote(version.version)), of: version.model,
                    note: ChangeNote(by: "swerve-bench", at: Timestamp.text(ofMs: WallClock.nowMs)))
            )
            try outcome.check()
            Output.line([
                "epoch": .int(Int64(outcome.deployment.epoch)),
                "milliseconds": .double(Double(MonotonicClock.now &- began) / 1e6),
            ])
        }
    }

    private static let timeoutMs: Int32 = 60_000
}
