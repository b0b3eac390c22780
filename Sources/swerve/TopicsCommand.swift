import ArgumentParser
import Kafka
import Lifecycle
import Serving

struct TopicsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "topics", abstract: "Make the topics that a service needs.",
        subcommands: [TopicsCreateCommand.self])
}

/// Makes what is missing, each topic as the service needs it.
struct TopicsCreateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Make the five topics of a service: control and status compacted, one partition.")

    @OptionGroup var options: ServeOptions
    @OptionGroup var output: OutputOptions

    @Option(help: "Partitions of input, output and dead letters.")
    var partitions = 8

    @Option(help: "Replicas of each partition.")
    var replication = 1

    func run() throws {
        guard (1...10_000).contains(partitions), (1...32).contains(replication) else {
            throw SwerveError(
                .usage, act: "creating topics",
                reason: "--partitions or --replication is out of range")
        }
        let configuration = try ServeConfiguration(try options.flat())
        let topics = configuration.topics
        let administrator = try TopicAdministrator(
            settings: KafkaSettings(configuration.kafka), log: KafkaLog.quiet)
        defer { administrator.close() }
        let present = try administrator.partitionCounts(
            of: [topics.input], timeoutMs: Self.timeoutMs)
        // An input topic that exists decides: predictions keep the partition of their request.
        let count =
            max(present[topics.input] ?? 0, 0) == 0 ? partitions : present[topics.input] ?? 0
        let wanted: [WantedTopic] = [
            .data(topics.input, partitions: count), .data(topics.output, partitions: count),
            .data(topics.deadLetters, partitions: count), .control(topics.control),
            .status(topics.status),
        ]
        let made = try administrator.create(
            wanted, replication: replication, timeoutMs: Self.timeoutMs)
        if output.json {
            Terminal.document(["created": .array(made.map { .string($0) })])
        } else {
            Terminal.line(
                made.isEmpty ? "all topics are there" : "made \(made.joined(separator: ", "))")
        }
    }

    private static let timeoutMs: Int32 = 30_000
}
