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

    @Option(
        help: """
            How long to wait for the brokers, in seconds; default 15, and 3 to find them before a \
            change.
            """)
    var brokerTimeout: Int?

    /// The same, and nil where no brokers are named anywhere.
    func resolveIfNamed() throws(SwerveError) -> Resolved? {
        guard bootstrap != nil || config != nil || Environment["SWERVE_BOOTSTRAP"] != nil else {
            return nil
        }
        return try resolve()
    }

    /// What was found, flags before environment before file.
    ///
    /// - Parameter isOffline: brokers need not be named: nothing is asked of them.
    func resolve(isOffline: Bool = false) throws(SwerveError) -> Resolved {
        var file: FlatConfiguration?
        if let config { file = try FlatConfiguration.read(config) }
        var values = file?.kafka ?? [:]
        if let given = bootstrap ?? Environment["SWERVE_BOOTSTRAP"] {
            values["bootstrap.servers"] = given
        }
        guard isOffline || values["bootstrap.servers"] != nil else {
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
            timeoutMs: Self.milliseconds(brokerTimeout ?? 15),
            findingMs: Self.milliseconds(brokerTimeout ?? 3))
    }

    private static func milliseconds(_ seconds: Int) -> Int32 {
        Int32(clamping: min(max(1, seconds), 86_400) * 1_000)
    }

    struct Resolved {
        let settings: KafkaSettings
        let control: String
        let status: String
        /// As somebody named it, and as the workers' configuration does.
        let trustFile: String?
        let workersTrustFile: String?
        let timeoutMs: Int32
        /// The bound of looking for the brokers before a change.
        let findingMs: Int32

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

        /// The control topic, once the brokers answered and all of it was read.
        ///
        /// - Parameter act: what is to be done with it; nothing was changed where this throws.
        func foundControlTopic(before act: String) throws(SwerveError) -> KafkaControlTopic {
            let topic = controlTopic()
            do throws(SwerveError) {
                try topic.prepare(lookingFor: findingMs)
                return topic
            } catch {
                topic.close()
                throw SwerveError(
                    error.code == .timedOut ? .unavailable : error.code, act: act,
                    reason: "nothing was changed, since it cannot be announced: \(error.act): "
                        + error.reason,
                    remedy: error.remedy.isEmpty ? "look for the brokers" : error.remedy)
            }
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
