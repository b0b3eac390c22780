import ArgumentParser
import Lifecycle
import Operations
import Registry

/// The chain of all changes: who, when, what, each hashed with the hash before it.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Verify the chain of all changes, and what became of a stream.",
        subcommands: [
            AuditVerifyCommand.self, AuditStreamCommand.self, AuditLogCommand.self,
            AuditHeadCommand.self,
        ])
}

struct AuditVerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Find entries and rows that were edited, removed, added or reordered.",
        discussion: """
            Hashes every entry anew, holds the registry's tables against the chain and, where brokers \
            are named, the control topic's records, which remember the chain's heads. Exits with 1 \
            when anything is found.
            """)

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var kafka: KafkaOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let progress = TerminalProgress()
        defer { progress.clear() }
        let backend = try registry.backend(kafka) { event in
            guard case .checking(let subject) = event else { return Terminal.tell(event) }
            progress.show("verifying \(subject)")
        }
        let result = try backend.verifyAudit(AuditVerifyRequest())
        progress.clear()
        let (report, topic, findings) = (result.report, result.topic, result.findings)
        if output.json {
            Terminal.document(Self.document(result))
        } else {
            for note in topic?.notes ?? [] { Terminal.note("control topic, \(note)") }
            for finding in findings { Terminal.line(finding.description) }
            if report.unlisted > 0 { Terminal.note("and \(report.unlisted) more") }
        }
        guard findings.isEmpty else {
            let count = findings.count + report.unlisted
            throw SwerveError(
                .invalid, act: "verifying the audit chain of \(result.place)",
                reason: count == 1 ? "1 finding" : "\(count) findings",
                remedy:
                    "keep the file as it is, compare it with a backup, and see who could write it")
        }
        if !output.json { Terminal.line(Self.summary(report, topic)) }
    }

    private static func summary(_ report: AuditReport, _ topic: TopicAudit.Result?) -> String {
        let held =
            topic.map {
                "\(Figures.counted($0.records, "control record")) agree\($0.records == 1 ? "s" : "")"
            }
            ?? "not held against the control topic, since no brokers are named"
        return "\(report.entries) entries and the tables agree, \(held); "
            + "head \(report.head?.description ?? "none")"
    }

    private static func document(_ result: AuditVerifyResult) -> JSONValue {
        let (report, topic, findings) = (result.report, result.topic, result.findings)
        return [
            "entries": .int(report.entries),
            "head": report.head.map { .string($0.description) } ?? .null,
            "clean": .bool(findings.isEmpty),
            "findings": .array(
                findings.map { finding in
                    [
                        "entry": finding.entry.map { .int($0) } ?? .null,
                        "words": .string(finding.words),
                    ]
                }),
            "unlisted": .int(Int64(report.unlisted)),
            "control_records": topic.map { .int(Int64($0.records)) } ?? .null,
            "notes": .array((topic?.notes ?? []).map { .string($0) }),
        ]
    }
}

struct AuditLogCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "log", abstract: "Print entries of the chain, oldest first.")

    @Option(help: "Only entries on this model.")
    var model: String?

    @Option(parsing: .unconditional, help: "The newest so many entries.")
    var limit = 1_000

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        guard limit > 0 else {
            throw SwerveError(.usage, act: "reading --limit", reason: "not above 0")
        }
        let name = try model.map { text throws(SwerveError) in try ModelName(text) }
        let entries = try registry.backend()
            .auditLog(AuditLogRequest(model: name, limit: limit)).entries
        if output.json {
            return Terminal.document(["entries": .array(entries.map(\.document))])
        }
        for entry in entries { Terminal.line(entry.line.printable) }
    }
}

struct AuditHeadCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "head", abstract: "Print the newest entry's number and hash.")

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let head = try registry.backend().auditHead(AuditHeadRequest()).head
        if output.json {
            return Terminal.document([
                "entry": head.map { .int($0.sequence) } ?? .null,
                "head": head.map { .string($0.hash.description) } ?? .null,
            ])
        }
        guard let head else { return Terminal.note("the chain has no entries yet") }
        Terminal.line("\(head.sequence) \(head.hash)")
    }
}
