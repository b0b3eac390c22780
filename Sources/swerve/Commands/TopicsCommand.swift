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

    @Option(
        parsing: .unconditional,
        help: "Partitions of input, output and dead letters; as the input has, or 8, without.")
    var partitions: Int?

    @Option(
        parsing: .unconditional,
        help: """
            Partitions of the status topic, 1 without; of several, a worker reads that of its slot.
            """)
    var statusPartitions: Int?

    @Flag(
        help: "Also the topic of corrections, with as many partitions, for swerve impact --correct."
    )
    var corrections = false

    @Option(
        parsing: .unconditional,
        help: "Replicas of each partition; the brokers' default without.")
    var replication: Int?

    @Option(
        parsing: .unconditional,
        help: "How long to wait for the brokers, in seconds; default 30, and 3 to find them.")
    var brokerTimeout: Int?

    func run() throws {
        try Self.check(partitions, "--partitions", 1...10_000)
        try Self.check(statusPartitions, "--status-partitions", 1...1_000)
        try Self.check(replication, "--replication", 1...32)
        let findingMs = KafkaOptions.milliseconds(brokerTimeout ?? 3)
        let timeoutMs = KafkaOptions.milliseconds(brokerTimeout ?? 30)
        let configuration = try registry.configuration(options)
        let topics = try TopicNames(configuration)
        let data = topics.data + (corrections ? [topics.corrections] : [])
        _ = try configuration.required(.bootstrap)
        let settings = KafkaSettings(try ClientSettings(configuration).common)
        try configuration.checkClientSettings { settings, act throws(SwerveError) in
            try KafkaSettings(settings).check(act: act)
        }
        let administrator = try TopicAdministrator(settings: settings, log: KafkaLog.quiet)
        defer { administrator.close() }
        let isDevelopment: Bool
        do throws(SwerveError) {
            isDevelopment = try administrator.isDevelopmentBroker(timeoutMs: findingMs)
        } catch {
            throw SwerveError(
                error.code, act: "creating topics",
                reason: "none was made: \(error.act): \(error.reason)", remedy: error.remedy,
                problem: error.problem)
        }
        guard !isDevelopment else {
            throw SwerveError(
                .refused, act: "creating topics",
                reason: "this is a development broker, which cannot make topics when asked",
                remedy: "name them when it is started: swerve broker "
                    + Self.flags(
                        topics, data, partitions ?? Self.partitions, statusPartitions ?? 1))
        }
        let present = try administrator.partitionCounts(
            of: data + [topics.status], timeoutMs: timeoutMs)
        let sizes = TopicSizes(present: present)
        try sizes.check(data, have: partitions, "--partitions")
        try sizes.check([topics.status], have: statusPartitions, "--status-partitions")
        // An input topic that exists decides: predictions keep the partition of their request.
        let count = sizes[topics.input] ?? partitions ?? Self.partitions
        let wanted =
            data.map { WantedTopic.data($0, partitions: count) } + [
                .control(topics.control),
                .status(topics.status, partitions: statusPartitions ?? 1),
            ] + (topics.hasLedger ? [.ledger(topics.ledger)] : [])
        let least = leastInSync(administrator, timeoutMs)
        let made = try administrator.create(
            wanted.map { $0.with(minimumInSync: least) }, replication: replication,
            timeoutMs: timeoutMs)
        var (brokers, replicas) = (0, 0)
        if let topic = made.first {
            (brokers, replicas) = try administrator.replication(
                of: topic, timeoutMs: timeoutMs)
        }
        if replicas == 1 { Terminal.note("swerve: \(Self.warning(brokers: brokers))") }
        if output.json {
            Terminal.document([
                "created": .array(made.map { .string($0) }),
                "partitions": .object(
                    Dictionary(
                        uniqueKeysWithValues: wanted.filter { made.contains($0.name) }
                            .map { ($0.name, .int(Int64($0.partitions))) })),
                "replicas": made.isEmpty ? .null : .int(Int64(replicas)),
                "min_insync_replicas": made.isEmpty
                    ? .null : least.map { .int(Int64($0)) } ?? .null,
            ])
        } else {
            Terminal.line(
                made.isEmpty
                    ? "all topics are there"
                    : "made \(Self.counted(made, wanted)), \(replicas) "
                        + (replicas == 1 ? "replica" : "replicas") + " of each partition")
        }
    }

    /// `a, b with 8 partitions each; c with 1`.
    static func counted(_ made: [String], _ wanted: [WantedTopic]) -> String {
        var groups: [(count: Int, names: [String])] = []
        for topic in wanted where made.contains(topic.name) {
            if let place = groups.firstIndex(where: { $0.count == topic.partitions }) {
                groups[place].names.append(topic.name)
            } else {
                groups.append((topic.partitions, [topic.name]))
            }
        }
        return groups.map { count, names in
            names.joined(separator: ", ") + " with \(Figures.counted(Int64(count), "partition"))"
                + (names.count > 1 ? " each" : "")
        }.joined(separator: "; ")
    }

    /// With three replicas and more, an acknowledged record is on two of them: one broker may be
    /// lost, and one may be away, without anything being lost or standing still.
    ///
    /// Nil leaves what the brokers have: with fewer replicas, with a bound of theirs that is
    /// higher, and where these credentials may not ask for it.
    private func leastInSync(
        _ administrator: TopicAdministrator, _ timeoutMs: Int32
    ) -> Int? {
        do throws(SwerveError) {
            func number(_ name: String) throws(SwerveError) -> Int {
                let text = try administrator.brokerSetting(name, timeoutMs: timeoutMs)
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
        _ topics: TopicNames, _ data: [String], _ partitions: Int, _ statusPartitions: Int
    ) -> String {
        let counted =
            data.map { ($0, partitions) } + [(topics.control, 1)]
            + [(topics.status, statusPartitions)] + (topics.hasLedger ? [(topics.ledger, 1)] : [])
        return counted.map { "--topic \($0.0):\($0.1)" }.joined(separator: " ")
    }

    private static func check(
        _ count: Int?, _ option: String, _ range: ClosedRange<Int>
    ) throws(SwerveError) {
        guard let count, !range.contains(count) else { return }
        throw SwerveError(
            .usage, act: "reading \(option)",
            reason: "\(count) is not in \(range.lowerBound) … \(range.upperBound)")
    }

    /// Of input, output and dead letters, where neither the input nor an option says another.
    private static let partitions = 8
}

/// The partitions of topics that are there, held against what somebody asks for.
struct TopicSizes {
    /// 0 for one that is not there.
    let present: [String: Int]

    /// Nil for a topic that is not there.
    subscript(topic: String) -> Int? { present[topic].flatMap { $0 > 0 ? $0 : nil } }

    /// - Parameter asked: nil where nobody asked for a number.
    /// - Throws: `.refused` where a topic that is there has another number; nothing makes it so
    ///   but its owner.
    func check(
        _ topics: [String], have asked: Int?, _ option: String
    ) throws(SwerveError) {
        guard let asked else { return }
        let others = topics.compactMap { topic in
            self[topic].flatMap { $0 == asked ? nil : (name: topic, count: $0) }
        }
        guard let first = others.first else { return }
        let found = others.map { "\($0.name) has \($0.count)" }.joined(separator: ", ")
        let isMore = others.allSatisfy { $0.count < asked }
        throw SwerveError(
            .refused, act: "creating topics",
            reason: "none was made: \(option) asks for \(asked), and \(found)",
            remedy: isMore
                ? "give each more with Kafka's own tool, as kafka-topics --alter --topic "
                    + "\(first.name) --partitions \(asked), or leave \(option) away"
                : "no topic ever gets fewer: leave \(option) away, or make the topics anew")
    }
}
