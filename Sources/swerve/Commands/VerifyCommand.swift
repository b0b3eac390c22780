import ArgumentParser
import Catalogue
import Lifecycle
import Operations

/// Digests and self-tests of what the registry keeps, computed anew.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Recompute every digest and self-test of the registry.",
        discussion: """
            Loads each version as a worker does. Without a name, SQLite checks the file as well. \
            Exits with 1 when anything is wrong.
            """)

    @Argument(help: "NAME, NAME@V or NAME@ALIAS; the whole registry without.")
    var what: String?

    @OptionGroup var registry: RegistryOptions
    @OptionGroup var output: OutputOptions

    func run() throws {
        let request = VerifyRequest(scope: try scope())
        let (progress, isJSON) = (TerminalProgress(), output.json)
        let backend = try registry.backend() { event in
            switch event {
            case .checking(let subject): progress.show("verifying \(subject)")
            case .checked(let check):
                guard !isJSON else { return }
                progress.clear()
                Terminal.line(Self.line(check).printable)
            default: Terminal.tell(event)
            }
        }
        let result = try backend.verify(request)
        let counts = result.counts
        progress.clear()
        if isJSON {
            Terminal.document(Self.document(result))
        } else {
            for finding in counts.integrity ?? [] {
                Terminal.line("the file  FAILED  \(finding)".printable)
            }
            Terminal.line(Self.summary(counts))
        }
        guard counts.isSound else {
            let subject = try what ?? registry.shown(backend)
            throw SwerveError(
                .invalid, act: "verifying \(subject)", reason: Self.summary(counts),
                remedy: "restore a backup, or register anew what failed")
        }
    }

    private func scope() throws(SwerveError) -> VerifyRequest.Scope {
        guard let what else { return .all }
        guard what.contains("@") else { return .model(try ModelName(what)) }
        return .version(try VersionSelector(what))
    }

    private static func line(_ check: RegistryVerifier.Check) -> String {
        switch check.outcome {
        case .sound(let inputs, let bytes):
            "\(check.subject)  ok  \(check.digest?.short ?? "")  \(inputs) golden inputs, "
                + "\(bytes) bytes"
        case .failed(let reason): "\(check.subject)  FAILED  \(reason)"
        case .skipped(let reason): "\(check.subject)  skipped  \(reason)"
        }
    }

    private static func summary(_ counts: RegistryVerifier.Counts) -> String {
        let file =
            switch counts.integrity {
            case nil: ""
            case let findings? where findings.isEmpty: ", the file ok"
            case let findings?: ", \(findings.count) faults of the file"
            }
        return "\(counts.total) checked: \(counts.sound) ok, \(counts.failed) failed, "
            + "\(counts.skipped) skipped\(file)"
    }

    private static func document(_ result: VerifyResult) -> JSONValue {
        let counts = result.counts
        return [
            "ok": .int(Int64(counts.sound)), "failed": .int(Int64(counts.failed)),
            "skipped": .int(Int64(counts.skipped)), "checks": .array(result.checks.map(\.json)),
            "integrity": counts.integrity.map { .array($0.map { .string($0) }) } ?? .null,
        ]
    }
}
