import ArgumentParser
import Catalogue
import Configuration
import Fleet
import Kafka
import Lifecycle
import Operations
import Registry
import Serving
import Verification

/// What happened to one record, and why.
struct TraceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trace",
        abstract: "Say what became of one record, who decided it, and why.",
        discussion: """
            Reads the record, its predictions and dead letters from their topics, says which version \
            under which epoch decided it and whether epoch and key prescribe that, who made that \
            epoch and why, who took the record by the ledger, and computes the score again with the \
            workers' configuration, and what adds up to it. A record is named by its place on the \
            input, PARTITION@OFFSET, or by its id, which is looked for in the newest million records \
            or between --from and --to; where several have the id, the newest are told. Fields that \
            mask: names are shown as ***.

            With --against also what another version would say of it, and the features by which the \
            two differ most. Exit code 1 where there is no such record, or no answer to it.
            """)

    @Argument(help: "The model.")
    var model: ModelName

    @Argument(help: "The record: its id, or PARTITION@OFFSET.")
    var record: String

    @Flag(help: "The record is named by its id, though it looks like a place.")
    var id = false

    @Option(help: ArgumentHelp("Another version, V or ALIAS.", valueName: "v"))
    var against: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("How many contributions and differences to tell.", valueName: "k"))
    var top = 10

    @OptionGroup var range: RangeOptions

    @Option(help: "The workers' group; over the configuration file.")
    var group: String?

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...1_000).contains(top) else {
            throw ValidationError("--top takes 0 to 1000 contributions")
        }
    }

    func run() throws {
        let edges = try range.edges()
        let source = try EvidenceSource(model, group: group, registry, kafka)
        let mask = FieldMask(try registry.configuration(kafka).list(.mask))
        let other = try against.map { text throws(SwerveError) in
            try source.backend.version(
                VersionRequest(version: try VersionSelector(model: model, text))
            ).version
        }
        let consumer = try RangeConsumer(
            settings: source.brokers.settings, timeoutMs: source.brokers.timeoutMs,
            log: KafkaLog.quiet)
        defer { consumer.close() }
        let form = try source.form()
        let tracer = RecordTracer(
            consumer, source.terms(), form, timeoutMs: source.brokers.timeoutMs)
        let places = try places(tracer, source, edges)
        let judge = try TraceJudge(
            model, form: form, book: try source.book(),
            artifacts: source.artifacts, top: top, mask: { $0.masked(by: mask) })
        let traces = try places.map { place in
            let traced = try tracer.trace(place)
            let judged = try judge.judge(
                traced,
                against: other.map {
                    DeployedVersion(version: $0.reference.version, digest: $0.digest)
                })
            return TraceText(
                judged, topic: source.worker.topics.input, taken: Self.taken(traced, source),
                shown: Self.shown(judged, mask))
        }
        if output.json {
            Terminal.document(["records": .array(traces.map(\.document))])
        } else {
            for trace in traces {
                for line in trace.lines { Terminal.line(line) }
            }
        }
        if traces.contains(where: { !$0.trace.isAnswered }) { throw ExitCode(ExitContract.failed) }
    }

    /// `3@42`; nil for what is no place.
    static func place(_ text: String) -> StreamPlace? {
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let partition = Int32(parts[0]), let offset = Int64(parts[1]),
            partition >= 0, offset >= 0
        else { return nil }
        return StreamPlace(partition: partition, offset: offset)
    }

    /// What people may see of the value; of Avro the text that is scored, where nothing is masked.
    private static func shown(_ judged: JudgedTrace, _ mask: FieldMask) -> String?? {
        guard let avro = judged.avro else { return judged.traced.value.map(mask.shown) }
        return .some(mask.isEmpty ? avro.text : nil)
    }

    private func places(
        _ tracer: RecordTracer, _ source: EvidenceSource,
        _ edges: (from: RangeEdge?, to: RangeEdge?)
    ) throws(SwerveError) -> [StreamPlace] {
        if !id, let place = Self.place(record) { return [place] }
        let progress = TerminalProgress()
        defer { progress.clear() }
        let found = try tracer.places(
            ofID: record, from: edges.from, to: edges.to
        ) { progress.show("\($0) of \($1) offsets of the input") }
        guard found.places.isEmpty else { return found.places }
        throw Self.absent(record, found)
    }

    static func absent(_ record: String, _ search: RecordTracer.Search) -> SwerveError {
        let searched = "\(search.searched) \(search.isLimited ? "newest " : "")records"
        let since =
            search.completeSinceMs.map { " (all since \(Timestamp.text(ofMs: $0)))" } ?? ""
        return SwerveError(
            .notFound, act: "looking for record '\(record.shortened(to: 80))'",
            reason: "none of the \(searched) that were read\(since) has that id",
            remedy: search.isLimited
                ? "name the range where it was written, --from T --to T, or its place, "
                    + "PARTITION@OFFSET"
                : "correct it, or name another range or its place, PARTITION@OFFSET")
    }

    /// Who took it by the ledger; empty where there is none, or it cannot be read.
    private static func taken(
        _ traced: TracedRecord, _ source: EvidenceSource
    ) -> [LedgerSearch.Answer] {
        guard let ledger = source.terms().ledger else { return [] }
        let search = LedgerSearch(
            group: source.worker.group, topic: source.worker.topics.input,
            partition: traced.place.partition, offset: traced.place.offset)
        return (try? LedgerCommand.search(search, in: ledger, source.brokers).answers) ?? []
    }
}
