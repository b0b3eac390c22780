import ArgumentParser
import Catalogue
import Lifecycle
import Registry

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
        let selector = try what.flatMap { $0.contains("@") ? try VersionSelector($0) : nil }
        let model = try what.flatMap { $0.contains("@") ? nil : try ModelName($0) }
        let registry = try Registry.open(path: registry.path, access: .readOnly)
        let scope: RegistryVerifier.Scope =
            if let selector {
                .version(try registry.resolve(selector))
            } else {
                model.map { .model($0) } ?? .all
            }
        let progress = TerminalProgress()
        var checks: [JSONValue] = []
        let verifier = RegistryVerifier(registry) { check in
            if output.json { return checks.append(check.json) }
            progress.clear()
            Terminal.line(Self.line(check).printable)
        } progress: { subject in
            progress.show("verifying \(subject)")
        }
        let counts = try verifier.run(scope)
        progress.clear()
        if output.json {
            Terminal.document(Self.document(counts, checks))
        } else {
            for finding in counts.integrity ?? [] {
                Terminal.line("the file  FAILED  \(finding)".printable)
            }
            Terminal.line(Self.summary(counts))
        }
        guard counts.isSound else {
            throw SwerveError(
                .invalid, act: "verifying \(what ?? registry.path)", reason: Self.summary(counts),
                remedy: "restore a backup, or register anew what failed")
        }
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

    private static func document(
        _ counts: RegistryVerifier.Counts, _ checks: [JSONValue]
    ) -> JSONValue {
        [
            "ok": .int(Int64(counts.sound)), "failed": .int(Int64(counts.failed)),
            "skipped": .int(Int64(counts.skipped)), "checks": .array(checks),
            "integrity": counts.integrity.map { .array($0.map { .string($0) }) } ?? .null,
        ]
    }
}
