import ArgumentParser
import Kafka
import Lifecycle
import Logging
import Serving

/// Which brokers, and which topics carry deployments and status.
struct KafkaOptions: ParsableArguments {
    @Option(help: "The brokers, HOST:PORT[,…]; default $SWERVE_BOOTSTRAP, else the config file's.")
    var bootstrap: String?

    @Option(help: "A swerve.yaml to take brokers, credentials and topic names from.")
    var config: String?

    @Option(help: "The control topic.")
    var controlTopic: String?

    @Option(help: "The status topic.")
    var statusTopic: String?

    @Option(
        help: """
            The workers' trust file: what it refuses on the control topic does not count; default \
            $SWERVE_TRUST, else the config file's.
            """)
    var trust: String?

    @Option(help: "How long to wait for the brokers, in seconds.")
    var brokerTimeout = 15

    /// The same, and nil where no brokers are named anywhere.
    func resolveIfNamed() throws(SwerveError) -> Resolved? {
        guard bootstrap != nil || config != nil || Environment["SWERVE_BOOTSTRAP"] != nil else {
            return nil
        }
        return try resolve()
    }

    /// What was found, flags before environment before file.
    func resolve() throws(SwerveError) -> Resolved {
        var file: FlatConfiguration?
        if let config { file = try FlatConfiguration.read(config) }
        var values = file?.kafka ?? [:]
        if let given = bootstrap ?? Environment["SWERVE_BOOTSTRAP"] {
            values["bootstrap.servers"] = given
        }
        guard values["bootstrap.servers"] != nil else {
            throw SwerveError(
                .usage, act: "looking for the brokers", reason: "none is named",
                remedy: "give --bootstrap HOST:PORT, SWERVE_BOOTSTRAP, or --config swerve.yaml")
        }
        return Resolved(
            settings: KafkaSettings(values),
            control: controlTopic ?? file?["topics.control"] ?? "swerve.control",
            status: statusTopic ?? file?["topics.status"] ?? "swerve.status",
            trustFile: trust ?? Environment["SWERVE_TRUST"],
            workersTrustFile: file?[ConfigurationKey.trust.rawValue],
            timeoutMs: Int32(clamping: max(1, brokerTimeout) * 1_000))
    }

    struct Resolved {
        let settings: KafkaSettings
        let control: String
        let status: String
        /// As somebody named it, and as the workers' configuration does.
        let trustFile: String?
        let workersTrustFile: String?
        let timeoutMs: Int32

        /// Whose word workers believe; nil where no trust file is named, or the workers' own is not
        /// on this machine.
        ///
        /// Append times are taken as they stand: what workers may have believed counts.
        func trust() throws(SwerveError) -> TrustPolicy? {
            guard let path = trustFile ?? workersTrustFile else { return nil }
            do throws(SwerveError) {
                return try TrustKeeper.policy(of: path, topic: control, isDevelopment: true)
            } catch {
                guard error.code == .notFound, trustFile == nil else { throw error }
                Terminal.note("swerve: \(error.description); what it would refuse counts here")
                return nil
            }
        }

        /// - Parameter timeoutMs: another bound than that of the brokers.
        func controlTopic(timeoutMs: Int32? = nil) -> KafkaControlTopic {
            KafkaControlTopic(
                settings: settings.withDefaults(["fetch.wait.max.ms": "10"]), topic: control,
                timeoutMs: timeoutMs ?? self.timeoutMs, log: KafkaLog.quiet)
        }

        func statusFeed() throws(SwerveError) -> KafkaStatusFeed {
            try KafkaStatusFeed(
                settings: settings.withDefaults(["fetch.wait.max.ms": "10"]), topic: status,
                log: KafkaLog.quiet)
        }
    }
}

/// librdkafka's own lines, in commands: only in debug logs, since the command's error says it
/// better.
enum KafkaLog {
    static let quiet: KafkaLogSink = { _, line in Logger(label: "kafka").debug("\(line)") }
}
