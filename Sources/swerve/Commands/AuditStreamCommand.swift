import ArgumentParser
import Kafka
import Lifecycle
import Operations
import Platform
import Serving
import Verification

/// Holds a range of a stream against what the registry says, from outside.
struct AuditStreamCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "stream",
        abstract: "Check that the service kept its promises over a range of a stream.",
        discussion: """
            Reads input, output, dead letters, ledger and control topic apart from the service and \
            its group, with the workers' configuration, and holds against the registry that every \
            record that the group has committed was answered, once, on its partition and with its \
            key; by the version that epoch and key prescribe; with the score that this version \
            gives here; under epochs that never go back, and as the ledger says; and that control \
            records are what the audit chain tells of. What was answered again after a kill is \
            counted and placed, with at-least-once delivery.

            Without --to the range ends where the group has committed. Exit code 0 when everything \
            was kept, 1 when a promise was broken, with the places, PARTITION@OFFSET; 3 when none \
            is known to be broken and something could not be decided: what retention took away, \
            versions without their files, brokers or a registry that cannot be read; 64 for a \
            model, a topic or a registry that is not there.
            """)

    @Argument(help: "The model.")
    var model: ModelName

    @OptionGroup var range: RangeOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Compute one score in N again; 1 is every one, 0 none.", valueName: "n"))
    var sample = 1

    @Option(help: "The workers' group; over the configuration file.")
    var group: String?

    @Option(
        parsing: .unconditional,
        help: """
            Threads, each with a partition at a time and a second one beside it for scores; \
            default the processors, 4 at most.
            """)
    var threads: Int?

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard (0...10_000).contains(sample) else {
            throw ValidationError("--sample takes 0 to 10000")
        }
        if let threads, !(1...64).contains(threads) {
            throw ValidationError("--threads takes 1 to 64")
        }
    }

    func run() throws {
        let shown: StreamAuditText
        do throws(SwerveError) {
            shown = try audit()
        } catch {
            guard error.code != .usage else { throw error }
            // 1 says that a promise was broken, which is not known here.
            Terminal.error(error.atTerminal.description)
            // Who lets 3 pass, because of retention, would not find a wrong name for ever.
            throw ExitCode(
                error.code == .notFound ? ExitContract.usage : ExitContract.undecided)
        }
        if output.json {
            Terminal.document(shown.document)
        } else {
            for line in shown.lines { Terminal.line(line) }
        }
        throw ExitCode(shown.exitCode)
    }

    private func audit() throws(SwerveError) -> StreamAuditText {
        let edges = try range.edges()
        let source = try EvidenceSource(model, group: group, registry, kafka)
        let chain = try source.backend.verifyAudit(AuditVerifyRequest())
        let report = try Self.audit(
            source, edges, sample: sample,
            threads: threads ?? min(4, ProcessorShare.cores))
        var terms = source.terms()
        terms.sample = sample
        return StreamAuditText(report: report, terms: terms, chain: chain)
    }

    private static func audit(
        _ source: EvidenceSource, _ edges: (from: RangeEdge?, to: RangeEdge?), sample: Int,
        threads: Int
    ) throws(SwerveError) -> StreamAuditReport {
        var terms = source.terms()
        terms.sample = sample
        let access = StreamAccess(
            settings: source.brokers.settings, input: try source.form(),
            artifacts: source.artifacts, threads: threads, timeoutMs: source.brokers.timeoutMs,
            log: KafkaLog.quiet)
        let progress = TerminalProgress()
        defer { progress.clear() }
        let auditor = StreamAuditor(
            access, terms, try source.book(),
            asking: { () throws(SwerveError) in try source.book() })
        return try auditor.run(from: edges.from, to: edges.to) {
            progress.show("\($0) of \($1) offsets")
        }
    }
}
