import ArgumentParser
import Configuration
import Kafka
import Lifecycle
import Operations
import Scoring
import Serving
import Verification

/// How right versions were, by labels that came later.
struct LabelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "labels",
        abstract: "Say how right each version was, by labels that came later.",
        discussion: """
            Joins labels with the predictions of their records, apart from the service, with the \
            workers' configuration. A label is a line of a file, or a record of a topic: \
            {"id":"r-17","label":"attack","basis":"random"}, or with "source":"3@42" (a place on \
            the input) instead of the id. Precision and recall by version and class have \
            intervals of 95 % (Wilson's). Lines that are no labels, records with two labels and ids \
            that several records have are told and left out.

            The basis says how a record was chosen to be labelled. Of labels of alerts alone recall \
            means nothing, since what no version alerted on was never looked at: figures of records \
            that were drawn at random (random) are told apart. With --feedback those are scored by \
            both versions of the present trial, and counted as the judge of a rollout takes them.
            """)

    @Argument(help: "The model.")
    var model: ModelName

    @Argument(help: "The labels, plain or gzip; - is standard input.")
    var file: String?

    @Option(help: "The topic that has them, in the place of a file.")
    var topic: String?

    @OptionGroup var range: RangeOptions

    @Flag(help: "What the judge takes of them for the present trial.")
    var feedback = false

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (file == nil) != (topic == nil) else {
            throw ValidationError("Give a file of labels, or --topic, and not both")
        }
    }

    func run() throws {
        let edges = try range.edges()
        let source = try EvidenceSource(model, group: nil, registry, kafka)
        let book = try source.book()
        let trial = try feedback ? Self.trial(book, model) : nil
        let access = StreamAccess(
            settings: source.brokers.settings, input: try source.form(),
            artifacts: source.artifacts, timeoutMs: source.brokers.timeoutMs, log: KafkaLog.quiet)
        let joiner = LabelJoiner(access, source.terms())
        if let topic { try joiner.readTopic(topic) } else { try joiner.readFile(file) }
        let progress = TerminalProgress()
        defer { progress.clear() }
        try joiner.join(from: edges.from, to: edges.to) {
            progress.show("\($0) records of the output")
        }
        progress.clear()
        if let trial { try joiner.ask(trial) }
        let report = joiner.finish()
        let shelf = ScorerShelf(source.artifacts)
        let scores = LabelScores(report.book) { Self.classes(of: $0, book, shelf) }
        let text = LabelsText(report: report, scores: scores, model: model, trial: trial)
        if output.json {
            Terminal.document(text.document)
        } else {
            for line in text.lines { Terminal.line(line) }
        }
    }

    private static func trial(
        _ book: EpochBook, _ model: ModelName
    ) throws(SwerveError) -> Deployment {
        if let newest = book.newest?.deployment, newest.candidate != nil { return newest }
        throw SwerveError(
            .refused, act: "counting labels for the judge",
            reason: "\(model) has no candidate", remedy: "leave --feedback away")
    }

    /// The names that a version's classes had under any epoch; nil where it cannot be loaded.
    private static func classes(
        of version: Int, _ book: EpochBook, _ shelf: ScorerShelf
    ) -> [String]? {
        var names: Set<String>?
        var seen: Set<VersionSettings> = []
        for deployment in book.deployments.reversed() {
            guard let deployed = deployment.versions.first(where: { $0.version == version }),
                seen.count < settingsMax,
                seen.insert(deployment.settings[version]).inserted,
                let scorer = try? shelf.scorer(deployed, under: deployment.settings[version])
            else { continue }
            names = (names ?? []).union(scorer.labels)
        }
        return names?.sorted()
    }

    private static let settingsMax = 100
}
