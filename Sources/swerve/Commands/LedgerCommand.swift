import ArgumentParser
import Configuration
import Fleet
import Kafka
import Lifecycle

/// Who took one record, and under which deployment.
struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Say who took a record of the input, and under which deployment.",
        discussion: """
            Workers write to the ledger which deployment they took up, and from which offset to \
            which they took records under it. Reads the ledger from its beginning; what is older \
            than the topic keeps is not known. Several lines tell of a record that was taken more \
            than once, as after a kill. With a canary, the record's key decides which of the two \
            versions is named in its prediction.

            Exit code 1 where the ledger does not tell who scored it.
            """)

    @Argument(help: "Its place on the input topic, PARTITION:OFFSET.")
    var place: String

    @Option(help: "Only this group; all groups that wrote to the ledger without.")
    var group: String?

    @Option(help: "The ledger; over $SWERVE_TOPICS_LEDGER and the configuration file.")
    var ledgerTopic: String?

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let (partition, offset) = try DeadLettersShowCommand.parse(place)
        let configuration = try registry.configuration(
            kafka, LedgerOptions(ledgerTopic: ledgerTopic))
        let brokers = try kafka.brokers(configuration)
        let ledger = try configuration.topic(.topicLedger)
        guard ledger != TopicNames.none else {
            throw configuration.wrong(
                .topicLedger, "switches the ledger off: nobody wrote who took what",
                remedy: "name the topic of earlier entries: --ledger-topic NAME")
        }
        let input = try configuration.topic(.topicInput)
        try WholeTopic(
            settings: brokers.settings, name: input, key: ConfigurationKey.topicInput.rawValue,
            timeoutMs: brokers.timeoutMs, log: KafkaLog.quiet
        ).requirePlace(partition: partition, offset: offset)
        let search = try Self.search(
            LedgerSearch(group: group, topic: input, partition: partition, offset: offset),
            in: ledger, brokers)
        let answers = search.answers
        if output.json {
            Terminal.document(
                Self.document(answers, topic: input, partition: partition, offset: offset))
        } else {
            let what = "\(input) \(partition):\(offset)"
            for line in Self.lines(answers, of: what) { Terminal.line(line) }
        }
        if answers.isEmpty { throw ExitCode(ExitContract.failed) }
    }

    /// A search that has heard the whole ledger.
    static func search(
        _ search: LedgerSearch, in ledger: String, _ brokers: KafkaBrokers
    ) throws(SwerveError) -> LedgerSearch {
        var search = search
        try WholeTopic(
            settings: brokers.settings, name: ledger, key: ConfigurationKey.topicLedger.rawValue,
            timeoutMs: brokers.timeoutMs, log: KafkaLog.quiet
        ).forEachRecord { record in
            guard let value = record.value, let entry = LedgerEntry(key: record.key, value: value)
            else { return }
            search.hear(entry)
        }
        return search
    }

    /// `source`, and `taken`: for each `group`, `model`, `epoch`, `registry`, `record`, `stable`,
    /// `candidate`, `mode`, `share`, `slot`, `incarnation`, `generation`, `first`, `last`, and
    /// `ended`: false where the end of the span is not told, and `last` is as far as it was told.
    static func document(
        _ answers: [LedgerSearch.Answer], topic: String, partition: Int32, offset: Int64
    ) -> JSONValue {
        [
            "source": [
                "topic": .string(topic), "partition": .int(Int64(partition)),
                "offset": .int(offset),
            ],
            "taken": .array(answers.map(document)),
        ]
    }

    static func document(_ answer: LedgerSearch.Answer) -> JSONValue {
        func text(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
        func number(_ number: Int?) -> JSONValue { number.map { .int(Int64($0)) } ?? .null }
        let entry = answer.entry
        return [
            "group": .string(entry.group), "model": .string(entry.model),
            "epoch": entry.epoch.map { .int($0) } ?? .null, "registry": text(entry.registry),
            "record": text(entry.record), "stable": number(entry.stable),
            "candidate": number(entry.candidate), "mode": text(entry.mode),
            "share": entry.share.map { .double(Double($0) / 10_000) } ?? .null,
            "slot": .int(Int64(entry.slot)), "generation": .int(entry.generation),
            "incarnation": [
                "id": .string(entry.incarnation.id), "host": .string(entry.incarnation.host),
                "pid": .int(Int64(entry.incarnation.pid)),
                "started_at_ms": .int(entry.incarnation.startedAtMs),
            ],
            "first": .int(answer.span.first), "last": .int(answer.span.last),
            "ended": .bool(answer.isEnded),
        ]
    }

    static func lines(
        _ answers: [LedgerSearch.Answer], of place: String
    ) -> [String] {
        guard !answers.isEmpty else { return ["\(place): the ledger does not tell who took it"] }
        let widths = [7, 18, 18, 22, 30]
        var lines = [
            place,
            TextLayout.row(
                "EPOCH", ["VERSION", "GROUP/SLOT", "OFFSETS", "PROCESS"],
                widths: Array(widths.dropFirst()), firstWidth: widths[0]),
        ]
        for answer in answers {
            let entry = answer.entry
            let end = answer.isEnded ? "\(answer.span.last)" : "?"
            lines.append(
                TextLayout.row(
                    entry.epoch.map { "\($0)" } ?? "-",
                    [
                        TextLayout.remark(versions(entry), scalars: widths[1]),
                        TextLayout.remark(entry.key, scalars: widths[2]),
                        "\(answer.span.first)-\(end)",
                        "\(entry.incarnation.pid) on "
                            + TextLayout.remark(entry.incarnation.host, scalars: 40),
                    ], widths: Array(widths.dropFirst()), firstWidth: widths[0]))
        }
        if answers.contains(where: { !$0.isEnded }) {
            lines.append("?: the process takes more, or ended without a word")
        }
        return lines
    }

    private static func versions(_ entry: LedgerEntry) -> String {
        guard let stable = entry.stable else { return "-" }
        guard let candidate = entry.candidate, let mode = entry.mode else { return "\(stable)" }
        return "\(stable), \(mode) \(candidate)"
    }
}

/// What `ledger` takes beside the brokers.
private struct LedgerOptions: KeyOptions {
    let ledgerTopic: String?

    var keys: [ConfigurationKey: String?] { [.topicLedger: ledgerTopic] }
}
