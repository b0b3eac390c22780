import ArgumentParser
import Configuration
import Kafka
import Lifecycle

struct TopicsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics", abstract: "Make the topics that a service needs.",
        subcommands: [TopicsCreateCommand.self])
}

/// Makes what is missing, each topic as the service needs it.
struct TopicsCreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make the six topics of a service, each as it must be.")

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var options: ServeOptions
    @OptionGroup var output: OutputOptions

    @Option(parsing: .unconditional, help: "Partitions of input, output and dead letters.")
    var partitions = 8

    @Option(
        parsing: .unconditional,
        help: "Partitions of the status topic; of several, a worker reads that of its slot.")
    var statusPartitions = 1

    @Option(
        parsing: .unconditional,
        help: "Replicas of each partition; the brokers' default without.")
    var replication: Int?

    func run() throws {
        guard (1...10_000).contains(partitions), (1...1_000).contains(statusPartitions),
            (1...32).contains(replication ?? 1)
        else {
            throw SwerveError(
                .usage, act: "creating topics",
                reason: "--partitions, --status-partitions or --replication is out of range")
        }
        let configuration = try registry.configuration(options)
        let topics = try TopicNames(configuration)
        _ = try configuration.required(.bootstrap)
        let settings = KafkaSettings(try ClientSettings(configuration).common)
        try configuration.checkClientSettings { settings, act throws(SwerveError) in
            try KafkaSettings(settings).check(act: act)
        }
        let administrator = try TopicAdministrator(settings: settings, log: KafkaLog.quiet)
        defer { administrator.close() }
        guard try !administrator.isDevelopmentBroker(timeoutMs: Self.timeoutMs) else {
            throw SwerveError(
                .refused, act: "creating topics",
                reason: "this is a development broker, which cannot make topics when asked",
                remedy: "name them when it is started: swerve broker "
                    + Self.flags(topics, partitions, statusPartitions))
        }
        let present = try administrator.partitionCounts(
            of: [topics.input], timeoutMs: Self.timeoutMs)
        // An input topic that exists decides: predictions keep the partition of their request.
        let count =
            max(present[topics.input] ?? 0, 0) == 0 ? partitions : present[topics.input] ?? 0
        let wanted =
            topics.data.map { WantedTopic.data($0, partitions: count) } + [
                .control(topics.control),
                .status(topics.status, partitions: statusPartitions),
            ] + (topics.hasLedger ? [.ledger(topics.ledger)] : [])
        let least = leastInSync(administrator)
        let made = try administrator.create(
            wanted.map { $0.with(minimumInSync: least) }, replication: replication,
            timeoutMs: Self.timeoutMs)
        var (brokers, replicas) = (0, 0)
        if let topic = made.first {
            (brokers, replicas) = try administrator.replication(
                of: topic, timeoutMs: Self.timeoutMs)
        }
        if replicas == 1 { Terminal.note("swerve: \(Self.warning(brokers: brokers))") }
        if output.json {
            Terminal.document([
                "created": .array(made.map { .string($0) }),
                "replicas": made.isEmpty ? .null : .int(Int64(replicas)),
                "min_insync_replicas": made.isEmpty
                    ? .null : least.map { .int(Int64($0)) } ?? .null,
            ])
        } else {
            Terminal.line(
                made.isEmpty
                    ? "all topics are there"
                    : "made \(made.joined(separator: ", ")), \(replicas) "
                        + (replicas == 1 ? "replica" : "replicas") + " of each partition")
        }
    }

    /// With three replicas and more, an acknowledged record is on two of them: one broker may be
    /// lost, and one may be away, without anything being lost or standing still.
    ///
    /// Nil leaves what the brokers have: with fewer replicas, with a bound of theirs that is
    /// higher, and where these credentials may not ask for it.
    private func leastInSync(_ administrator: TopicAdministrator) -> Int? {
        do throws(SwerveError) {
            func number(_ name: String) throws(SwerveError) -> Int {
                let text = try administrator.brokerSetting(name, timeoutMs: Self.timeoutMs)
                return text.flatMap { Int($0) } ?? 1
            }
            var replicas = replication ?? 0
            if replicas == 0 { replicas = try number("default.replication.factor") }
            guard replicas >= 3 else { return nil }
            return try number("min.insync.replicas") < 2 ? 2 : nil
        } catch {
            return (replication ?? 1) >= 3 ? 2 : nil
        }
    }

    private static func warning(brokers: Int) -> String {
        brokers > 1
            ? "each partition has one replica on one of \(brokers) brokers: with that broker, "
                + "acknowledged predictions and announcements are lost; give --replication "
                + "\(min(brokers, 3)) when the topics are made"
            : "each partition has one replica, and there is one broker: with its disk, acknowledged "
                + "predictions and announcements are lost"
    }

    private static func flags(
        _ topics: TopicNames, _ partitions: Int, _ statusPartitions: Int
    ) -> String {
        let counted =
            topics.data.map { ($0, partitions) } + [(topics.control, 1)]
            + [(topics.status, statusPartitions)] + (topics.hasLedger ? [(topics.ledger, 1)] : [])
        return counted.map { "--topic \($0.0):\($0.1)" }.joined(separator: " ")
    }

    private static let timeoutMs: Int32 = 30_000
}
