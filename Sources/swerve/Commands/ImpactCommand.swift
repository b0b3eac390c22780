import ArgumentParser
import Configuration
import Kafka
import Lifecycle
import Operations
import Platform
import Registry
import Scoring
import Serving
import Verification

/// What a version did before it went, and what corrects it.
struct ImpactCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "impact",
        abstract: "Say which records a version decided, and correct its predictions.",
        discussion: """
            Reads the predictions and dead letters of a version, or of an epoch, apart from the \
            service, with the workers' configuration: how many records by label and by hour, and \
            with --list each of them. With --rescore another version is asked about the same \
            records, read again from the input, and the verdicts that differ are counted. Without \
            --from and --to all that is kept is read; they speak of the input, as in swerve audit \
            stream.

            With --correct each prediction whose label would be another gets a correction on the \
            topic topics.corrections: the key of its record, the prediction that should have been, \
            and the one that it corrects. Without --apply it only says what would be written. What \
            stands there already is not written again, so an interrupted run is run again. Exit \
            code 3 where a record could not be scored again: it is gone from the input, or nobody \
            here can say; 1 for an epoch that was not announced, or that decided nothing here.
            """)

    @Argument(help: "The version, NAME@V or NAME@ALIAS; with --epoch the model.")
    var subject: String

    @Option(parsing: .unconditional, help: "What was decided under this epoch, by any version.")
    var epoch: Int64?

    @OptionGroup var range: RangeOptions

    @Option(help: ArgumentHelp("Another version to ask, V or ALIAS.", valueName: "v"))
    var rescore: String?

    @Flag(help: "Correct predictions whose label would be another; with --rescore.")
    var correct = false

    @Flag(help: "Write the corrections.")
    var apply = false

    @Option(help: "Write each record as a line of JSON to this file.")
    var list: String?

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard !correct || rescore != nil else {
            throw ValidationError("--correct needs the version whose word counts: --rescore V")
        }
        guard !apply || correct else { throw ValidationError("--apply goes with --correct") }
    }

    func run() throws {
        let model = try self.model()
        let edges = try range.edges()
        let source = try EvidenceSource(model, group: nil, registry, kafka)
        let selection = try selection(source)
        let book = try source.book()
        let other = try rescore.map { text throws(SwerveError) in
            try Self.correcting(text, source, book)
        }
        let corrections = try corrections(source)
        let lock = try apply ? Self.lock(source) : nil
        defer { lock?.release() }
        try checkAnnounced(book)
        let file = try list.map { path throws(SwerveError) in try ImpactList(path) }
        defer { file?.close() }
        let access = StreamAccess(
            settings: source.brokers.settings, input: try source.form(),
            artifacts: source.artifacts, timeoutMs: source.brokers.timeoutMs, log: KafkaLog.quiet)
        let reader = try ImpactReader(
            access, source.terms(), selection, book, rescore: other, corrections: corrections)
        let progress = TerminalProgress()
        defer { progress.clear() }
        let report = try reader.run(
            from: edges.from, to: edges.to,
            ImpactReader.Listener(
                record: { record throws(SwerveError) in try file?.add(record) },
                letter: { letter throws(SwerveError) in try file?.add(letter) })
        ) { progress.show("\($0) records of the output") }
        progress.clear()
        try file?.finish()
        let text = ImpactText(report: report, terms: source.terms(), source: other, book: book)
        for note in text.warnings { Terminal.note("swerve: \(note)".printable) }
        if output.json {
            Terminal.document(text.document)
        } else {
            for line in text.lines { Terminal.line(line) }
        }
        try checkServed(report)
        if report.rescored?.undecided ?? 0 > 0 { throw ExitCode(ExitContract.undecided) }
    }

    // MARK: - Epochs that decided nothing

    /// - Throws: `.notFound` for an epoch that the registry would know, had it been announced.
    private func checkAnnounced(_ book: EpochBook) throws(SwerveError) {
        guard let epoch, book[epoch] == nil, let newest = book.newest?.deployment.epoch,
            let first = book.first, !(1..<first).contains(epoch)
        else { return }
        throw SwerveError(
            .notFound, act: "looking for epoch \(epoch)",
            reason: "it was never announced: the registry has the epochs \(first) to \(newest)",
            remedy: "swerve history names them")
    }

    /// - Throws: `.notFound` where nothing in the range was decided under the epoch.
    private func checkServed(_ report: ImpactReport) throws(SwerveError) {
        guard let epoch, report.counts.predictions == 0, report.counts.letterCount == 0 else {
            return
        }
        throw SwerveError(
            .notFound, act: "looking for what epoch \(epoch) decided",
            reason: "no record in the range was decided under it",
            remedy: "give another range, or see in swerve status which epoch is served")
    }

    // MARK: - What is asked for

    /// - Throws: `.usage` for a version together with an epoch, and for neither.
    private func model() throws(SwerveError) -> ModelName {
        let isVersion = subject.contains("@")
        let act = "reading '\(subject.shortened(to: 80))'"
        guard isVersion != (epoch != nil) else {
            throw SwerveError(
                .usage, act: act,
                reason: isVersion
                    ? "it names a version, and --epoch names all of an epoch"
                    : "neither a version nor an epoch is named",
                remedy: isVersion
                    ? "leave one of them away" : "write NAME@V, or give --epoch E as well")
        }
        return isVersion ? try VersionSelector(subject).model : try ModelName(subject)
    }

    private func selection(_ source: EvidenceSource) throws(SwerveError) -> ImpactSelection {
        if let epoch { return .epoch(epoch) }
        let found = try source.backend.version(
            VersionRequest(version: try VersionSelector(subject)))
        return .version(found.version.reference.version)
    }

    /// The version whose word counts, as the deployment of now has it.
    private static func correcting(
        _ text: String, _ source: EvidenceSource, _ book: EpochBook
    ) throws(SwerveError) -> CorrectionSource {
        let found = try source.backend.version(
            VersionRequest(version: try VersionSelector(model: source.model, text))
        ).version
        let deployed = DeployedVersion(
            version: found.reference.version, digest: found.digest)
        let present = book.newest?.deployment
        let isPresent = present?.versions.contains(deployed) ?? false
        let settings =
            isPresent ? present?.settings[deployed.version] ?? VersionSettings() : VersionSettings()
        let scorer = try ScorerShelf(source.artifacts).scorer(deployed, under: settings)
        return CorrectionSource(
            deployed, epoch: isPresent ? present?.epoch : nil, settings: settings,
            positive: scorer.positiveLabel, sha256: { ContentHash.sha256($0) })
    }

    private func corrections(
        _ source: EvidenceSource
    ) throws(SwerveError) -> ImpactReader.Corrections? {
        guard correct else { return nil }
        let topic = try registry.configuration(kafka).topic(.topicCorrections)
        return ImpactReader.Corrections(topic: topic, isApplied: apply)
    }

    /// Two at once would each write what the other has not written yet.
    private static func lock(_ source: EvidenceSource) throws(SwerveError) -> FileLock {
        do throws(SwerveError) {
            return try FileLock.acquire(
                source.place.file(for: "correcting") + ".corrections-lock", waiting: .zero)
        } catch {
            throw error.during("correcting predictions of \(source.worker.topics.output)")
        }
    }
}
