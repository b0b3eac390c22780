import Configuration
import Kafka
import Lifecycle
import Logging
import Operations
import Serving

/// The brokers and the two topics that commands speak on, as a configuration names them.
struct KafkaBrokers: Brokers {
    let settings: KafkaSettings
    let control: String
    let status: String
    let timeoutMs: Int32
    /// The bound of looking for the brokers before a change.
    let findingMs: Int32
    private let configuration: Configuration
    private let trustFile: String?
    /// The configuration file is the workers' too, who may run on another machine.
    private let isTrustFileTheirs: Bool

    init(
        _ configuration: Configuration, timeoutMs: Int32, findingMs: Int32
    ) throws(SwerveError) {
        settings = KafkaSettings(
            try ClientSettings(configuration).common,
            names: KafkaNames(prefix: try configuration.namePrefix()))
        try configuration.checkClientSettings { settings, act throws(SwerveError) in
            try KafkaSettings(settings).check(act: act)
        }
        self.configuration = configuration
        control = try configuration.topic(.topicControl)
        status = try configuration.topic(.topicStatus)
        trustFile = configuration.text(.trust)
        isTrustFileTheirs = configuration.origin(of: .trust).isFile
        self.timeoutMs = timeoutMs
        self.findingMs = findingMs
    }

    /// Checks the files that it names, and that librdkafka takes the settings together; connects to
    /// nothing.
    ///
    /// For a process that stays: it would meet them again and again, and its start tells nobody.
    func checkFiles() throws(SwerveError) {
        if areNamed { try RecordProducer.check(settings, act: "checking the kafka settings") }
        if let trustFile { try TrustKeeper.check(trustFile) }
    }

    var controlTopicName: String { control }
    var readingMs: Int64 { Int64(timeoutMs) }

    var areNamed: Bool { configuration.given(.bootstrap) != nil }

    func requireNamed() throws(SwerveError) { _ = try configuration.required(.bootstrap) }

    /// Whose word workers believe; nil where no trust file is named, or where the workers' own is
    /// not on this machine.
    ///
    /// Append times are taken as they stand: what workers may have believed counts.
    ///
    /// - Parameter isNeeded: false for who only looks: then the workers' own file that cannot be
    ///   read is told, and no obstacle.
    func trust(isNeeded: Bool) throws(SwerveError) -> TrustPolicy? {
        guard let trustFile else { return nil }
        do throws(SwerveError) {
            return try TrustKeeper.policy(of: trustFile, topic: control, isDevelopment: true)
        } catch {
            guard isTrustFileTheirs, error.code == .notFound || !isNeeded else {
                throw Self.unusable(trustFile, error)
            }
            Terminal.note(
                "swerve: \(error.description); what it would refuse counts here, and no heartbeat "
                    + "does")
            return nil
        }
    }

    /// - Parameter timeoutMs: another bound than that of the brokers.
    func controlTopic(timeoutMs: Int32? = nil) -> KafkaControlTopic {
        KafkaControlTopic(
            settings: settings.withDefaults(["fetch.wait.max.ms": "10"]), topic: control,
            timeoutMs: timeoutMs ?? self.timeoutMs, log: KafkaLog.quiet)
    }

    func controlTopicToGlanceAt() -> any ControlTopic {
        controlTopic(timeoutMs: min(timeoutMs, Self.glanceMs))
    }

    func controlTopicToAudit() -> any ControlTopic { controlTopic() }

    func foundControlTopic(for registry: String) throws(SwerveError) -> any ControlTopic {
        let topic = controlTopic()
        do throws(SwerveError) {
            try topic.prepare(for: registry, lookingFor: findingMs)
            return topic
        } catch {
            topic.close()
            throw error
        }
    }

    func release(_ topic: any ControlTopic) { (topic as? KafkaControlTopic)?.close() }

    func foundControlTopicForPending(
        for registry: String
    ) throws(SwerveError) -> any ControlTopic {
        let topic = controlTopic(timeoutMs: findingMs)
        do throws(SwerveError) {
            try topic.prepare(for: registry)
            return topic
        } catch {
            topic.close()
            throw error
        }
    }

    func statusFeed() throws(SwerveError) -> any StatusFeed {
        try KafkaStatusFeed(
            settings: settings.withDefaults(["fetch.wait.max.ms": "10"]), topic: status,
            trust: try heartbeatTrust(), log: KafkaLog.quiet
        ) { [trustFile, status] in
            // One that cannot be read any more changes nothing, as in workers.
            trustFile.flatMap { try? TrustKeeper.heartbeats(of: $0, topic: status) }
        }
    }

    /// Whose heartbeats count; nil where everybody's do, which no file that cannot be read says.
    ///
    /// `trust` tells of that one, and whether the command goes on.
    func heartbeatTrust() throws(SwerveError) -> HeartbeatTrust? {
        guard let trustFile else { return nil }
        do throws(SwerveError) {
            return try TrustKeeper.heartbeats(of: trustFile, topic: status)
        } catch {
            guard isTrustFileTheirs else { throw Self.unusable(trustFile, error) }
            return .unreadable(error.reason)
        }
    }

    private static func unusable(_ trustFile: String, _ error: SwerveError) -> SwerveError {
        SwerveError(
            error.code, act: error.act, reason: error.reason, remedy: error.remedy,
            problem: Problem(.namedFileUnusable, [.path: trustFile, .remedy: error.remedy]))
    }

    func expectedGroups() throws(SwerveError) -> [String] {
        try configuration.list(.groups)
    }

    private static let glanceMs: Int32 = 5_000
}

/// librdkafka's own lines, in commands: only in debug logs, since the command's error says it
/// better.
enum KafkaLog {
    static let quiet: KafkaLogSink = { _, line in Logger(label: "kafka").debug("\(line)") }
}
