import ArgumentParser
import Configuration
import Fleet
import Kafka
import Lifecycle
import Logging
import Operations
import Registry
import SchemaRegistry
import Serving

struct DeadLettersReplayCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Score a model's dead letters under its present deployment.",
        discussion: """
            With the workers' configuration: reads the dead letters that no replay has read before, \
            scores them under the announced deployment, and produces each prediction with the place \
            and key of its request. What has no score still becomes a new letter, for the next \
            replay. Predictions, letters and progress (the offsets of the group GROUP.replay) are \
            committed in transactions: with isolation.level read_committed nobody sees a prediction \
            twice, wherever a replay ended. It needs a Kafka with transactions.

            A record that workers died of (crashed_worker) would end this command too: without \
            --crashed it is not scored, and waits for the next replay. Letters that no prediction \
            can come of (a partition that the output does not have, a key too large) are passed \
            over and named.
            """)

    @Argument(help: "The model.")
    var model: ModelName

    @Flag(help: "Score records that workers died of too, in this process: it may die of them.")
    var crashed = false

    @OptionGroup var options: DeadLetterOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let (_, topic, _) = try options.topic(registry, kafka)
        let configuration = try registry.configuration(kafka, options)
        let worker = try WorkerConfiguration(
            configuration, slot: 0, of: try configuration.integerUnlessWord(.slotsTotal))
        guard worker.model == model.description else {
            throw configuration.wrong(
                .model, "is another model than \(model)",
                remedy: "name the configuration of its workers: --config FILE")
        }
        let brokers = try kafka.brokers(configuration)
        try Self.refuseDevelopmentBroker(brokers)
        let record = try announced(brokers)
        let warn: @Sendable (String) -> Void = { Terminal.note("swerve: \($0)".printable) }
        let log = WorkerLog(Logger(label: "replay"))
        guard let form = try worker.predictionFormat(log: log, stopDescriptors: []) else { return }
        let schemas = try worker.schemaService(log: log) { log.warning($0.description) }
        defer { schemas?.stop() }
        let set = try ReplaySet.load(
            record, configuration: worker, source: WorkerArtifacts.source(worker, warn: warn),
            form: form, warn: warn)
        let counts = try LetterReplay(
            configuration: worker, set: set, topic: topic, scoresCrashed: crashed,
            schemas: schemas?.table, timeoutMs: brokers.timeoutMs, log: KafkaLog.quiet
        ).run()
        let report = ReplayReport(
            counts: counts, deployment: record.deployment, model: model,
            group: LetterReplay.group(worker))
        if output.json {
            Terminal.document(report.document)
        } else {
            for line in report.lines { Terminal.line(line) }
        }
    }

    private static func refuseDevelopmentBroker(_ brokers: KafkaBrokers) throws(SwerveError) {
        let administrator = try TopicAdministrator(settings: brokers.settings, log: KafkaLog.quiet)
        defer { administrator.close() }
        guard try administrator.isDevelopmentBroker(timeoutMs: brokers.timeoutMs) else { return }
        throw SwerveError(
            .refused, act: "replaying dead letters",
            reason: "this is a development broker, which keeps no offsets of transactions")
    }

    /// What workers with the same trust follow.
    private func announced(_ brokers: KafkaBrokers) throws(SwerveError) -> ControlRecord {
        let topic = brokers.controlTopic()
        defer { topic.close() }
        // What a person ended is known to the registry, where it is at hand.
        let file = try registry.backend() as? FileBackend
        let standing = try TopicStanding(
            reading: topic, trust: try brokers.trust(isNeeded: true)
        ) { file?.lastSaid(of: $0) }
        guard case .announced(let record) = standing[model].reading else {
            throw SwerveError(
                .notFound, act: "replaying dead letters of \(model)",
                reason: "no deployment of it that counts is on \(brokers.controlTopicName)",
                remedy: "promote a version first")
        }
        return record
    }
}
