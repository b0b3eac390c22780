import ArgumentParser
import Configuration
import Kafka
import Lifecycle

/// What has no prediction, and why.
struct DeadLettersCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dead-letters",
        abstract: "Look at the records that could not be scored, and score them again.",
        subcommands: [
            DeadLettersListCommand.self, DeadLettersShowCommand.self,
            DeadLettersReplayCommand.self,
        ])
}

/// Which dead letters are looked at; both commands have it.
struct DeadLetterOptions: ParsableArguments, KeyOptions {
    @Option(
        help: """
            The dead-letter topic; over $SWERVE_TOPICS_DEAD_LETTERS and the configuration file.
            """)
    var deadLetterTopic: String?

    var keys: [ConfigurationKey: String?] { [.topicDeadLetters: deadLetterTopic] }

    /// - Throws: `.usage` where dead letters are switched off, or no brokers are named.
    func topic(
        _ registry: RegistryOptions, _ kafka: KafkaOptions
    ) throws(SwerveError) -> (name: String, reader: WholeTopic, mask: FieldMask) {
        let configuration = try registry.configuration(kafka, self)
        let brokers = try kafka.brokers(configuration)
        let name = try configuration.topic(.topicDeadLetters)
        guard name != TopicNames.none else {
            throw configuration.wrong(
                .topicDeadLetters, "switches dead letters off: nothing keeps them",
                remedy: "name the topic of earlier ones: --dead-letter-topic NAME")
        }
        return (
            name,
            WholeTopic(
                settings: brokers.settings, name: name, timeoutMs: brokers.timeoutMs,
                log: KafkaLog.quiet),
            FieldMask(try configuration.list(.mask))
        )
    }
}

struct DeadLettersListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Count a model's dead letters by reason.",
        discussion: """
            Reads the dead-letter topic from its beginning to its end. "clients" are reasons that \
            whoever sends requests can cause: they never stop the service. With the last letter of \
            each reason stands its place, PARTITION:OFFSET, for swerve dead-letters show.
            """)

    @Argument(help: "The model.")
    var model: ModelName

    @OptionGroup var options: DeadLetterOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let (name, topic, _) = try options.topic(registry, kafka)
        var counts = LetterCounts()
        try topic.forEachRecord { counts.add($0, of: model) }
        if output.json {
            Terminal.document(Self.document(counts, topic: name, model: model))
        } else {
            for line in Self.lines(counts, topic: name, model: model) { Terminal.line(line) }
        }
    }

    /// `topic`, `model`, `letters`, `others` (records that are none of the model's), and `reasons`,
    /// the most frequent first: `code`, `caused_by` (`clients` or `operators`), `count`, and
    /// `last`, as `show` has it without key, headers and value.
    static func document(_ counts: LetterCounts, topic: String, model: ModelName) -> JSONValue {
        [
            "topic": .string(topic), "model": .string(model.description),
            "letters": .int(Int64(counts.count)), "others": .int(Int64(counts.othersCount)),
            "reasons": .array(
                counts.reasons.map { reason in
                    [
                        "code": .string(reason.code), "count": .int(Int64(reason.count)),
                        "caused_by": .string(reason.last.causedBy),
                        "last": .object(reason.last.place),
                    ]
                }),
        ]
    }

    static func lines(_ counts: LetterCounts, topic: String, model: ModelName) -> [String] {
        guard counts.count > 0 else { return ["\(topic): no dead letters of \(model)"] }
        let widths = [StoredLetter.codeScalars, 10, 12]
        var lines = [
            "\(topic): \(Figures.counted(counts.count, "dead letter")) of \(model)",
            TextLayout.row(
                "REASON", ["COUNT", "CAUSED BY", "LAST"], widths: Array(widths.dropFirst()) + [20],
                firstWidth: widths[0]),
        ]
        for reason in counts.reasons {
            lines.append(
                TextLayout.row(
                    TextLayout.remark(reason.code, scalars: widths[0]),
                    [
                        "\(reason.count)", reason.last.causedBy,
                        "\(reason.last.partition):\(reason.last.offset)",
                    ], widths: Array(widths.dropFirst()) + [20], firstWidth: widths[0]))
            lines += TextLayout.wrapped("  " + TextLayout.remark(reason.last.reason.text))
        }
        return lines
    }
}

struct DeadLettersShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show one dead letter: where it is from, why, and the record.",
        discussion: """
            Control characters are escaped. Fields that mask: names in the configuration are \
            shown as ***; with such fields, a record that is no JSON is not shown at all, since \
            nobody knows where they are in it.
            """)

    @Argument(help: "The model.")
    var model: ModelName

    @Argument(help: "Its place on the dead-letter topic, PARTITION:OFFSET.")
    var place: String

    @OptionGroup var options: DeadLetterOptions
    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let (partition, offset) = try Self.parse(place)
        let (name, topic, mask) = try options.topic(registry, kafka)
        let record = try topic.record(partition: partition, offset: offset)
        guard let letter = StoredLetter(record), letter.reason.model == model.description else {
            throw SwerveError(
                .invalid, act: "reading \(name) [\(partition)] offset \(offset)",
                reason: "what stands there is no dead letter of \(model)",
                remedy: "swerve dead-letters list \(model) names the last letter of each reason")
        }
        if output.json {
            Terminal.document(letter.document(mask))
        } else {
            for line in letter.lines(mask) { Terminal.line(line) }
        }
    }

    static func parse(_ place: String) throws(SwerveError) -> (partition: Int32, offset: Int64) {
        let parts = place.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let partition = Int32(parts[0]), let offset = Int64(parts[1]),
            partition >= 0, offset >= 0
        else {
            throw SwerveError(
                .usage, act: "reading '\(place.shortened(to: 80))'", reason: "not a place",
                remedy: "write PARTITION:OFFSET, as in 3:42")
        }
        return (partition, offset)
    }
}
