import Configuration
import Kafka
import Lifecycle
import Logging
import Serving

/// The brokers and the two topics that commands speak on, as a configuration names them.
struct Brokers {
    let settings: KafkaSettings
    let control: String
    let status: String
    let timeoutMs: Int32
    /// The bound of looking for the brokers before a change.
    let findingMs: Int32
    private let trustFile: String?
    /// The configuration file is the workers' too, who may run on another machine.
    private let isTrustFileTheirs: Bool

    init(
        _ configuration: Configuration, timeoutMs: Int32, findingMs: Int32
    ) throws(SwerveError) {
        settings = KafkaSettings(try ClientSettings(configuration).common)
        try configuration.checkClientSettings { settings, act throws(SwerveError) in
            try KafkaSettings(settings).check(act: act)
        }
        control = try configuration.topic(.topicControl)
        status = try configuration.topic(.topicStatus)
        trustFile = configuration.text(.trust)
        isTrustFileTheirs = configuration.origin(of: .trust).isFile
        self.timeoutMs = timeoutMs
        self.findingMs = findingMs
    }

    /// Whose word workers believe; nil where no trust file is named, or where the workers' own is
    /// not on this machine.
    ///
    /// Append times are taken as they stand: what workers may have believed counts.
    ///
    /// - Parameter isNeeded: false for who only looks: then the workers' own file that cannot be
    ///   read is told, and no obstacle.
    func trust(isNeeded: Bool = true) throws(SwerveError) -> TrustPolicy? {
        guard let trustFile else { return nil }
        do throws(SwerveError) {
            return try TrustKeeper.policy(of: trustFile, topic: control, isDevelopment: true)
        } catch {
            guard isTrustFileTheirs, error.code == .notFound || !isNeeded else { throw error }
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

/// librdkafka's own lines, in commands: only in debug logs, since the command's error says it
/// better.
enum KafkaLog {
    static let quiet: KafkaLogSink = { _, line in Logger(label: "kafka").debug("\(line)") }
}
