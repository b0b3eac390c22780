import ArgumentParser
import Configuration
import Fleet
import Kafka
import Lifecycle
import Operations
import Registry
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
            """)

    @Argument(help: "The model.")
    var model: ModelName

    @OptionGroup var options: DeadLetterOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let (_, topic, _) = try options.topic(registry, kafka)
        let configuration = try registry.configuration(kafka, options)
        let worker = try WorkerConfiguration(
            configuration, slot: 0, of: try configuration.integer(.slotsTotal))
        guard worker.model == model.description else {
            throw configuration.wrong(
                .model, "is another model than \(model)",
                remedy: "name the configuration of its workers: --config FILE")
        }
        let brokers = try kafka.brokers(configuration)
        try Self.refuseDevelopmentBroker(brokers)
        let record = try announced(brokers)
        let set = try ReplaySet.load(
            record, configuration: worker,
            source: WorkerArtifacts(registry: RegistryArtifacts(path: worker.artifacts))
        ) { Terminal.note("swerve: \($0)".printable) }
        let counts = try LetterReplay(
            configuration: worker, set: set, topic: topic, log: KafkaLog.quiet
        ).run()
        if output.json {
            Terminal.document(document(counts, record.deployment, worker))
        } else {
            for line in lines(counts, record.deployment) { Terminal.line(line) }
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
        let standing = try TopicStanding(
            reading: topic, trust: try brokers.trust(isNeeded: true))
        guard case .announced(let record) = standing[model].reading else {
            throw SwerveError(
                .notFound, act: "replaying dead letters of \(model)",
                reason: "no deployment of it that counts is on \(brokers.controlTopicName)",
                remedy: "promote a version first")
        }
        return record
    }

    /// `model`, `epoch`, `group` (of the progress), `predictions`, `still_dead` (by reason),
    /// `stubs`, `others` (records that are no letters of the model for this input).
    private func document(
        _ counts: ReplayCounts, _ deployment: Deployment, _ worker: WorkerConfiguration
    ) -> JSONValue {
        [
            "model": .string(model.description), "epoch": .int(deployment.epoch),
            "group": .string(LetterReplay.group(of: worker.group)),
            "predictions": .int(Int64(counts.predictions)),
            "still_dead": .object(counts.stillDead.mapValues { .int(Int64($0)) }),
            "stubs": .int(Int64(counts.stubs)), "others": .int(Int64(counts.others)),
        ]
    }

    private func lines(_ counts: ReplayCounts, _ deployment: Deployment) -> [String] {
        var lines = ["\(counts.predictions) predictions under epoch \(deployment.epoch)"]
        for (code, count) in counts.stillDead.sorted(by: { $0.key < $1.key }) {
            lines.append("\(count) still dead: \(code)")
        }
        if counts.stubs > 0 {
            lines.append("\(counts.stubs) stubs, whose records were too large for the topic")
        }
        return lines
    }
}
