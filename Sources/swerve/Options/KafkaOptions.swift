import ArgumentParser
import Configuration
import Lifecycle

/// Which brokers, and which topics carry deployments and status; beside `RegistryOptions`.
struct KafkaOptions: ParsableArguments, KeyOptions {
    @Option(help: "The brokers, HOST:PORT[,…]; over $SWERVE_BOOTSTRAP and the configuration file.")
    var bootstrap: String?

    @Option(help: "The control topic; over $SWERVE_TOPICS_CONTROL and the configuration file.")
    var controlTopic: String?

    @Option(help: "The status topic; over $SWERVE_TOPICS_STATUS and the configuration file.")
    var statusTopic: String?

    @Option(
        help: """
            The workers' trust file: what it refuses on the control topic does not count; over \
            $SWERVE_TRUST and the configuration file.
            """)
    var trust: String?

    @Option(
        parsing: .unconditional,
        help: """
            How long to wait for the brokers, in seconds; default 15, and 3 to find them before a \
            change.
            """)
    var brokerTimeout: Int?

    var keys: [ConfigurationKey: String?] {
        [
            .bootstrap: bootstrap, .topicControl: controlTopic, .topicStatus: statusTopic,
            .trust: trust,
        ]
    }

    /// - Throws: `.usage` where none are named.
    func brokers(_ configuration: Configuration) throws(SwerveError) -> KafkaBrokers {
        _ = try configuration.required(.bootstrap)
        return try brokersOrNone(configuration)
    }

    /// The same for commands that need not ask them: they may not be named.
    func brokersOrNone(_ configuration: Configuration) throws(SwerveError) -> KafkaBrokers {
        try KafkaBrokers(
            configuration, timeoutMs: Self.milliseconds(brokerTimeout ?? 15),
            findingMs: Self.milliseconds(brokerTimeout ?? 3))
    }

    /// Of an option in seconds, within what the brokers are waited for at all.
    static func milliseconds(_ seconds: Int) -> Int32 {
        Int32(clamping: min(max(1, seconds), 86_400) * 1_000)
    }
}
